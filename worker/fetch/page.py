"""What is asked of a fetch and what it brings back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.fetch.room import unlimited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from worker.fetch.room import Share
    from worker.jobs.urls import Target


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One page to fetch.

    `url` is as worker.jobs.urls.normalise() writes it, `headers` as worker.jobs.headers.check() returns them.
    `timeout` is in seconds for the whole fetch, redirects included; the setting fetch_timeout caps it.
    `permit` is asked before a redirect is followed, and raises what should end the fetch. `most`: read only
    so many bytes, of whatever type, and let what follows go.
    `share` counts what is held of the page, and makes it wait for room.
    `etag` and `last_modified` are those of a stored copy of `stored_url` (empty: of `url`): sent only there.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    etag: str = ""
    last_modified: str = ""
    stored_url: str = ""
    permit: Callable[[Target], Awaitable[None]] | None = None
    most: int = 0
    share: Share = field(default_factory=unlimited)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came, Content-Encoding undone."""

    url: str  # where the redirects ended
    status: int  # 2xx, or 304 when not_modified
    body: bytes  # empty when not_modified
    charset: str | None  # what the Content-Type header says, as it says it
    content_type: str  # lower case, without parameters; from the bytes if the site sent none
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False  # the stored copy that the request spoke of still holds
