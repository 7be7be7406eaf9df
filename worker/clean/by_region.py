"""The road without a model: what a rule named is dropped; of the rest, what stands inside the page's region
is kept: the smallest element that holds nearly all of the text that a reader came for, as the votes and the
prose show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.decide import Decision, Wish, asked_for, title_block
from worker.clean.region import ENOUGH_PROSE, Reader, edges, outside_region
from worker.clean.rules.rule import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.clean.scene import Scene
    from worker.clean.votes import Bools

LINK_LIST = 3  # so many blocks of nothing but links in a row are a menu
LINKED = 0.9


def by_region(scene: Scene, signals: Mapping[int, Signal], votes: Bools | None, wish: Wish) -> Decision:
    """The decision by rules and region. `votes` has one entry a block, or is None where there are none.

    Where it was said where the text is, no region is looked for.
    """
    asked = asked_for(scene, signals, wish.options) | wish.keep
    named = {number: signal for number, signal in signals.items() if number not in asked}
    decision = Decision(named, len(scene.words))
    title = title_block(scene, signals)
    if "region" not in wish.rules.off and not wish.placed:
        outside = outside_region(scene, decision.kept, Reader(votes, title))
        signal = Signal("other", "region", "outside the text's own part of the page")
        decision = decision.drop({number: signal for number in outside if number != title})
    if "edges" not in wish.rules.off and not wish.placed:
        signal = Signal("other", "edges", "beside the text, and the second reader left it out")
        beside = edges(scene, decision.kept, Reader(votes, title))
        decision = decision.drop({number: signal for number in beside if number != title})
    if "link_list" not in wish.rules.off:
        decision = decision.drop(_link_lists(scene, decision, votes))
    dropped = {number: signal for number, signal in decision.dropped.items() if number not in wish.keep}
    decision = Decision(dropped, decision.count)
    return Decision(dropped, decision.count, _sureness(scene, decision.kept, votes))


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


def _sureness(scene: Scene, kept: list[int], votes: Bools | None) -> float:
    """Agreement with the second reader (words that both kept, of those that either did), less for a short
    text."""
    words, agreed = sum(scene.words[n] for n in kept), 0.5
    if votes is not None and len(votes):
        both = sum(scene.words[n] for n in kept if votes[n])
        either = words + sum(w for n, w in enumerate(scene.words) if votes[n]) - both
        agreed = both / either if either else 0.0
    return min(0.4 + 0.6 * agreed, 0.5 + words / 400)
