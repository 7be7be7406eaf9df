"""What receipts call a block that the model dropped and no rule named. The test gives the probabilities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from worker.clean import Page, clean

if TYPE_CHECKING:
    from worker.clean.document import Document

PROSE = "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it."
LINE = "Herons seen at the weir"
CARDS = "".join(
    f'<div class="k7"><a href="/{n}">{word} at the old harbour wall</a><p>Seen from the pier</p></div>'
    for n, word in enumerate(("Herons", "Barges", "Anglers", "Ferries"))
)
REFERENCES = "".join(
    f"<li>{name}, A history of the weir, second printing" for name in ("Orme", "Tull", "Vane")
)


def cleaned(html: str) -> Page:
    """The page as cleaned with a model that keeps what has the river in it, and nothing else."""

    def model(document: Document) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array([0.9 if "river" in block.text else 0.1 for block in document.blocks])

    return clean(html, model=model)


def reason(html: str, line: str = LINE) -> tuple[str, str]:
    """Kind and rule of the receipt for this line."""
    (receipt,) = (receipt for receipt in cleaned(html).receipts if receipt.text == line)
    return receipt.kind, receipt.rule


@pytest.mark.parametrize(
    ("kind", "html"),
    [
        ("related", f'<div class="teaser"><p>{LINE}</div>'),
        ("comments", f'<div class="forum-reply"><p>{LINE}</div>'),
        ("footer", f'<div id="ftr"><p>{LINE}</div>'),
        ("advert", f'<div class="box-promo"><p>{LINE}</div>'),
        ("caption", f'<div class="thumbcaption">{LINE}</div>'),
        ("tags", f'<div class="topics"><p>{LINE}</div>'),
        ("control", f'<div class="modal-login"><p>{LINE}</div>'),
        ("share", f'<div class="bookmark">{LINE}</div>'),
    ],
)
def test_a_name_too_vague_for_a_rule_gives_a_dropped_block_its_kind(kind: str, html: str) -> None:
    assert reason(f"<p>{PROSE}</p>{html}")[0] == kind


def test_the_inner_of_two_names_counts() -> None:
    page = f'<p>{PROSE}</p><div class="teaser"><div class="box-promo"><p>{LINE}</div></div>'
    assert reason(page)[0] == "advert"


def test_the_name_of_an_element_that_holds_text_that_is_kept_says_nothing() -> None:
    assert reason(f'<div class="news"><p>{PROSE}</p><p>{LINE}</div>')[0] == "other"


def test_a_hint_drops_nothing() -> None:
    assert PROSE in cleaned(f'<div class="teaser"><p>{PROSE}</p></div>').text


def test_the_text_of_a_card_is_what_its_links_are() -> None:
    found = {receipt.text: receipt.kind for receipt in cleaned(f"<p>{PROSE}</p><div>{CARDS}</div>").receipts}
    assert set(found.values()) == {"related"}


def test_a_heading_is_what_stands_below_it() -> None:
    page = f'<p>{PROSE}</p><div><h3>{LINE}</h3><div class="teaser"><p>Seen from the pier</div></div>'
    assert reason(page)[0] == "related"


def test_a_line_between_two_entries_of_a_menu_is_of_the_menu() -> None:
    entry = '<div><a href="/{0}">{0}</a></div>'
    page = f"{entry.format('Tides')}<div>{LINE}</div>{entry.format('Weirs')}<section><p>{PROSE}</section>"
    assert reason(page)[0] == "navigation"


def test_a_list_with_a_link_now_and_then_is_not_taken_for_related_pages() -> None:
    linked = '<li><a href="/isbn">Moss, The lower town and its floods, a reader</a>'
    page = (
        f"<p>{PROSE}</p><ol>{REFERENCES}{linked}</ol><p>More of the river, and what became of the old weir."
    )
    assert reason(page, "Orme, A history of the weir, second printing")[0] == "other"


def test_the_rule_of_the_model_says_in_words_what_it_saw() -> None:
    _, rule = reason(f'<p>{PROSE}</p><div class="teaser"><p>{LINE}</div>')
    assert re.fullmatch(r"model: a line of 5 words, after the text, in \.teaser; \d+ % likely text", rule), (
        rule
    )
