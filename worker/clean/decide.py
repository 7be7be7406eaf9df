"""Keep or drop each block, for the page as a whole.

What a rule named is dropped. Of the rest, what stands inside the page's region is kept: the smallest element
that holds nearly all of the text that a reader came for, as the votes and the prose show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.region import ENOUGH_PROSE, Reader, edges, outside_region
from worker.clean.rules.rule import Rules, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.clean.scene import Scene
    from worker.clean.votes import Bools
    from worker.jobs.options import Options

LINK_LIST = 3  # so many blocks of nothing but links in a row are a menu
LINKED = 0.9


@dataclass(frozen=True, slots=True)
class Decision:
    """Why each dropped block was dropped, by number; every other block is kept."""

    dropped: Mapping[int, Signal]
    count: int  # blocks of the document

    @property
    def kept(self) -> list[int]:
        return [number for number in range(self.count) if number not in self.dropped]

    def drop(self, more: Mapping[int, Signal]) -> Decision:
        """The same decision with more dropped; a reason given before stays."""
        return Decision({**more, **self.dropped}, self.count)


class Wish(NamedTuple):
    """What the caller wants: their options, and the rules that are in force."""

    options: Options
    rules: Rules


def decide(scene: Scene, signals: Mapping[int, Signal], votes: Bools | None, wish: Wish) -> Decision:
    """The decision by rules and region. `votes` has one entry a block, or is None where there are none.

    With `include` the caller has said where the text is: no region is looked for.
    """
    decision = Decision(_unwished(scene, signals, wish.options), len(scene.words))
    title = _title_block(scene, signals)
    if "region" not in wish.rules.off and not wish.options.include:
        outside = outside_region(scene, decision.kept, Reader(votes, title))
        signal = Signal("other", "region", "outside the text's own part of the page")
        decision = decision.drop({number: signal for number in outside if number != title})
    if "edges" not in wish.rules.off and not wish.options.include:
        signal = Signal("other", "edges", "beside the text, and the second reader left it out")
        beside = edges(scene, decision.kept, Reader(votes, title))
        decision = decision.drop({number: signal for number in beside if number != title})
    if "link_list" not in wish.rules.off:
        decision = decision.drop(_link_lists(scene, decision, votes))
    return decision


def _unwished(scene: Scene, signals: Mapping[int, Signal], options: Options) -> dict[int, Signal]:
    """The signals without those for things that the caller asked to have in the text."""
    wanted = {
        *(("caption",) if options.captions else ()),
        *(("byline", "author_bio") if options.byline else ()),
        *(("comments",) if options.comments else ()),
    }
    found = {number: signal for number, signal in signals.items() if signal.kind not in wanted}
    if options.title:
        found.pop(_title_block(scene, signals), None)
    return found


def _title_block(scene: Scene, signals: Mapping[int, Signal]) -> int:
    """The block that is the title: the first <h1> that a rule took for it, or the first block; -1 if none."""
    said = sorted(number for number, signal in signals.items() if signal.kind == "title")
    headings = [number for number in said if scene.block(number).tag == "h1"]
    return next(iter([*headings, *said]), -1)


def _link_lists(scene: Scene, decision: Decision, votes: Bools | None) -> dict[int, Signal]:
    """Runs of blocks that are links and nothing else, on a page that has text besides."""
    kept = decision.kept
    if sum(scene.prose[number] for number in kept) < ENOUGH_PROSE:
        return {}
    found: dict[int, Signal] = {}
    run: list[int] = []
    for number in [*kept, len(scene.words)]:
        alone = number < len(scene.words) and scene.linked[number] >= LINKED
        if alone and not (votes is not None and votes[number]):
            run.append(number)
            continue
        if len(run) >= LINK_LIST:
            found.update((n, Signal("navigation", "link_list", f"{len(run)} links in a row")) for n in run)
        run = []
    return found
