"""Keep or drop each block, for the page as a whole.

What a rule named is dropped. Of the rest, what stands inside the page's region is kept: the smallest element
that holds nearly all of the text that a reader came for, as the votes and the prose show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.rules.rule import Rules, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.clean.scene import Scene
    from worker.clean.votes import Bools
    from worker.jobs.options import Options

REGION_SHARE = 0.85  # of the weight: a region that leaves out more isn't one
VOTED_SHARE = 0.3  # of the prose: with fewer votes the second reader missed the page
LINK_LIST = 3  # so many blocks of nothing but links in a row are a menu
LINKED = 0.9
ENOUGH_PROSE = 120  # words: a page with less may be a page of links, which are then its content


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
    if "region" not in wish.rules.off and not wish.options.include:
        decision = decision.drop(_outside_region(scene, decision, votes))
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
        said = [number for number, signal in found.items() if signal.kind == "title"]
        headings = [number for number in said if scene.block(number).tag == "h1"]
        for number in (headings or sorted(said))[:1]:
            del found[number]
    return found


def _outside_region(scene: Scene, decision: Decision, votes: Bools | None) -> dict[int, Signal]:
    weights = _weights(scene, decision, votes)
    if not any(weights):
        return {}
    region = _region(scene, weights)
    signal = Signal("other", "region", "outside the text's own part of the page")
    return {number: signal for number in decision.kept if number not in region and not weights[number]}


def _weights(scene: Scene, decision: Decision, votes: Bools | None) -> list[int]:
    """What each block counts for the region: prose that was voted for, or all prose where the votes fail."""
    kept = [0 if number in decision.dropped else words for number, words in enumerate(scene.prose)]
    if votes is None:
        return kept or []
    ballots = votes.tolist()
    voted = [words if ballots[n] and n not in decision.dropped else 0 for n, words in enumerate(scene.words)]
    enough = sum(words for n, words in enumerate(kept) if ballots[n]) >= VOTED_SHARE * sum(kept)
    if enough and any(voted):
        return voted
    return kept if any(kept) else voted


def _region(scene: Scene, weights: Sequence[int]) -> range:
    """The deepest element with REGION_SHARE of the weight: such elements form one chain from the root."""
    before = [0, *accumulate(weights)]
    elements = scene.document.elements
    needed = REGION_SHARE * before[-1]
    best = range(len(weights))
    for first, end in zip(elements.first_block.tolist(), elements.end_block.tolist(), strict=True):
        if end > first and before[end] - before[first] >= needed:
            best = range(first, end)
    return best


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
