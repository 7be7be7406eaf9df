"""What the text pass takes, right and wrong, and how many related lines still leak.

    python -m lab.leaks --data DIR [--cache DIR] [--set S …] [--sample N] [--show FILE]

With `--cache` the pages of wcxb-dev and trafilatura-eval are cleaned with what a model says that saw no page
of their host (`lab.train --folds` left it there). A line is eaten when the text pass took it by its words,
nothing else would have taken it, and it stands in the gold text. A related line is a block of the page that
is links to other pages and as long as a headline, or that holds both a phrase that must be out and a link; it
is not in a table, not in the gold text and shares nothing with a phrase that must be in. `--show` writes
every line to look at; it holds text of the pages.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lab import missing, peers, rig, sets, unseen
from lab.scores import fold
from worker.clean import Page, Rules, clean
from worker.clean.blocks import walk
from worker.clean.document import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lab.peers import Extract
    from lab.sets import Sample
    from worker.clean.document import Block

TEXT_PASS = (
    "comment_prompt", "read_also", "newsletter", "app_prompt", "contact_prompt", "follow", "share", "advert",
    "read_more", "byline",
)  # fmt: skip
PLAIN_PASS = Rules().without(*TEXT_PASS)
CELLS = names("td th dt dd")
LINKED = 0.7  # of a block's characters
HEADLINE = range(4, 41)  # words; fewer are a menu's or a tag's, more are a teaser's text
SURE_MATCH = 20  # characters; a shorter line is in a gold text only as a whole line of it


@dataclass(slots=True)
class Tally:
    """Counts over the pages of one set, and the lines behind them."""

    pages: int = 0
    left_out: int = 0  # their blocks are cut in another way since the model of the cache saw them
    gold_lines: int = 0
    taken: int = 0  # lines that only the text pass took
    eaten: list[str] = field(default_factory=list)  # of these, lines of the gold text
    wanted_lost: list[str] = field(default_factory=list)
    unwanted_before: int = 0  # unwanted phrases in the text without the text pass
    unwanted_caught: int = 0
    related: int = 0  # on the pages
    leaked: dict[str, list[str]] = field(default_factory=dict)  # by extractor
    lines: list[str] = field(default_factory=list)  # every line that was taken, to look at


def related(sample: Sample) -> set[str]:
    """The folded text of every related line of the page."""
    found = {fold(block.text) for block in walk(sample.html).blocks if _is_related(block, sample)}
    wanted, gold = [fold(phrase) for phrase in sample.wanted], fold(sample.gold or "")
    return {line for line in found if line not in gold and not any(line in w or w in line for w in wanted)}


def _is_related(block: Block, sample: Sample) -> bool:
    if block.tag in CELLS or not any(_leads_away(run.href, sample.url) for run in block.runs if run.href):
        return False
    if block.words in HEADLINE and block.link_chars >= LINKED * len(block.text):
        return True
    return block.words <= HEADLINE.stop and any(phrase in fold(block.text) for phrase in sample.unwanted)


def _leads_away(href: str, url: str | None) -> bool:
    try:
        target, here = urlsplit(urljoin(url or "", href)), urlsplit(url or "")
    except ValueError:
        return False
    return target.scheme in ("http", "https", "") and target.path != here.path


def read(sample: Sample, chances: unseen.Said, rivals: dict[str, Extract], tally: Tally) -> None:
    """Clean the page with the text pass and without, and count."""
    try:
        page, plain = (_cleaned(sample, chances.get(sample.key), rules) for rules in (Rules(), PLAIN_PASS))
    except unseen.StaleCacheError:
        tally.left_out += 1
        return
    tally.pages += 1
    named = _taken_by_words(page)
    taken = [text for text in map(fold, (_lines(plain) - _lines(page)).elements()) if text in named]
    tally.taken += len(taken)
    gold = [fold(line) for line in (sample.gold or "").splitlines() if line.strip()]
    tally.gold_lines += len(gold)
    eaten = [line for line in taken if _in_gold(line, gold)]
    tally.eaten += [f"{sample.key}: [{named[line]}] {line}" for line in eaten]
    tally.lines += [f"{sample.key}: [{named[line]}] {line}" for line in taken if line not in eaten]
    _count_phrases(sample, fold(plain.text), fold(page.text), tally)
    lines = related(sample)
    tally.related += len(lines)
    texts = {peers.OURS: page.text, **{name: extract(sample) for name, extract in rivals.items()}}
    for name, text in texts.items():
        folded = fold(text)
        tally.leaked.setdefault(name, []).extend(
            f"{sample.key}: {ln}" for ln in sorted(lines) if ln in folded
        )


def _cleaned(sample: Sample, chances: unseen.Chances | None, rules: Rules) -> Page:
    if chances is not None:
        return unseen.cleaned(sample, chances, rules)
    return clean(sample.html, url=sample.url, rules=rules)


def _lines(page: Page) -> Counter[str]:
    return Counter(piece.text for piece in page.pieces)


def _taken_by_words(page: Page) -> dict[str, str]:
    """What the text pass took by its words, with the rule; not what it took by the name of a box."""
    return {
        fold(receipt.text): receipt.rule
        for receipt in page.receipts
        if receipt.rule.split(":")[0] in TEXT_PASS and " selector:" not in receipt.rule
    }


def _in_gold(line: str, gold: Sequence[str]) -> bool:
    return any(line == good or (len(line) >= SURE_MATCH and line in good) for good in gold)


def _count_phrases(sample: Sample, before: str, after: str, tally: Tally) -> None:
    for phrase in map(fold, sample.wanted):
        if phrase in before and phrase not in after:
            tally.wanted_lost.append(f"{sample.key}: {phrase}")
    for phrase in map(fold, sample.unwanted):
        tally.unwanted_before += phrase in before
        tally.unwanted_caught += phrase in before and phrase not in after


def measure(chosen: argparse.Namespace) -> dict[str, Tally]:
    """A tally for each set, by its name."""
    chances = unseen.said(chosen.cache) if chosen.cache else {}
    rivals = {peer.name: peers.load(peer) for peer in peers.PEERS if peer.name == peers.YARDSTICK}
    tallies: dict[str, Tally] = {}
    for sample in sets.load(chosen.data, chosen.set, chosen.sample):
        read(sample, chances, rivals, tallies.setdefault(sample.set, Tally()))
    return tallies


def eaten_table(tallies: dict[str, Tally]) -> str:
    head = [
        "set",
        "pages",
        "left out",
        "lines taken",
        "gold lines",
        "eaten",
        "share",
        "wanted phrases lost",
        "unwanted caught",
    ]
    body = [
        [
            name, str(t.pages), str(t.left_out), str(t.taken), str(t.gold_lines), str(len(t.eaten)),
            f"{len(t.eaten) / t.gold_lines:.4%}" if t.gold_lines else "", str(len(t.wanted_lost)),
            f"{t.unwanted_caught} of {t.unwanted_before}" if t.unwanted_before else "",
        ]
        for name, t in tallies.items()
    ]  # fmt: skip
    return rig.table(head, body)


def leaked_table(tallies: dict[str, Tally]) -> str:
    head = [
        "set",
        "related lines on the pages",
        *(f"leaked by {name}" for name in (peers.OURS, peers.YARDSTICK)),
    ]
    body = [
        [name, str(t.related), *(str(len(lines)) for lines in t.leaked.values())]
        for name, t in tallies.items()
    ]
    return rig.table([*head, "ratio"], [[*row, f"{int(row[2]) / max(int(row[3]), 1):.2f}"] for row in body])


def shown(tallies: dict[str, Tally]) -> Iterator[str]:
    for name, tally in tallies.items():
        parts = {"eaten": tally.eaten, "wanted lost": tally.wanted_lost, "taken": tally.lines}
        for part, lines in {
            **parts,
            **{f"leaked by {who}": said for who, said in tally.leaked.items()},
        }.items():
            yield f"== {name}, {part}"
            yield from lines


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.leaks", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--cache", type=Path, help="the folder that lab.train wrote")
    parser.add_argument("--set", action="append", default=[], help="a set; all of them when none is named")
    parser.add_argument("--sample", type=int, help="at most so many pages of each set, always the same ones")
    parser.add_argument("--show", type=Path, help="a file for the lines themselves")
    return parser.parse_args(argv)


def main() -> int:
    chosen = arguments()
    tallies = measure(chosen)
    print(eaten_table(tallies), leaked_table(tallies), sep="\n")
    if chosen.show:
        chosen.show.write_text("\n".join(shown(tallies)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(missing.told(main))
