"""What a caller may choose about a page. Plain data, read on both sides of the queue."""

from __future__ import annotations

from dataclasses import dataclass

FORMATS = ("text", "markdown", "html")


@dataclass(frozen=True, slots=True)
class Options:
    """How one page is cleaned and rendered. The defaults are what a person came to read."""

    formats: tuple[str, ...] = FORMATS
    explain: bool = False  # receipts inside the page, not only at /removed
    include: tuple[str, ...] = ()  # CSS: nothing outside these is kept
    exclude: tuple[str, ...] = ()  # CSS: nothing inside these is kept
    title: bool = False
    captions: bool = False
    byline: bool = False
    comments: bool = False
    links: bool = True
    images: bool = False
    tables: bool = True
