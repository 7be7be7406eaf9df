"""Which headers a caller may set."""

from __future__ import annotations

import pytest

from worker.jobs.headers import LONGEST_VALUE, HeaderError, check

REFUSED = [
    "Host", "Content-Length", "Connection", "Transfer-Encoding", "TE", "Upgrade", "Expect", "Range", "Via",
    "User-Agent", "Accept-Encoding", "If-None-Match", "Forwarded", "X-Forwarded-For", "X-Real-IP", "Origin",
    "Proxy-Authorization", "Metadata-Flavor", "X-aws-ec2-metadata-token", "", " cookie", "cookie\r\nhost",
    "coo\u212aie",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_that_is_not_a_callers_to_say_is_refused(name: str) -> None:
    with pytest.raises(HeaderError, match="cannot be set"):
        check({name: "x"})


@pytest.mark.parametrize("value", ["", " ", "a\r\nhost: b", "a\nb", "a\0b", "a\x7fb", "é", "\u2028"])
def test_a_value_that_could_break_a_request_is_refused(value: str) -> None:
    with pytest.raises(HeaderError, match="printable ASCII"):
        check({"cookie": value})


def test_a_value_has_a_limit() -> None:
    with pytest.raises(HeaderError, match=f"the limit is {LONGEST_VALUE}"):
        check({"cookie": "a" * (LONGEST_VALUE + 1)})


def test_names_become_lower_case_and_a_header_said_twice_is_refused() -> None:
    assert check({"Accept-Language": " fr ", "COOKIE": "a=b"}) == {"accept-language": "fr", "cookie": "a=b"}
    with pytest.raises(HeaderError, match="twice"):
        check({"Cookie": "a=b", "cookie": "c=d"})
