"""The stored pages as training sees them: walked, labelled, and kept in a cache folder between runs.

The cache holds text of the pages: it belongs in a temporary folder, never in the repository.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from courlan import extract_domain

from lab import labels, scores, sets
from worker.clean.blocks import walk
from worker.clean.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

CACHE_VERSION = 6
LONGEST_RAW = 200_000  # characters of one piece of structured data
LONGEST_VALUE = 300  # characters of an attribute that are kept; longer ones are data, not names
# What a page of 2005 doesn't have; without them the model must do with the page's shape.
MODERN = dict.fromkeys(("article", "main", "section", "header", "footer", "figure", "figcaption"), "div")
LANDMARK = dict.fromkeys(("nav", "aside"), "div")


@dataclass(frozen=True)
class Page:
    """A walked page. `labels` (blocks,) are shares in 0..1, NaN where nothing is known."""

    sample: sets.Sample  # without its HTML
    host: str
    document: Document
    tokens: tuple[NDArray[np.int32], ...]  # of each block, numbered within the page
    gold: NDArray[np.int32]  # the gold text's, likewise
    labels: NDArray[np.float32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.array([len(block) for block in self.tokens], np.int64)


def host_of(sample: sets.Sample) -> str:
    """The registered domain, by which folds are cut: one site never stands on both sides."""
    domain = extract_domain(sample.url) if sample.url else None
    return domain or (urlsplit(sample.url).netloc if sample.url else sample.id)


def _slim(document: Document) -> Document:
    """The document without its lexbor tree and without long attribute values, so that it can be pickled."""
    attrs = tuple(
        {key: value[:LONGEST_VALUE] if value else value for key, value in row.items()}
        for row in document.elements.attrs
    )
    slim = Document(replace(document.elements, attrs=attrs), document.blocks, document.images, {}, None)
    kept = {
        row: text[:LONGEST_RAW]
        for row, text in document.raw.items()
        if document.elements.tags[row] == "title" or '"@type"' in text[:LONGEST_RAW]
    }
    return replace(slim, raw=kept)


def _numbered(texts: Iterable[list[str]], numbers: dict[str, int]) -> tuple[NDArray[np.int32], ...]:
    return tuple(
        np.array([numbers.setdefault(token, len(numbers)) for token in tokens], np.int32) for tokens in texts
    )


def page_of(sample: sets.Sample) -> Page:
    """Walk one page and label its blocks by its gold text, where it has one."""
    document = walk(sample.html)
    texts = [scores.tokens(block.text) for block in document.blocks]
    gold = scores.tokens(sample.gold or "")
    found = labels.align(texts, gold) if sample.gold else np.full(len(texts), np.nan, np.float32)
    numbers: dict[str, int] = {}
    tokens, (golden,) = _numbered(texts, numbers), _numbered([gold], numbers)
    return Page(replace(sample, html=""), host_of(sample), _slim(document), tokens, golden, found)


def load(data: Path, name: str, cache: Path) -> list[Page]:
    """The pages of one set, from the cache when they are there. Pages without a block are left out."""
    path = cache / f"{name}.{CACHE_VERSION}.pickle"
    if path.is_file():
        return list(pickle.loads(path.read_bytes()))  # noqa: S301  # a file that this function wrote
    pages = [page for sample in sets.read(data, name) if (page := page_of(sample)).tokens]
    cache.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(pages, protocol=5))
    return pages


def plain(document: Document, tags: Mapping[str, str]) -> Document:
    """The same page as an older author would have written it: other tags, no names, no roles."""
    elements = replace(
        document.elements,
        tags=tuple(tags.get(tag, tag) for tag in document.elements.tags),
        attrs=tuple({} for _ in document.elements.attrs),
    )
    blocks = tuple(block._replace(tag=tags.get(block.tag, block.tag)) for block in document.blocks)
    return replace(document, elements=elements, blocks=blocks)


def token_f1(page: Page, kept: NDArray[np.bool_]) -> float:
    """Token F1 of the kept blocks."""
    got = np.concatenate(
        [tokens for tokens, keep in zip(page.tokens, kept, strict=True) if keep] or [page.gold[:0]]
    )
    size = 1 + max(got.max(initial=0), page.gold.max(initial=0))
    shared = np.minimum(np.bincount(got, minlength=size), np.bincount(page.gold, minlength=size)).sum()
    return float(2 * shared / max(1, len(got) + len(page.gold)))


def phrases(page: Page, kept: NDArray[np.bool_]) -> scores.Phrases:
    texts = [block.text for block, keep in zip(page.document.blocks, kept, strict=True) if keep]
    return scores.phrases("\n".join(texts), page.sample.wanted, page.sample.unwanted)


def by_host(pages: Iterable[Page], folds: int, seed: int) -> Iterator[int]:
    """The fold of each page: pages of one host share theirs."""
    order: dict[str, int] = {}
    rng = np.random.default_rng(seed)
    for page in pages:
        if page.host not in order:
            order[page.host] = int(rng.integers(folds))
        yield order[page.host]
