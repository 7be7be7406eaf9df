"""Dates as pages write them, to ISO 8601. What cannot be read is None, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

EARLIEST, LATEST = 1985, 2100  # years of pages on the web; others are ids and typing errors

_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?\s*$")
_YEAR_FIRST = re.compile(r"\s*(\d{4})[/.年]\s*(\d{1,2})[/.月]\s*(\d{1,2})")
_DAY_FIRST = re.compile(r"\s*(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(
    r"(?:([a-z]{3})[a-z]*\.?\s+(\d{1,2})|(\d{1,2})\.?\s+([a-z]{3})[a-z]*\.?),?\s+(\d{4})", re.IGNORECASE
)


def iso(text: str | None) -> str | None:
    """A date, or a time where one was given, as ISO 8601."""
    if not text or len(text) > 100:
        return None
    return _iso_form(text) or _numbers(text) or _english(text) or _mail(text)


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


def _numbers(text: str) -> str | None:
    for pattern, order in ((_COMPACT, (1, 2, 3)), (_YEAR_FIRST, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        found = pattern.match(text)
        if found:
            return _day(*(found[group] for group in order))
    return None


def _english(text: str) -> str | None:
    found = _ENGLISH.search(text)
    if not found:
        return None
    month = (found[1] or found[4]).lower()
    number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
    return _day(found[5], str(number), found[2] or found[3])


def _mail(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).isoformat()
    except (TypeError, ValueError, IndexError):
        return None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if EARLIEST <= found.year <= LATEST else None
