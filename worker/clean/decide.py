"""Keep or drop each block, for the page as a whole: what a decision is, and what every road to one shares.

There are two roads: `by_model` (the block model's probabilities, and the rules where they know better) and
`by_region` (rules, the text's own part of the page and a second reader), for where there is no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.clean.rules.rule import Rules, Signal
    from worker.clean.scene import Scene
    from worker.jobs.options import Options


@dataclass(frozen=True, slots=True)
class Decision:
    """Why each dropped block was dropped, by number; every other block is kept."""

    dropped: Mapping[int, Signal]
    count: int  # blocks of the document
    sure: float = 0.5  # 0 to 1: the token F1 to be expected of what was kept

    @property
    def kept(self) -> list[int]:
        return [number for number in range(self.count) if number not in self.dropped]

    def drop(self, more: Mapping[int, Signal]) -> Decision:
        """The same decision with more dropped; a reason given before stays."""
        return Decision({**more, **self.dropped}, self.count, self.sure)


class Wish(NamedTuple):
    """What the caller and the operator want."""

    options: Options
    rules: Rules  # those in force
    keep: frozenset[int] = (
        frozenset()
    )  # blocks that the rule for the site keeps, whatever else is said of them
    located: bool = False  # the rule for the site says where the text stands

    @property
    def placed(self) -> bool:
        """Has somebody said where the text is: then only the rules drop."""
        return self.located or bool(self.options.include)


def wanted_kinds(options: Options) -> frozenset[str]:
    """Kinds of what is not the text itself, which the caller asked to have in it."""
    return frozenset(
        (
            *(("caption",) if options.captions else ()),
            *(("byline", "author_bio") if options.byline else ()),
            *(("comments",) if options.comments else ()),
        )
    )


def asked_for(scene: Scene, signals: Mapping[int, Signal], options: Options) -> frozenset[int]:
    """The blocks that are in the text because the caller asked for them."""
    kinds = wanted_kinds(options)
    found = {number for number, signal in signals.items() if signal.kind in kinds}
    title = title_block(scene, signals)
    return frozenset(found | {title} if options.title and title >= 0 else found)


def title_block(scene: Scene, signals: Mapping[int, Signal]) -> int:
    """The block that is the title: the first <h1> that a rule took for it, or the first block; -1 if none."""
    said = sorted(number for number, signal in signals.items() if signal.kind == "title")
    headings = [number for number in said if scene.block(number).tag == "h1"]
    return next(iter([*headings, *said]), -1)
