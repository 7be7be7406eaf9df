"""Days and times as pages write them."""

from __future__ import annotations

import pytest

from worker.clean.dates import Order, days, in_text, iso, order


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-03", "2026-02-03"),
        ("2026-02-03 04:05", "2026-02-03T04:05:00"),
        ("2026-02-03T04:05:06.789+0100", "2026-02-03T04:05:06+01:00"),
        ("20260203", "2026-02-03"),
        ("2026/2/3", "2026-02-03"),
        ("2026年2月3日", "2026-02-03"),
        ("03.02.2026", "2026-02-03"),
        ("February 3, 2026", "2026-02-03"),
        ("3 Feb 2026", "2026-02-03"),
        ("Dec 3rd 2026", "2026-12-03"),
        ("Oct 01, 2026T10:00:00+03:00", "2026-10-01"),
        ("Published Oct 20, 2026 at 5:00 PM PST", "2026-10-20"),
        ("Tue, 03 Feb 2026 04:05:06 +0000", "2026-02-03T04:05:06+00:00"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Tue, 03 Feb 99999999999999999999 04:05:06 +0000", None),
        ("Tue, 03 Feb 2026 04:05:06 +99999999999999999999", "2026-02-03"),
        ("2026-02-31", None),
        ("0001-01-01", None),
        ("02/03/2026", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_iso_8601_or_nothing(written: str, meant: str | None) -> None:
    assert iso(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "Feb. 3, 2026",
        "3rd of February 2026",
        "3 février 2026",
        "3. Februar 2026",
        "3 de febrero de 2026",
        "3 febbraio 2026",
        "3 de fevereiro de 2026",
        "3 februari 2026",
        "3 lutego 2026 r.",
        "3 февраля 2026 г.",
        "3 лютого 2026",
        "3 Şubat 2026",
        "2026. február 3.",
        "2026년 2월 3일",
        "03.02.26",
        "2026.02.03",
    ],
)
def test_a_day_is_read_in_many_languages(written: str) -> None:
    assert in_text(f"Posted: {written}") == "2026-02-03"


@pytest.mark.parametrize(
    "text",
    ["192.168.1.2024", "+49 30 2026-1", "3 of 2026", "Chapter 3, Mare 20", "1.2.3.2026", "99/99/2026"],
)
def test_numbers_that_are_no_day_are_none(text: str) -> None:
    assert in_text(text, Order.DAY_FIRST) is None


@pytest.mark.parametrize(
    ("language", "host", "meant"),
    [
        ("en-US", "paper.example", "2026-03-04"),
        ("en", "paper.com", "2026-03-04"),
        ("en", "paper.co.uk", "2026-04-03"),
        ("en-GB", "paper.com", "2026-04-03"),
        ("de", "paper.de", "2026-04-03"),
        (None, "paper.example", None),
    ],
)
def test_the_language_and_the_host_tell_the_day_from_the_month(
    language: str | None, host: str, meant: str | None
) -> None:
    assert in_text("3/4/2026", order(language, host)) == meant


def test_a_number_over_twelve_is_the_day_whatever_the_language() -> None:
    assert in_text("3/14/2026", Order.DAY_FIRST) == in_text("14/3/2026", Order.MONTH_FIRST) == "2026-03-14"


def test_every_day_of_a_line_is_found_in_its_order() -> None:
    assert [day for _, day in days("May 5, 2026 (updated 6 June 2026)")] == ["2026-05-05", "2026-06-06"]
