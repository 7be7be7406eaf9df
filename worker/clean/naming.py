"""What an element's class names and id say it is, from `config/selectors`.

Each name is looked up once and remembered: a name is cut into its words ("jp-relatedPosts" -> jp, related,
posts), and one word or two neighbours decide. Measured against one joined css() call: FACTS of the field
say 0.22 ms for 27,000 names by hash, 649 ms by css().
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).resolve().parents[2] / "config" / "selectors"
CHROME, HINTS = "chrome", "hints"  # files: what rules go by, and what only receipts do
MAX_NAMES = 24  # of one element: utility classes come by the dozen
# "has-sidebar", "no-comments": what stands elsewhere on the page, not what this element is.
STATES = frozenset({"has", "with", "without", "no", "not", "is", "hide", "show", "enable", "enabled"})
SIZES = (3, 2, 1)  # words side by side that decide: the more, the surer
LONGEST_NAME = 80  # longer ones are machine-made
# Remembered from page to page: a site's own names. Ten times as many were not faster, and took 30 MB.
MOST_NAMES, MOST_CLASSES = 4000, 1000

_WORD = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-Z]+(?![a-z])")


class Named(NamedTuple):
    """`kind` is a table of the data; `selector` is what matched, for the receipt."""

    kind: str
    selector: str


class _Names(dict[str, Named | None]):
    """What each name says by one file, for those that were looked up; a name begins with "." or "#"."""

    def __init__(self, file: str) -> None:
        self.whole: dict[str, str] = {}
        self.parts: dict[tuple[str, ...], str] = {}
        for kind, table in tomllib.loads((FOLDER / f"{file}.toml").read_text("utf-8")).items():
            self.parts.update((tuple(part.split("-")), kind) for part in table.get("words", ()))
            for name in table.get("names", ()):
                self.whole["." + name] = self.whole["#" + name] = kind
        for path in sorted(FOLDER.glob("*.txt")) if file == CHROME else ():
            lines = (line.strip() for line in path.read_text("utf-8").splitlines())
            self.whole.update((line, "consent") for line in lines if line and not line.startswith("# "))
        # Most names hold no first word of the parts, and need no look at what stands side by side.
        self.first = frozenset(part[0] for part in self.parts)

    def __missing__(self, name: str) -> Named | None:
        if len(self) >= MOST_NAMES:
            self.clear()
        found = self[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> Named | None:
        folded = name.casefold()
        kind = self.whole.get(name) or self.whole.get(folded)
        if kind:
            return Named(kind, name)
        if len(name) > LONGEST_NAME:
            return None
        words = _WORD.findall(name)
        if folded != name:
            words = [word.casefold() for word in words]
        if self.first.isdisjoint(words) or words[0] in STATES:
            return None
        for size in SIZES:
            for at in range(len(words) - size + 1):
                if kind := self.parts.get(tuple(words[at : at + size])):
                    return Named(kind, name)
        return None


_names = cache(_Names)


@lru_cache(maxsize=MOST_CLASSES)
def class_says(value: str, file: str = CHROME) -> tuple[Named, ...]:
    """What the names in a class attribute say; pages repeat the same attribute by the hundred."""
    said = _names(file)
    return tuple([hit for name in value.split()[:MAX_NAMES] if (hit := said["." + name]) is not None])


def id_says(value: str, file: str = CHROME) -> Named | None:
    """What an element's id says."""
    key = value.strip()
    return _names(file)["#" + key] if key else None


def named(attrs: Mapping[str, str | None], file: str = CHROME) -> tuple[Named, ...]:
    """Everything that an element's own names say by this file, the id first."""
    key, classes = attrs.get("id"), attrs.get("class")
    found = class_says(classes, file) if classes else ()
    own = id_says(key, file) if key else None
    return found if own is None else (own, *found)
