"""The Prefer header (RFC 7240)."""

from __future__ import annotations

import pytest

from api.prefer import applied, wait_seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("respond-async", None),
        ("wait=10", 10),
        ("wait=0", 0),
        ("respond-async, wait=10", 10),
        ("Wait = 10 ; x=1, handling=lenient", 10),
        ('wait="10"', 10),
        ("wait=600", 30),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=ten", None),
        ("wait", None),
        ("nowait=5", None),
        ("wait=99999999999999999999", 30),
    ],
)
def test_wait_is_read_and_capped_and_nonsense_is_ignored(header: str | None, seconds: float | None) -> None:
    assert wait_seconds(header, 30) == seconds


def test_what_was_honoured_is_said() -> None:
    assert applied(10.0) == {"Preference-Applied": "wait=10"}
    assert applied(None) == {}
