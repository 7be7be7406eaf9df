"""Lists of selectors of adverts in the way of EasyList: `##.ad`, `a.example,~b.a.example##.ad`, `#@#.ad`.

Only what hides elements by CSS is used. Rules about requests, scripts and styles, and procedural ones, are
counted and passed over. A list holds tens of thousands of rules: they are kept in an index, see `needs.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from config.files import read
from worker.sites.needs import alternatives, need
from worker.sites.rule import domains
from worker.sites.selectors import is_css

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# What uBlock Origin, AdGuard and Adblock Plus add to CSS: done by a script in the page, or by none.
_PROCEDURAL = re.compile(
    r":(?:-abp-|has-text\(|contains\(|matches-|min-text-length|nth-ancestor|others\(|remove|shadow\(|style\("
    r"|upward\(|watch-attr|xpath\(|if\(|if-not\()"
)
_RULE = re.compile(r"([^\s#]*)(#@?\??\$?\??#)(.+)")
_WWW = re.compile(r"^(~?)www\.")  # the same site, here as everywhere
_SCRIPT = ("+js(", "^", "script:inject(")


class Entry(NamedTuple):
    """A selector and the line of the list that says it."""

    selector: str
    line: int


@dataclass(frozen=True, slots=True)
class CosmeticList:
    """A list as it is looked up: for any page by what a selector needs, for one site by its domain."""

    file: str
    everywhere: Mapping[str, Mapping[str, tuple[Entry, ...]]]  # by kind of need and what is needed
    of_domain: Mapping[str, tuple[Entry, ...]]
    attributes: Mapping[str, tuple[str, ...]]  # for each attribute that is looked at, kinds of need
    excepted: Mapping[str, frozenset[str]]  # selectors, by domain; "" is every site
    unused: Counter[str]  # rules by why they are not used

    def exceptions(self, host: str) -> frozenset[str]:
        """Selectors that are not looked for on pages of this host."""
        lists = [self.excepted[name] for name in ("", *domains(host)) if name in self.excepted]
        return frozenset().union(*lists)

    def for_host(self, host: str) -> Iterator[Entry]:
        """What is looked for on pages of this host beside what is looked for everywhere."""
        for name in domains(host):
            yield from self.of_domain.get(name, ())

    @property
    def size(self) -> int:
        lists = chain(*(table.values() for table in self.everywhere.values()), self.of_domain.values())
        return sum(map(len, lists))


def read_list(path: Path) -> CosmeticList:
    """Raises SettingsError for a file that cannot be read as text."""
    reader = _Reader()
    for number, line in enumerate(read(path).splitlines(), 1):
        reader.read(line.strip(), number)
    return reader.list(path.name)


class _Reader:
    def __init__(self) -> None:
        self.everywhere: dict[str, dict[str, list[Entry]]] = {}
        self.of_domain: dict[str, list[Entry]] = {}
        self.excepted: dict[str, set[str]] = {}
        self.unused: Counter[str] = Counter()

    def read(self, line: str, number: int) -> None:
        if not line or line.startswith(("!", "[")):
            return
        found = _RULE.fullmatch(line)
        if found is None:
            self.unused["network"] += 1
            return
        given, kind, selector = found.groups()
        named = [_WWW.sub(r"\1", name) for name in given.casefold().split(",") if name]
        if why := _unusable(kind, selector, named):
            self.unused[why] += 1
        elif kind == "#@#":
            self._except(selector, named or [""])
        else:
            self._add(Entry(selector, number), named)

    def _add(self, entry: Entry, named: Iterable[str]) -> None:
        """`~domain` is where an exception stands; a rule with nothing else is for every other site."""
        wanted = [name for name in named if not name.startswith("~")]
        self._except(entry.selector, [name[1:] for name in named if name.startswith("~")])
        for name in wanted:
            self.of_domain.setdefault(name, []).append(entry)
        if not wanted:
            for part in alternatives(entry.selector):
                kind, what = need(part)
                table = self.everywhere.setdefault(kind, {})
                table.setdefault(what, []).append(Entry(part, entry.line))

    def _except(self, selector: str, named: Iterable[str]) -> None:
        for name in named:
            self.excepted.setdefault(name, set()).update((selector, *alternatives(selector)))

    def list(self, file: str) -> CosmeticList:
        return CosmeticList(
            file=file,
            everywhere={
                kind: {what: tuple(entries) for what, entries in table.items()}
                for kind, table in self.everywhere.items()
            },
            attributes=self._attributes(),
            of_domain={name: tuple(entries) for name, entries in self.of_domain.items()},
            excepted={name: frozenset(selectors) for name, selectors in self.excepted.items()},
            unused=self.unused,
        )

    def _attributes(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for kind in self.everywhere:
            if kind[:1] in ("=", "^", "*"):
                found.setdefault(kind[1:], []).append(kind)
        return {name: tuple(kinds) for name, kinds in found.items()}


def _unusable(kind: str, selector: str, named: Iterable[str]) -> str:
    if kind not in ("##", "#@#") or selector.startswith(_SCRIPT) or _PROCEDURAL.search(selector):
        return "procedural"
    if any("*" in name or "/" in name for name in named):
        return "pattern of hosts"  # `google.*`: needs a list of all public suffixes
    return "" if is_css(selector) else "not CSS"
