"""Short articles, made of long ones: the same page with no more than the beginning of its text.

The pages that we learn from are mostly text. A news item of three sentences beside a column of teasers and
two hundred comments is not, and a model that has seen none takes the teasers or the comments for the text. So
a long article is learned a second time with its text cut short and everything else left as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.model import cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lab.corpus import Page
    from worker.clean.document import Document

    Bools = NDArray[np.bool_]

FEWEST_BLOCKS, FEWEST_TOKENS = 4, 200  # a page with less text is short as it is
LEFT = (40, 160)  # tokens that are left, drawn evenly
MOST_LEFT = 0.7  # share of the text's blocks; a page that keeps more says nothing new


def shortened(page: Page, rng: np.random.Generator) -> Page | None:
    """The page with the beginning of its text alone; None where it is short as it is."""
    text = np.flatnonzero(np.nan_to_num(page.labels) >= cut.HALF)
    lengths = page.lengths[text]
    if len(text) < FEWEST_BLOCKS or lengths.sum() < FEWEST_TOKENS:
        return None
    left = int(np.searchsorted(np.cumsum(lengths), rng.uniform(*LEFT))) + 1
    if left >= MOST_LEFT * len(text):
        return None
    kept = np.ones(len(page.labels), bool)
    kept[text[left:]] = False
    between = slice(text[left - 1] + 1, text[-1])
    kept[between] &= ~np.isnan(page.labels[between])  # of these nobody knows whether they are text
    return replace(
        page,
        document=without(page.document, ~kept),
        tokens=tuple(tokens for tokens, keep in zip(page.tokens, kept, strict=True) if keep),
        gold=page.gold[: int(lengths[:left].sum())],
        labels=page.labels[kept],
    )


def without(document: Document, gone: Bools) -> Document:
    """The document without these blocks; the elements stay, with nothing in them."""
    new = np.concatenate([[0], np.cumsum(~gone)]).astype(np.int32)  # of block: its number afterwards
    elements = replace(
        document.elements,
        first_block=new[document.elements.first_block],
        end_block=new[document.elements.end_block],
    )
    kept = [block for block in document.blocks if not gone[block.number]]
    blocks = tuple(block._replace(number=number) for number, block in enumerate(kept))
    images = tuple(image._replace(block=int(new[image.block])) for image in document.images)
    return replace(document, elements=elements, blocks=blocks, images=images)
