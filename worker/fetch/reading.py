"""The last answer of a fetch, read into a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worker.fetch.answer import charset, check_length, check_status, media_type
from worker.fetch.body import Intake, Limits
from worker.fetch.page import Fetched
from worker.fetch.room import unlimited
from worker.fetch.sniffing import LOOKED_AT, Sniff, check_type

if TYPE_CHECKING:
    import httpx

    from worker.fetch.room import Share

NOT_MODIFIED: Final = 304
NO_CONTENT: Final = frozenset({204, 205})
RATIO: Final = 200  # decoded bytes over wire bytes, of what is read only in part
CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})


async def read_page(url: str, answer: httpx.Response, limits: Limits, share: Share) -> Fetched:
    """The page in `answer`. Raises HttpStatus, SiteBusy, UnsupportedType, TooLarge, ProtocolFailed."""
    not_modified = answer.status_code == NOT_MODIFIED and _asked_for(answer)
    if not not_modified:
        check_status(answer)
    if not_modified or answer.status_code in NO_CONTENT:
        return _fetched(url, answer, "", b"")
    return _fetched(url, answer, *await _body(answer, limits, share))


async def read_start(url: str, answer: httpx.Response, most: int) -> Fetched:
    """The first `most` bytes of an answer of any type. Raises HttpStatus, SiteBusy, ProtocolFailed."""
    check_status(answer)
    limits = Limits(2 * most, most, RATIO)
    body = await Intake(limits, _anything, most, unlimited()).start(answer)
    return _fetched(url, answer, media_type(answer.headers.get("content-type", "")), body)


def _anything(_: bytes) -> None:
    """Any type will do."""


async def _body(answer: httpx.Response, limits: Limits, share: Share) -> tuple[str, bytes]:
    """The type, as it turned out, and the bytes."""
    header = answer.headers.get("content-type", "")
    named = media_type(header)
    check_type(named)
    check_length(answer, limits.wire)
    sniff = Sniff(named, charset(header))
    body = await Intake(limits, sniff, LOOKED_AT, share).read(answer)
    return sniff.kind, body


def _fetched(url: str, answer: httpx.Response, kind: str, body: bytes) -> Fetched:
    return Fetched(
        url=url,
        status=answer.status_code,
        body=body,
        charset=charset(answer.headers.get("content-type", "")),
        content_type=kind,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        not_modified=answer.status_code == NOT_MODIFIED,
    )


def _asked_for(answer: httpx.Response) -> bool:
    """A 304 that nobody asked for is an error page like any other."""
    return not CONDITIONS.isdisjoint(answer.request.headers)
