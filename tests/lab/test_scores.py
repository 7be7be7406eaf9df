from __future__ import annotations

import pytest

from lab import scores


def test_a_text_that_is_its_gold_scores_one() -> None:
    assert scores.token_overlap("Der  Hund BELLT.", "der hund bellt").f1 == 1.0


def test_repeated_words_count_as_often_as_they_stand() -> None:
    got = scores.token_overlap("a a a b", "a b")
    assert (got.precision, got.recall) == (0.5, 1.0)


def test_an_empty_text_scores_nothing_unless_the_gold_is_empty_too() -> None:
    assert scores.token_overlap("", "something").f1 == 0.0
    assert scores.token_overlap("", "").f1 == 1.0


def test_scripts_without_spaces_give_one_token_a_character() -> None:
    assert scores.tokens("北京2012 年 ไทย") == ["北", "京", "2012", "年", "ไ", "ท", "ย"]
    assert scores.tokens("こんにちは") == list("こんにちは")


def test_words_with_combining_letters_of_other_scripts_stay_whole() -> None:
    assert scores.tokens("Ελληνικά Über москва") == ["ελληνικά", "über", "москва"]


def test_shingles_see_the_order_that_tokens_do_not() -> None:
    gold = "one two three four five six"
    swapped = "six five four three two one"
    assert scores.token_overlap(swapped, gold).f1 == 1.0
    assert scores.shingle_overlap(swapped, gold).f1 == 0.0


def test_a_text_shorter_than_a_shingle_is_one_shingle() -> None:
    assert scores.shingles("only three words") == [("only", "three", "words")]
    assert scores.shingles("") == []


def test_the_shingle_score_of_a_set_is_the_f1_of_its_means() -> None:
    rows = [scores.Overlap(1.0, 0.5, 0.0), scores.Overlap(0.5, 1.0, 0.0)]
    assert scores.shingle_f1(rows) == 0.75


def test_phrases_are_found_across_line_breaks_and_leaks_are_counted() -> None:
    got = scores.phrases("first\n line\nShare  this", ["first line", "second"], ["share this", "Share this"])
    assert (got.wanted_found, got.unwanted_found) == (1, 1)
    assert got.leak == 0.5
    assert got.f1 == 0.5


def test_an_interval_holds_its_mean_and_is_the_same_each_time() -> None:
    rows = [0.1, 0.9, 0.5, 0.7, 0.3] * 20

    def mean(values: object) -> float:
        assert isinstance(values, list)
        return float(sum(values) / len(values))

    low, high = scores.interval(rows, mean)
    assert low < mean(rows) < high
    assert (low, high) == pytest.approx(scores.interval(rows, mean))
