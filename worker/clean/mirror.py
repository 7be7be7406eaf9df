"""A page as lxml has it, for questions in XPath: made from lexbor's own tree, so that each element has its
row. Made only for pages of sites whose rule is written in XPath.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from worker.clean.document import Document

NAMELESS = "x"  # a tag that XML has no name for
MOST_PATHS = 2000  # compiled ones that a process keeps

# What lxml refuses in a text: XML 1.0, 2.2.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(MOST_PATHS)
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path)


class Mirror:
    """The elements of a document that has a tree, by row."""

    def __init__(self, document: Document) -> None:
        rows = document.row_of
        self._made: dict[int, etree._Element] = {}  # by lexbor's id of the node
        self._rows: dict[etree._Element, int] = {}
        root = document.tree.root if document.tree is not None else None
        for node in root.traverse(include_text=True) if root is not None else ():
            if node.is_text_node:
                self._text(node)
            elif node.mem_id in rows:
                self._rows[self._element(node)] = rows[node.mem_id]
        self._root = next(iter(self._rows), None)

    def _element(self, node: LexborNode) -> etree._Element:
        above = self._made.get(node.parent.mem_id) if node.parent is not None else None
        made = _named(above, node.tag or NAMELESS)
        for name, value in node.attributes.items():
            try:
                made.set(name, _NO_XML.sub("", value or ""))
            except ValueError:
                continue  # a name that XML does not have
        self._made[node.mem_id] = made
        return made

    def _text(self, node: LexborNode) -> None:
        above = self._made.get(node.parent.mem_id) if node.parent is not None else None
        text = _NO_XML.sub("", node.text_content or "")
        if above is not None and len(above):
            above[-1].tail = (above[-1].tail or "") + text
        elif above is not None:
            above.text = (above.text or "") + text

    def rows(self, path: str) -> list[int]:
        """Rows of the elements that a path finds, in the order of the page."""
        return sorted(self._rows[one] for one in self._answers(path) if isinstance(one, etree._Element))

    def values(self, path: str) -> list[str]:
        """Texts of what a path finds: an attribute, a text, an element with all that is in it."""
        answers = self._answers(path)
        texts = ["".join(one.itertext()) if isinstance(one, etree._Element) else str(one) for one in answers]
        return [text for text in (" ".join(text.split()) for text in texts) if text]

    def _answers(self, path: str) -> list[object]:
        """Nothing where the path cannot be evaluated on this page."""
        try:
            answer = _compiled(path)(self._root) if self._root is not None else []
        except etree.XPathError:
            return []
        return answer if isinstance(answer, list) else [answer]


def _named(above: etree._Element | None, tag: str) -> etree._Element:
    try:
        return etree.Element(tag) if above is None else etree.SubElement(above, tag)
    except ValueError:
        return _named(above, NAMELESS)
