"""The request headers that a caller may set: checked at the API's door, sent by the fetch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Enough to read a page as oneself. Whatever speaks of the connection, of the route or of who the client is
# (Host, Content-Length, Connection, Proxy-*, X-Forwarded-*, User-Agent, …) is not a caller's to say.
ALLOWED: Final = frozenset({"accept-language", "authorization", "cookie", "referer"})
# Says nothing of who the caller is, so another site may hear it after a redirect.
HARMLESS: Final = frozenset({"accept-language"})
LONGEST_VALUE: Final = 8192  # bytes; what servers commonly take
VALUE: Final = re.compile(r"[\t\x20-\x7e]+")  # RFC 9110, 5.5, without obs-text


class HeaderError(ValueError):
    """A header that a caller may not set; the text is a sentence that names it."""


def check(headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with lower-case names and trimmed values. Raises HeaderError."""
    checked: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower not in ALLOWED or not name.isascii():  # the Kelvin sign's lower case is k
            raise HeaderError(
                f"The header {name[:60]!r} cannot be set; these can: {', '.join(sorted(ALLOWED))}."
            )
        if lower in checked:
            raise HeaderError(f"The header {lower} is given twice.")
        checked[lower] = _value(lower, value.strip(" \t"))
    return checked


def _value(name: str, value: str) -> str:
    if len(value) > LONGEST_VALUE:
        raise HeaderError(f"The header {name} is {len(value)} characters long; the limit is {LONGEST_VALUE}.")
    if not VALUE.fullmatch(value):
        raise HeaderError(f"The header {name} must have a value, of printable ASCII characters only.")
    return value
