from __future__ import annotations

import pytest

from lab import labels

ARTICLE = ["the", "mayor", "opened", "the", "new", "bridge", "on", "monday", "in", "the", "rain"]
SECOND = ["nobody", "had", "expected", "so", "many", "people", "to", "come", "at", "all"]


def test_blocks_of_the_gold_text_are_found_and_others_are_not() -> None:
    menu = ["home", "news", "sport", "weather"]
    found = labels.align([menu, ARTICLE, ["share"], SECOND], ARTICLE + SECOND)
    assert found.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_a_short_block_counts_where_it_fits_and_not_where_its_words_stand_by_chance() -> None:
    found = labels.align([["the", "rain"], ARTICLE, ["price"], SECOND], [*ARTICLE, "price", *SECOND])
    assert found.tolist() == [0.0, 1.0, 1.0, 1.0]


def test_a_block_that_comes_twice_counts_once() -> None:
    found = labels.align([ARTICLE, SECOND, ARTICLE], ARTICLE + SECOND)
    assert found.tolist() == [1.0, 1.0, 0.0]


def test_a_block_out_of_order_counts_when_the_gold_text_has_it_to_spare() -> None:
    found = labels.align([SECOND, ARTICLE], ARTICLE + SECOND)
    assert found.tolist() == [1.0, 1.0]


def test_a_block_of_which_the_gold_text_has_a_part_gets_a_share() -> None:
    found = labels.align([[*ARTICLE, "and", "some", "more", "words", "of", "nobody"]], ARTICLE)
    assert found[0] == pytest.approx(len(ARTICLE) / (len(ARTICLE) + 6), abs=0.1)


def test_nothing_is_found_in_an_empty_gold_text() -> None:
    assert labels.align([ARTICLE], []).tolist() == [0.0]
