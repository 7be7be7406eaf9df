"""What an element's class names and id say it is, from `config/selectors`.

Each name is looked up once and remembered: a name is cut into its words ("jp-relatedPosts" -> jp, related,
posts), and one word or two neighbours decide. Measured against one joined css() call: FACTS of the field
say 0.22 ms for 27,000 names by hash, 649 ms by css().
"""

from __future__ import annotations

import itertools
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
LONGEST_NAME = 80  # longer ones are machine-made
# Remembered from page to page: a site's own names. Ten times as many were not faster, and took 30 MB.
MOST_NAMES, MOST_CLASSES = 4000, 1000

_WORD = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-Z]+(?![a-z])")


class Named(NamedTuple):
    """`kind` is a table of the data; `selector` is what matched, for the receipt."""

    kind: str
    selector: str


@cache
def _tables(file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Whole names and parts of names, each with its kind."""
    whole: dict[str, str] = {}
    parts: dict[str, str] = {}
    for kind, table in tomllib.loads((FOLDER / f"{file}.toml").read_text("utf-8")).items():
        parts.update(dict.fromkeys(table.get("words", ()), kind))
        for name in table.get("names", ()):
            whole["." + name] = whole["#" + name] = kind
    for path in sorted(FOLDER.glob("*.txt")) if file == CHROME else ():
        lines = (line.strip() for line in path.read_text("utf-8").splitlines())
        whole.update((line, "consent") for line in lines if line and not line.startswith("# "))
    return whole, parts


@cache
def _vocabulary(file: str) -> frozenset[str]:
    """Every word of the parts: most names hold none, and need no look at what stands side by side."""
    _, parts = _tables(file)
    return frozenset(word for part in parts for word in part.split("-"))


@lru_cache(maxsize=MOST_NAMES)
def _named(name: str, file: str) -> Named | None:
    """What a name says; it begins with "." or "#"."""
    whole, parts = _tables(file)
    kind = whole.get(name) or whole.get(name[0] + name[1:].casefold())
    if kind:
        return Named(kind, name)
    if len(name) > LONGEST_NAME:
        return None
    words = [word.casefold() for word in _WORD.findall(name)]
    if _vocabulary(file).isdisjoint(words) or words[0] in STATES:
        return None
    joined = [f"{left}-{right}" for left, right in itertools.pairwise(words)]
    triples = [f"{one}-{two}-{three}" for one, two, three in zip(words, words[1:], words[2:], strict=False)]
    for part in (*triples, *joined, *words):
        if part in parts:
            return Named(parts[part], name)
    return None


@lru_cache(maxsize=MOST_CLASSES)
def class_says(value: str, file: str = CHROME) -> tuple[Named, ...]:
    """What the names in a class attribute say; pages repeat the same attribute by the hundred."""
    found = [_named("." + name, file) for name in value.split()[:MAX_NAMES]]
    return tuple([hit for hit in found if hit is not None])


def named(attrs: Mapping[str, str | None], file: str = CHROME) -> tuple[Named, ...]:
    """Everything that an element's own names say by this file, the id first."""
    key, classes = attrs.get("id"), attrs.get("class")
    found = class_says(classes, file) if classes else ()
    own = _named("#" + key.strip(), file) if key and not key.isspace() else None
    return found if own is None else (own, *found)
