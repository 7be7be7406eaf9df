"""The answer: a cleaned page and the receipt for each thing that was taken out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from worker.clean.metadata import Metadata
    from worker.clean.structure import Piece
    from worker.jobs.options import Options


class Receipt(NamedTuple):
    """One dropped block. `rule` is the rule's name and what gave the block away; `where` a path of tags."""

    kind: str
    rule: str
    where: str
    words: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "rule": self.rule,
            "where": self.where,
            "words": self.words,
            "text": self.text,
        }


@dataclass(frozen=True)
class Page:
    """A cleaned page. `text`, `markdown` and `html` are rendered when they are first asked for."""

    url: str | None
    metadata: Metadata
    pieces: tuple[Piece, ...]
    images: tuple[dict[str, str], ...]
    word_count: int
    kind: str  # article, forum, product …, or unknown
    verdict: str
    confidence: float  # 0 to 1: how sure the decision is
    receipts: tuple[Receipt, ...]
    options: Options
    notes: tuple[str, ...] = ()  # for the log: what of the operator's rules was not done, and why

    @property
    def title(self) -> str | None:
        return self.metadata.title

    @property
    def authors(self) -> tuple[str, ...]:
        return self.metadata.authors

    @property
    def published(self) -> str | None:
        return self.metadata.published

    @property
    def modified(self) -> str | None:
        return self.metadata.modified

    @property
    def site(self) -> str | None:
        return self.metadata.site

    @property
    def language(self) -> str | None:
        return self.metadata.language

    @property
    def image(self) -> str | None:
        return self.metadata.image

    @property
    def canonical_url(self) -> str | None:
        return self.metadata.canonical_url

    @cached_property
    def text(self) -> str:
        from worker.clean.render.text import text

        return text(self.pieces)

    @cached_property
    def markdown(self) -> str:
        from worker.clean.render.markdown import markdown

        return markdown(self.pieces, self.options)

    @cached_property
    def html(self) -> str:
        from worker.clean.render.html import html

        return html(self.pieces, self.options)

    @cached_property
    def links(self) -> tuple[dict[str, str], ...]:
        """Every link of the kept text, in order, each target once: `{"url", "text"}`."""
        found: dict[str, str] = {}
        for piece in self.pieces:
            for run in piece.runs:
                if run.href and run.text.strip():
                    found.setdefault(run.href, run.text.strip())
        return tuple({"url": url, "text": text} for url, text in found.items())

    @cached_property
    def removed(self) -> dict[str, dict[str, int]]:
        """What was dropped, by kind: how many blocks and words."""
        counts: dict[str, dict[str, int]] = {}
        for receipt in self.receipts:
            count = counts.setdefault(receipt.kind, {"blocks": 0, "words": 0})
            count["blocks"] += 1
            count["words"] += receipt.words
        return counts

    def to_dict(self) -> dict[str, Any]:
        """What is stored: `{"page": {…}, "receipts": […]}`. Formats not asked for are null."""
        formats = self.options.formats
        page = {
            "url": self.url,
            **self.metadata.to_dict(),
            "text": self.text if "text" in formats else None,
            "markdown": self.markdown if "markdown" in formats else None,
            "html": self.html if "html" in formats else None,
            "links": list(self.links),
            "images": list(self.images),
            "word_count": self.word_count,
            "kind": self.kind,
            "verdict": self.verdict,
            "confidence": self.confidence,
            "removed": self.removed,
        }
        return {"page": page, "receipts": [receipt.to_dict() for receipt in self.receipts]}
