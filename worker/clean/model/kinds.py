"""What kind of page it is: an article, a forum, a product …

Told from what the page says of itself (structured data, OpenGraph, names on <html> and <body>), from the
words of its address, and from how its text looks. All of it becomes words ("type Product", "url forum",
"linked 3"); a softmax regression that `python -m lab.kinds` fits gives each word a weight for each kind.
Where no kind is probable enough the answer is "unknown". How often it is right: lab/RESULTS.md.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from worker.clean.document import Document

UNKNOWN = "unknown"
SURE = 0.5  # the least probability of a kind that is named
FILE = Path(__file__).with_name("kinds.npz")
ALWAYS = ""  # the word that every page has

TELLING = frozenset({"og:type", "generator", "application-name", "twitter:card"})
COUNTED = ("h1", "article", "img", "form", "table", "time", "input", "pre")
TAGS = ("p", "li", "td", "h2", "h3", "pre", "div", "a", "span")
TENTHS = 10
SHORTEST, LONGEST = 3, 19  # letters of a word of an address
LONGEST_NAMES = 500  # characters of class names that are read

_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[a-z]+")
_TYPE = re.compile(r'"@type"\s*:\s*"([A-Za-z]{3,40})"')


@dataclass(frozen=True, slots=True)
class Kinds:
    """`weights` has for each word a number for each of `names`."""

    names: Sequence[str]
    weights: Mapping[str, NDArray[np.float32]]

    def probabilities(self, words: set[str]) -> NDArray[np.float64]:
        """Of kind: its probability on a page with these words."""
        odds = np.zeros(len(self.names))
        for word in sorted(words | {ALWAYS}):  # sorted: a sum of floats depends on its order
            if word in self.weights:
                odds += self.weights[word]
        raised = np.exp(odds - odds.max())
        return np.asarray(raised / raised.sum(), np.float64)

    def likeliest(self, words: set[str]) -> str:
        """The name of the kind, UNKNOWN where none is probable enough."""
        chances = self.probabilities(words)
        best = int(chances.argmax())
        return self.names[best] if chances[best] >= SURE else UNKNOWN


def kind(document: Document, url: str | None, kept: Sequence[int]) -> str:
    """The kind of a page of which these blocks are the text."""
    known = shipped()
    return known.likeliest(words(document, url, kept)) if known and kept else UNKNOWN


def words(document: Document, url: str | None, kept: Sequence[int]) -> set[str]:
    """Everything that tells the kind of a page, as words."""
    return {*_said(document), *_address(url), *_look(document, kept)}


def _said(document: Document) -> Iterator[str]:
    elements = document.elements
    for tag in ("html", "body"):
        for row in document.rows_by_tag.get(tag, ())[:1]:
            named = f"{elements.attrs[row].get('class') or ''} {elements.attrs[row].get('id') or ''}"
            yield from (f"{tag} {word}" for word in _LETTERS.findall(named[:LONGEST_NAMES].lower()))
    for row in document.rows_by_tag.get("meta", ()):
        attrs = elements.attrs[row]
        key = attrs.get("property") or attrs.get("name") or ""
        if key in TELLING:
            yield from (f"{key} {word}" for word in _LETTERS.findall((attrs.get("content") or "").lower()))
        elif key.startswith(("product:", "article:")):
            yield key
    for row, text in document.raw.items():
        if elements.tags[row] == "script":
            yield from (f"type {name}" for name in _TYPE.findall(text))
    marked = filter(None, (elements.attrs[row].get("itemtype") for row in document.noted))
    yield from (f"type {name.rsplit('/', 1)[-1]}" for name in marked)


def _address(url: str | None) -> Iterator[str]:
    if not url:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    yield f"steps {min(TENTHS, parts.path.strip('/').count('/'))}"
    found = _LETTERS.findall(f"{parts.netloc.partition('.')[0]} {parts.path}".lower())
    yield from (f"url {word}" for word in found if SHORTEST <= len(word) <= LONGEST)


def _look(document: Document, kept: Sequence[int]) -> Iterator[str]:
    """How the text looks: its size, its links, what it is made of; and what else is on the page."""
    blocks = [document.blocks[number] for number in kept]
    sizes = [len(block.text) for block in blocks]
    text = max(1, sum(sizes))
    tags: Counter[str] = Counter()
    for block, size in zip(blocks, sizes, strict=True):
        tags[block.tag] += size
    yield f"text {text.bit_length()}"
    yield f"blocks {len(kept).bit_length()}"
    yield f"line {(text // len(kept)).bit_length()}"
    yield f"linked {_tenths(sum(block.link_chars for block in blocks) / text)}"
    yield f"kept {_tenths(len(kept) / len(document.blocks))}"
    yield f"digits {_tenths(2 * sum(_DIGIT.search(block.text) is not None for block in blocks) / len(kept))}"
    yield from (f"made of {tag} {_tenths(tags[tag] / text)}" for tag in TAGS)
    yield from (f"{tag} {len(document.rows_by_tag.get(tag, ())).bit_length()}" for tag in COUNTED)


def _tenths(share: float) -> int:
    return min(TENTHS, round(TENTHS * share))


def save(found: Kinds, path: Path) -> None:
    """Write as one compressed file of plain arrays; a word's weights are a row."""
    listed = list(found.weights)
    np.savez_compressed(
        path,
        allow_pickle=False,
        names=_packed(found.names),
        words=_packed(listed),
        weights=np.array([found.weights[word] for word in listed], np.float16),
    )


def read(path: Path) -> Kinds:
    """What `save` wrote."""
    with np.load(path, allow_pickle=False) as file:
        weights = file["weights"].astype(np.float32)
        return Kinds(_unpacked(file["names"]), dict(zip(_unpacked(file["words"]), weights, strict=True)))


def _packed(lines: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _unpacked(array: NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode().split("\n")


@cache
def shipped() -> Kinds | None:
    """The weights that come with the code; None where their file is absent."""
    return read(FILE) if FILE.is_file() else None
