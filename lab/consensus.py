"""Labels for pages whose full text nobody wrote down: what several extractors agree on, corrected by
hand-made phrases.

Extractors of different make err in different places. A block that most of them return is content, one that
hardly any returns is not, and about the rest nothing is said. The phrases that a person listed for the page
overrule them, and a page on which even the extractor nearest to all others gets the phrases wrong teaches
nothing.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lab import labels, offline, peers, scores, sets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lab.corpus import Page

JURY = (
    "trafilatura",
    "trafilatura-precision",
    "readability-lxml",
    "resiliparse",
    "newspaper4k",
    "goose3",
    "justext",
)
CONTENT, CHROME = 0.6, 0.15  # shares of the jury from which, and up to which, a block is judged
AGREEMENT = 0.75  # with/without F1 that the jury's most typical member must reach on the page

Labels = NDArray[np.float32]


def testimony(data: Path, name: str, cache: Path) -> Mapping[str, Mapping[str, str]]:
    """What each of the jury returns for each page of a set, by page id; kept in the cache."""
    path = cache / f"jury-{name}.pickle"
    if path.is_file():
        return dict(pickle.loads(path.read_bytes()))  # noqa: S301  # a file that this function wrote
    offline.stay()
    jury = {peer.name: peers.load(peer) for peer in peers.PEERS if peer.name in JURY}
    said = {
        sample.id: {who: _try(extract, sample) for who, extract in jury.items()}
        for sample in sets.read(data, name)
    }
    cache.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(said))
    return said


def _try(extract: peers.Extract, sample: sets.Sample) -> str:
    try:
        return extract(sample)
    except Exception:  # noqa: BLE001  # a peer may raise anything; it then has no say
        return ""


def medoid(texts: Sequence[str]) -> str:
    """The text that agrees best with all others, by token F1."""
    split = [scores.tokens(text) for text in texts]
    return max(texts, key=lambda text: sum(scores.overlap(scores.tokens(text), other).f1 for other in split))


def judge(page: Page, texts: Sequence[str]) -> Page:
    """The page with labels by consensus; all unknown where the jury can't be trusted."""
    texts = [text for text in texts if text.strip()]
    unknown = np.full(len(page.tokens), np.nan, np.float32)
    phrases = (
        scores.phrases(medoid(texts), page.sample.wanted, page.sample.unwanted) if texts else scores.Phrases()
    )
    if phrases.f1 < AGREEMENT:
        return replace(page, labels=overrule(page, unknown))
    blocks = [scores.tokens(block.text) for block in page.document.blocks]
    votes = np.mean([labels.align(blocks, scores.tokens(text)) >= 0.5 for text in texts], axis=0)
    agreed = np.where(votes >= CONTENT, 1.0, np.where(votes <= CHROME, 0.0, np.nan)).astype(np.float32)
    return replace(page, labels=overrule(page, agreed))


def overrule(page: Page, found: Labels) -> Labels:
    """Blocks that hold a phrase, or that a phrase holds, are what the person said that they are."""
    folded = [scores.fold(block.text) for block in page.document.blocks]
    ruled = found.copy()
    for phrases, label in ((page.sample.wanted, 1.0), (page.sample.unwanted, 0.0)):
        for phrase in map(scores.fold, phrases):
            hits = [n for n, text in enumerate(folded) if phrase in text]
            ruled[hits] = label
    return ruled
