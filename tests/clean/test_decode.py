"""Bytes to text: the order of the HTML standard, and never a failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.clean.decode import decode

TEXTS = {
    "shift_jis": "これは日本語の文章です。カタカナもあります。東京の天気は晴れ。駅には多くの人がいました。",
    "gbk": "这是中文文章。今天北京天气很好，我们去了公园。新的地铁线路将于下个月开通，市民表示期待。",
    "windows-1251": "Это русский текст. Сегодня в Москве хорошая погода, мы пошли в парк и долго гуляли.",
    "iso-8859-2": "Zażółć gęślą jaźń. Dziś pogoda w Warszawie jest piękna, poszliśmy do parku.",
    "euc-kr": "이것은 한국어 문장입니다. 오늘 서울의 날씨는 맑습니다. 우리는 공원에 갔습니다.",
    "big5": "這是中文文章。今天台北天氣很好，我們去了公園。新的捷運路線將於下個月開通，市民表示期待。",
}
# scripts that tell their encoding
UNDECLARED = ("shift_jis", "gbk", "windows-1251", "euc-kr", "big5")
LABELS = (
    st.none()
    | st.sampled_from(["utf-8", "gbk", "utf-16", "x-user-defined", "idna", "zlib", "%", ""])
    | st.text()
)


@pytest.mark.parametrize("charset", TEXTS)
def test_the_header_charset_is_believed(charset: str) -> None:
    page = f"<html><p>{TEXTS[charset]}"
    assert decode(page.encode(charset), charset) == page


@pytest.mark.parametrize("charset", TEXTS)
def test_a_meta_charset_is_found_in_the_first_kilobyte(charset: str) -> None:
    page = f"<html><head><meta charset='{charset}'></head><p>{TEXTS[charset]}"
    assert decode(page.encode(charset)) == page


def test_the_old_form_of_meta_is_read_too() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>Привет, мир'
    assert decode(page.encode("windows-1251")) == page


@pytest.mark.parametrize(
    "label", ["\ud800", "ü", "utf-8\0", "a" * 100_000, "hex", "rot13", "idna", "undefined"]
)
def test_a_label_that_names_no_charset_is_passed_over(label: str) -> None:
    assert decode("<p>Grüße".encode(), label) == "<p>Grüße"


def test_a_charset_inside_a_comment_is_no_charset() -> None:
    page = "<!-- <meta charset=shift_jis> --><meta charset=windows-1251><p>Привет, мир"
    assert decode(page.encode("windows-1251")) == page


@pytest.mark.parametrize("charset", UNDECLARED)
def test_what_nobody_declared_is_detected(charset: str) -> None:
    page = f"<html><p>{TEXTS[charset]}"
    assert decode(page.encode(charset)) == page


def test_the_page_language_helps_detection() -> None:
    page = f'<html lang="pl"><p>{TEXTS["iso-8859-2"]}'
    assert decode(page.encode("iso-8859-2")) == page


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_told_by_their_mark_or_their_nul_bytes(codec: str) -> None:
    page = f"<!doctype html><html><head><title>x</title></head><p>{TEXTS['windows-1251']}"
    assert decode(page.encode(codec)) == page


def test_utf_8_wins_over_a_wrong_single_byte_label() -> None:
    page = f"<p>{TEXTS['windows-1251']}"
    assert decode(page.encode("utf-8"), "iso-8859-1") == page


def test_a_wrong_utf_8_label_loses_to_the_bytes() -> None:
    page = f"<html><p>{TEXTS['shift_jis']}"
    assert decode(page.encode("shift_jis"), "utf-8") == page


def test_broken_utf_8_keeps_what_can_be_read() -> None:
    body = "Zażółć gęślą jaźń, dziś pogoda jest piękna".encode()
    broken = body[:20] + b"\xff" + body[20:]
    assert decode(broken, "utf-8").replace("\ufffd", "") == body.decode()


def test_a_page_cut_inside_a_character_is_still_utf_8() -> None:
    assert decode("<p>日本語".encode()[:-1]).startswith("<p>日本")


def test_a_byte_order_mark_beats_every_label() -> None:
    assert decode(b"\xef\xbb\xbf" + "né".encode(), "shift_jis") == "né"


@given(st.binary(max_size=3000), LABELS)
def test_decoding_never_raises(body: bytes, label: str | None) -> None:
    assert isinstance(decode(body, label), str)


@given(st.text())
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    page = "<p>é" + text.encode("utf-8", "replace").decode()
    assert decode(page.encode()) == page


@pytest.mark.parametrize(
    "repeated", [b"<script ", b"<style>", b"<", b"<a", b"<!--", b"<meta ", b"<html lang"]
)
def test_looking_for_a_charset_costs_by_the_length_of_the_page(repeated: bytes) -> None:
    page = b"\xe9" + repeated * (500_000 // len(repeated))
    assert len(decode(page)) == len(page)  # one that went by its square would meet the run's own time limit
