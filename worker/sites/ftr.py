"""Site configs in the format of fivefilters' Full-Text RSS (the ftr-site-config files), as they are.

`host.txt` is for a host and its `www.`, `.host.txt` for what stands below the host and not for itself. What a
line says that cannot be done here is reported, and the rest of the file is used.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from config.files import read
from config.settings import SettingsError
from worker.jobs.urls import plain_host
from worker.sites.rule import Site, Sites
from worker.sites.selectors import xpath_fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIELDS = {"title": "title", "body": "text", "date": "published", "author": "authors", "strip": "drop"}
# Directives that are about fetching, about Full-Text RSS's own parser, or for its tests. Nothing is fetched
# beyond the page itself: what asks for another page, or for other headers, is not followed.
NOT_FOLLOWED = frozenset({"single_page_link", "next_page_link", "single_page_link_in_feed", "http_header"})
IGNORED = NOT_FOLLOWED | {
    *("autodetect_on_failure", "autodetect_next_page", "convert_double_br_tags", "dissolve", "effective_url"),
    *("if_page_contains", "insert_detected_image", "login_extra_fields", "login_password_field", "login_uri"),
    *("login_username_field", "move_into", "native_ad_clue", "not_logged_in_xpath", "parser", "prune"),
    *("requires_login", "skip_json_ld", "skip_id_or_class_attr", "src_lazy_load_attr", "strip_attr"),
    *("strip_comments", "test_contains", "test_url", "tidy", "wrap_in", "strip_id", "add_id_or_class"),
}
MOST_LINES = 1000  # of one file

_LINE = re.compile(r"([a-z_]+)\s*(?:\((.*?)\))?\s*:\s*(.*)")
_NO_QUOTE = re.compile(r"['\"]")


class Skipped(NamedTuple):
    """A line that is not used, and why."""

    file: str
    line: int
    why: str


@dataclass
class Config:
    """One file while it is read."""

    file: str
    queries: dict[str, list[str]] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    finds: list[str] = field(default_factory=list)
    replacements: list[tuple[str, str]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def take(self, directive: str, given: str, value: str) -> str:
        """Use one line. Returns why it cannot be; empty if it can."""
        if directive in FIELDS:
            return self._query(FIELDS[directive], value)
        if directive == "strip_id_or_class":
            return self._query("drop", _named(value))
        if directive == "strip_image_src":
            self.images.append(_NO_QUOTE.sub("", value))
        elif directive == "find_string":
            self.finds.append(value)
        elif directive == "replace_string":
            return self._replace(given, value)
        elif directive in IGNORED:
            self.ignored[directive] += 1
        else:
            return f"no directive that is known: {directive}"
        return ""

    def _query(self, name: str, path: str) -> str:
        fault = xpath_fault(path)
        if not fault:
            self.queries.setdefault(name, []).append(path)
        return fault

    def _replace(self, given: str, value: str) -> str:
        if not given and not self.finds:
            return "replace_string without a find_string before it"
        self.replacements.append((given or self.finds.pop(0), value))
        return ""

    @property
    def says_something(self) -> bool:
        return bool(self.queries or self.images or self.replacements)

    def site(self, name: str) -> Site:
        queries = {name: tuple(paths) for name, paths in self.queries.items()}
        replace = tuple(self.replacements)
        return Site(name, no_images=tuple(self.images), replace=replace, xpath=True, **queries)


@dataclass(frozen=True, slots=True)
class Ftr:
    """A folder that was read: rules, the lines that are not used, and directives that mean nothing here."""

    sites: Sites
    skipped: tuple[Skipped, ...]
    ignored: Counter[str]


def read_folder(folder: Path) -> Ftr:
    """All *.txt files of a folder; one that cannot be read as text is skipped whole."""
    exact: dict[str, Site] = {}
    below: dict[str, Site] = {}
    skipped: list[Skipped] = []
    ignored: Counter[str] = Counter()
    for path in sorted(folder.glob("*.txt")):
        try:
            text = read(path)
        except SettingsError as error:
            skipped.append(Skipped(path.name, 0, str(error)))
            continue
        config = Config(path.name)
        skipped.extend(_read(config, text))
        ignored.update(config.ignored)
        name = path.stem.casefold()
        if config.says_something:
            (below if name.startswith(".") else exact)[plain_host(name.removeprefix("."))] = config.site(name)
    return Ftr(Sites(exact, below), tuple(skipped), ignored)


def _read(config: Config, text: str) -> Iterator[Skipped]:
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        yield Skipped(config.file, MOST_LINES + 1, f"no more than {MOST_LINES} lines are read")
    for number, line in enumerate(map(str.strip, lines[:MOST_LINES]), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        why = config.take(found[1], found[2] or "", found[3]) if found else "not `directive: value`"
        if why:
            yield Skipped(config.file, number, why)


def _named(value: str) -> str:
    """The path of elements that have these letters in their id or class."""
    part = _NO_QUOTE.sub("", value)
    return f"//*[contains(@class, '{part}') or contains(@id, '{part}')]"
