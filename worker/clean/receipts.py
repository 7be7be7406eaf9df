"""A receipt for each dropped block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.document import NONE, made
from worker.clean.page import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.clean.decide import Decision
    from worker.clean.document import Document, Elements

STEPS = 5  # elements of a path that a receipt shows


def receipts(document: Document, decision: Decision) -> Iterator[Receipt]:
    path, counts = _Path(document.elements), document.counts
    for number, signal in sorted(decision.dropped.items()):
        block = document.blocks[number]
        rule, where = f"{signal.rule}: {signal.detail}", path.of(block.element)
        yield made(Receipt, (signal.kind, rule, where, counts[number], block.text))


class _Path:
    """The last steps of the way to an element. Blocks share most of their steps: each is written once."""

    def __init__(self, elements: Elements) -> None:
        self.elements = elements
        self.parent: list[int] = elements.parent.tolist()
        self.steps: dict[int, str] = {}

    def of(self, row: int) -> str:
        chain: list[str] = []
        while row != NONE and len(chain) < STEPS:
            chain.append(self.steps.get(row) or self._step(row))
            row = self.parent[row]
        chain.reverse()
        return " > ".join(chain)

    def _step(self, row: int) -> str:
        """A tag with its id or first class."""
        attrs = self.elements.attrs[row]
        own, classes = (attrs.get("id") or "").strip(), (attrs.get("class") or "").split(None, 1)
        step = self.elements.tags[row] + (f"#{own}" if own else f".{classes[0]}" if classes else "")
        self.steps[row] = step
        return step
