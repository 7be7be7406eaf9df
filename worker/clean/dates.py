"""Dates as pages write them, to ISO 8601. What cannot be read is None, never a guess.

Machine forms (ISO 8601, RFC 5322, compact digits) keep their time and zone; dates in prose are days. Names
of months come from `config/dates.toml`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).resolve().parents[2] / "config" / "dates.toml"
EARLIEST, LATEST = 1985, 2100  # years of pages on the web; others are ids and typing errors
LONGEST = 100  # characters of an attribute that is a date

_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"
    r"(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?\s*Z?$")
_YEAR_FIRST = re.compile(r"(?<![\d/.-])(\d{4})\s?[/.年년-]\s?(\d{1,2})\s?[/.月월-]\s?(\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2}(?=$|[\s,)]))(?!\d)")
_SLASHED = re.compile(r"(?<![\d/-])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])")
_WORD = r"([^\W\d_]{3,12})"
_DAY_FIRST = re.compile(
    rf"(?<![\d:])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s.,-]{{0,3}}(?:de |of )?{_WORD}"
    r"[.,]?[\s,-]{1,3}(?:de |del )?(\d{4})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b{_WORD}\.?\s{{1,3}}(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s{{1,3}})(\d{{4}})(?!\d)", re.IGNORECASE
)
_YEAR_MONTH_WORD = re.compile(rf"(?<!\d)(\d{{4}})\.?\s{_WORD}\.?\s(\d{{1,2}})(?!\d)")  # Hungarian
_ANY = re.compile(r"\d{4}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2}")


class Order(Enum):
    """How a page writes the third of April."""

    DAY_FIRST = "3/4/2026"
    MONTH_FIRST = "4/3/2026"
    UNKNOWN = ""


@cache
def words() -> Mapping[str, Mapping[str, list[str]]]:
    """`config/dates.toml`, read once."""
    return tomllib.loads(FILE.read_text("utf-8"))


@cache
def _months() -> Mapping[str, int]:
    return {
        word: number
        for names in words()["months"].values()
        for number, forms in enumerate(names, 1)
        for word in forms.split()
    }


def order(language: str | None, host: str) -> Order:
    """The order of day and month in a page of this language and host. Only English is written both ways."""
    main, _, country = (language or "").lower().partition("-")
    if main != "en":
        return Order.DAY_FIRST if main else Order.UNKNOWN
    place = country or host.rpartition(".")[2]
    return Order.DAY_FIRST if place in words()["order"]["day_first"] else Order.MONTH_FIRST


def iso(text: str | None) -> str | None:
    """A date, or a time where one was given, of an attribute or a field of JSON-LD, as ISO 8601."""
    if not text or len(text) > LONGEST:
        return None
    return _iso_form(text) or _compact(text) or _mail(text) or in_text(text)


def in_text(text: str, written: Order = Order.UNKNOWN) -> str | None:
    """The first day that a short text names, in any of the forms and languages."""
    return next((day for _, day in days(text, written)), None)


def days(text: str, written: Order = Order.UNKNOWN) -> Iterator[tuple[int, str]]:
    """Where days stand in a text, and the days, in the order of the text."""
    if _ANY.search(text):
        yield from sorted({**dict(_numeric(text, written)), **dict(_spelled(text))}.items())


def _iso_form(text: str) -> str | None:
    found = _ISO.match(text)
    if not found:
        return None
    day = _day(found[1], found[2], found[3])
    if day is None or not found[4]:
        return day
    clock = found[4] if len(found[4].split(":")[0]) == 2 else "0" + found[4]
    zone = (found[5] or "").upper().replace("Z", "+00:00")
    zone = zone if ":" in zone or not zone else zone[:3] + ":" + zone[3:]
    try:
        return datetime.fromisoformat(f"{day}T{clock}{zone}").isoformat()
    except ValueError:
        return day


def _compact(text: str) -> str | None:
    found = _COMPACT.match(text)
    return _day(found[1], found[2], found[3]) if found else None


def _mail(text: str) -> str | None:
    """RFC 5322, as in `Tue, 03 Feb 2026 04:05:06 +0000`."""
    if "," not in text[:6]:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found.isoformat() if EARLIEST <= found.year <= LATEST else None


def _numeric(text: str, written: Order) -> Iterator[tuple[int, str]]:
    for found in _YEAR_FIRST.finditer(text):
        if day := _day(found[1], found[2], found[3]):
            yield found.start(), day
    for found in _DOTTED.finditer(text):
        if day := _day(found[3], found[2], found[1]):
            yield found.start(), day
    for found in _SLASHED.finditer(text):
        if day := _slashed(found[1], found[3], found[4], written):
            yield found.start(), day


def _slashed(first: str, second: str, year: str, written: Order) -> str | None:
    """3/4/2026: one of the two numbers over 12, or the page's own order, tells which is the day."""
    if int(first) > 12 or int(second) > 12:
        written = Order.DAY_FIRST if int(first) > 12 else Order.MONTH_FIRST
    if written is Order.UNKNOWN and first != second:
        return None
    month, day = (first, second) if written is Order.MONTH_FIRST else (second, first)
    return _day(year, month, day)


def _spelled(text: str) -> Iterator[tuple[int, str]]:
    for pattern, (year, month, day) in (
        (_DAY_FIRST, (3, 2, 1)),
        (_MONTH_FIRST, (3, 1, 2)),
        (_YEAR_MONTH_WORD, (1, 2, 3)),
    ):
        for found in pattern.finditer(text):
            number = _months().get(found[month].casefold())
            if number and (whole := _day(found[year], str(number), found[day])):
                yield found.start(), whole


def _day(year: str, month: str, day: str) -> str | None:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        found = date(full, int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if EARLIEST <= found.year <= LATEST else None
