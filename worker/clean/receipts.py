"""A receipt for each dropped block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.page import Receipt
from worker.clean.scene import block_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.decide import Decision
    from worker.clean.document import Document, Elements

STEPS = 5  # elements of a path that a receipt shows


def receipts(document: Document, decision: Decision) -> Iterator[Receipt]:
    for number, signal in sorted(decision.dropped.items()):
        block = document.blocks[number]
        yield Receipt(
            kind=signal.kind,
            rule=f"{signal.rule}: {signal.detail}",
            where=_path(document.elements, block.element),
            words=block_words(block.text),
            text=block.text,
        )


def _path(elements: Elements, row: int) -> str:
    """The last steps of the way to an element, each with its id or first class."""
    return " > ".join(_step(elements, up) for up in reversed(elements.ancestors(row)[:STEPS]))


def _step(elements: Elements, row: int) -> str:
    attrs = elements.attrs[row]
    own, classes = (attrs.get("id") or "").strip(), (attrs.get("class") or "").split()
    return elements.tags[row] + (f"#{own}" if own else f".{classes[0]}" if classes else "")
