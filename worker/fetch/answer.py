"""What a site's status and headers mean, before a byte of the body is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from worker.errors import BadRedirect, HttpStatus, ProtocolFailed, SiteBusy, TooLarge

if TYPE_CHECKING:
    import httpx

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
BUSY: Final = frozenset({429, 502, 503, 504})
# Never goes back over blanks: 64 kB of them in a header would hold up all fetches of a worker for 20 seconds.
CHARSET: Final = re.compile(r"""charset\s*+=\s*+["']?+\s*+([^\s"';,]++)""", re.IGNORECASE)
LONGEST_NUMBER: Final = 20  # digits of a length; more is no length
LONGEST_WAIT: Final = 9  # digits of a Retry-After in seconds: 30 years, and no overflow


def check_status(answer: httpx.Response) -> None:
    """Pass what has a page in it. Raises SiteBusy, HttpStatus, ProtocolFailed."""
    if answer.status_code in BUSY:
        named = retry_after(answer.headers.get("retry-after", ""), _date(answer.headers.get("date", "")))
        raise SiteBusy(answer.status_code, named)
    if answer.status_code < 200:  # 101 and the like, that nobody asked for
        raise ProtocolFailed(
            f"The site answered with HTTP status {answer.status_code}, which was not asked for."
        )
    if not 200 <= answer.status_code < 300:
        raise HttpStatus(answer.status_code)


def check_headers(answer: httpx.Response, limit: int) -> None:
    """Raises TooLarge when the headers have more than `limit` bytes."""
    size = sum(len(name) + len(value) for name, value in answer.headers.raw)
    if size > limit:
        raise TooLarge(f"The headers of the site's answer have {size} bytes; the limit is {limit}.")


def check_length(answer: httpx.Response, limit: int) -> None:
    """Raises TooLarge when the headers promise more than `limit` bytes on the wire."""
    said = answer.headers.get("content-length", "")
    if said.isdecimal() and len(said) < LONGEST_NUMBER and int(said) > limit:
        raise TooLarge(f"The page has {said} bytes on the wire; the limit is {limit}.")


def location(answer: httpx.Response) -> str | None:
    """Where a redirect points; None if this is none. Raises BadRedirect for one that does not say."""
    if answer.status_code not in REDIRECTS:
        return None
    if "location" not in answer.headers:
        raise BadRedirect("The site redirected without saying where to.")
    return _utf8(answer.headers["location"], answer.headers.encoding)


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date (RFC 9110, 10.2.3); None if it is neither.

    `now` is the site's own, where it says: its clock may be another than ours.
    """
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return float(value[:LONGEST_WAIT])
    when = _date(value)
    return None if when is None else max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _date(value: str) -> datetime | None:
    """An HTTP date; None if it is none."""
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # numbers of any length are read
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def media_type(header: str) -> str:
    """The type in lower case without parameters; "" for none; of several the last, as browsers do."""
    types = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    return next((name for name in reversed(types) if name.count("/") == 1), "")


def charset(header: str) -> str | None:
    """The charset parameter as the site wrote it, or None."""
    found = CHARSET.search(header)
    return found[1] if found else None


def _utf8(value: str, encoding: str) -> str:
    """A Location with raw UTF-8 in it is common; httpx reads the headers in one encoding for all."""
    try:
        return value.encode(encoding).decode("utf-8")
    except UnicodeError:
        return value
