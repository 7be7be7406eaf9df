"""Mend what was kept, as a whole. Doing it twice changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from worker.clean.document import HEADINGS, names
from worker.clean.rules.rule import Rules, Signal

if TYPE_CHECKING:
    from worker.clean.decide import Decision
    from worker.clean.document import Document

REPEATED_WORDS = 10  # a shorter line may be a refrain
MOST_REPEATED = 0.55  # of the words of longer blocks: all said twice is half; a page with more means it so
MAY_REPEAT = names("td th pre li dd")
HEADING_WORDS = 15  # a longer one is a text

_OPENING = re.compile(r"\W*(\w+)\W*(\w*)")


def polish(document: Document, decision: Decision, rules: Rules) -> Decision:
    """Drop what is said twice, and a heading at the end that has nothing under it any more."""
    if "repeated" not in rules.off:
        decision = decision.drop(_repeated(document, decision))
    if "bare_heading" not in rules.off:
        decision = decision.drop(_bare_headings(document, decision))
    return decision


def _repeated(document: Document, decision: Decision) -> dict[int, Signal]:
    blocks, counts = document.blocks, document.counts
    long = [
        number
        for number in decision.kept
        if blocks[number].tag not in MAY_REPEAT and counts[number] >= REPEATED_WORDS
    ]
    openings = Counter(begins := [_opening(document.folded[number]) for number in long])
    seen: set[str] = set()
    found: dict[int, Signal] = {}
    for number, opening in zip(long, begins, strict=True):
        if openings[opening] > 1:
            key = " ".join(document.words[number])  # figures count: entries of a log differ in no more
            if key in seen:
                found[number] = Signal("duplicate", "repeated", "said before on this page")
            seen.add(key)
    twice, said = (sum(counts[number] for number in numbers) for numbers in (found, long))
    return found if twice <= MOST_REPEATED * said else {}


def _opening(folded: str) -> tuple[str, ...]:
    """The first two words: texts that begin otherwise need not be compared whole."""
    found = _OPENING.match(folded)
    return found.groups() if found else ()


def _bare_headings(document: Document, decision: Decision) -> dict[int, Signal]:
    """Headings after the last text, whose own text was dropped."""
    found: dict[int, Signal] = {}
    for number in reversed(decision.kept):
        block = document.blocks[number]
        a_heading = block.tag in HEADINGS and document.counts[number] <= HEADING_WORDS
        if not a_heading or len(found) + 1 == len(decision.kept):
            break
        if number + 1 in decision.dropped or number + 1 in found:
            found[number] = Signal("other", "bare_heading", "nothing is left under it")
        else:
            break
    return found
