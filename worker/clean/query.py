"""Questions to a page: which elements a CSS selector or an XPath finds, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from worker.clean.document import Document

SAID_IN = ("content", "datetime")  # attributes that say it for machines: <meta content>, <time datetime>


class Query(Protocol):
    """One language of questions."""

    def rows(self, question: str) -> list[int]:
        """Rows of the elements that are found, in the order of the page."""
        ...

    def values(self, question: str) -> list[str]:
        """What they say, white space folded; none that is empty."""
        ...


@dataclass(frozen=True)
class Css:
    """A document that has a tree, asked by CSS."""

    document: Document

    def _nodes(self, selector: str) -> list[LexborNode]:
        return [] if self.document.tree is None else self.document.tree.css(selector)

    def rows(self, selector: str) -> list[int]:
        row_of = self.document.row_of
        return sorted({row_of[n.mem_id] for n in self._nodes(selector) if n.mem_id in row_of})

    def values(self, selector: str) -> list[str]:
        texts = (_said(node) for node in self._nodes(selector))
        return [text for text in (" ".join(text.split()) for text in texts) if text]


def _said(node: LexborNode) -> str:
    attrs = node.attributes
    return next((value for name in SAID_IN if (value := attrs.get(name))), None) or node.text(separator=" ")


def query(document: Document, *, xpath: bool) -> Query:
    if xpath:
        from worker.clean.mirror import Mirror  # lxml: not for every page

        return Mirror(document)
    return Css(document)
