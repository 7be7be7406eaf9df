"""The decision with a model whose probabilities the test gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from worker.clean import Options, Page, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.document import Document

PROSE = "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it."


def decided(html: str, chances: Sequence[float], options: Options | None = None) -> Page:
    def model(document: Document) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        assert len(document.blocks) == len(chances)
        return np.array(chances)

    return clean(html, options=options or Options(), model=model)


def test_blocks_are_kept_by_their_probability() -> None:
    page = decided(f"<p>{PROSE}<div>Weather and tides</div>", [0.9, 0.1])
    assert page.text.strip() == PROSE
    (receipt,) = page.receipts
    assert receipt.rule.startswith("model: ")
    assert "after the text" in receipt.rule


def test_confidence_is_lower_where_the_model_is_unsure() -> None:
    html = f"<p>{PROSE} {PROSE} {PROSE}<div>Weather and tides</div>"
    assert decided(html, [0.6, 0.4]).confidence < decided(html, [0.99, 0.01]).confidence


def test_a_heading_stays_with_the_text_right_below_it() -> None:
    html = f"<h2>Upstream</h2><p>{PROSE}<h2>Elsewhere</h2><div>Weather and tides</div>"
    assert decided(html, [0.3, 0.9, 0.3, 0.1]).text.split("\n")[0] == "Upstream"
    assert "Elsewhere" not in decided(html, [0.3, 0.9, 0.3, 0.1]).text


def test_code_stays_with_the_text_around_it() -> None:
    html = f"<p>{PROSE}<pre>x = 1</pre><pre>y = 2</pre><p>{PROSE[::-1]}<pre>z = 3</pre><div>Tides</div>"
    text = decided(html, [0.9, 0.3, 0.1, 0.9, 0.3, 0.1]).text
    assert "x = 1" in text
    assert "y = 2" not in text
    assert "z = 3" not in text


def test_a_rule_that_would_take_most_of_the_text_is_not_believed() -> None:
    box = f'<div class="share-buttons"><p>{PROSE}<p>{PROSE[::-1]}</div>'
    assert PROSE in decided(f"{box}<p>{PROSE[:60]}", [0.9, 0.9, 0.9]).text


def test_the_few_words_of_a_byline_go_from_a_short_text_too() -> None:
    html = f"<html lang=en><p>By Ada Quill, 3 March 2026, at 10:42</p><p>{PROSE} {PROSE}"
    assert decided(html, [0.9, 0.9]).text == f"{PROSE} {PROSE}"
    short = "<html lang=en><p>By Ada Quill, 3 March 2026</p><p>The ferry is late again."
    assert decided(short, [0.9, 0.9]).text.startswith("By Ada Quill")


@pytest.mark.parametrize("captions", [True, False])
def test_what_the_caller_asks_for_is_kept_whatever_the_model_says(*, captions: bool) -> None:
    html = f"<p>{PROSE}<figure><figcaption>Ice at the weir</figcaption></figure>"
    page = decided(html, [0.9, 0.01], Options(captions=captions))
    assert ("Ice at the weir" in page.text) is captions


def test_with_include_the_model_drops_nothing() -> None:
    html = f"<p>{PROSE}<section><p>Weather and tides</section>"
    assert decided(html, [0.9, 0.01], Options(include=("section",))).text.strip() == "Weather and tides"


def test_blocks_that_hang_alike_are_decided_alike() -> None:
    words = ("Bread", "Cheese", "Wool", "Salt")
    cards = "".join(f'<div class="card">{word} of the valley</div>' for word in words)
    page = decided(f"<p>{PROSE}{cards}", [0.9, 0.8, 0.8, 0.45, 0.8])
    assert "Wool of the valley" in page.text


def test_lines_that_differ_only_in_a_figure_are_not_said_twice() -> None:
    lines = [
        f"At {hour} o'clock the gauge at the lower bridge showed the same level again." for hour in (4, 5)
    ]
    page = decided("".join(f"<p>{line}" for line in lines), [0.9, 0.9])
    assert page.text.split("\n\n") == lines
