"""Errors of httpx, httpcore, ssl and the socket, said in our own words."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import h2.events
import h2.exceptions
import h11
import httpcore
import httpx

from worker.errors import (
    ConnectionFailed,
    FetchFailed,
    FetchTimeout,
    InvalidUrl,
    PageError,
    ProtocolFailed,
    TlsFailed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which they are looked for: the special before the general.
KINDS: Final[tuple[tuple[tuple[type[Exception], ...], type[PageError]], ...]] = (
    ((TimeoutError, httpcore.TimeoutException, httpx.TimeoutException), FetchTimeout),
    ((ssl.SSLError,), TlsFailed),
    ((httpx.InvalidURL,), InvalidUrl),
    ((httpcore.NetworkError, httpcore.ProxyError, httpx.NetworkError, OSError), ConnectionFailed),
    (
        (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.HTTPError, h11.ProtocolError),
        ProtocolFailed,
    ),
)

# h11 and httpcore say in words, not by class, that the other side hung up half-way. The tests hold the words.
HUNG_UP: Final = ("peer closed connection without sending", "Server disconnected without sending")
# Over HTTP/2 a connection may also have been cut from our side, for the sake of another page (stream.py).
H2_HUNG_UP: Final = (h2.events.ConnectionTerminated, h2.events.StreamReset, h2.exceptions.H2Error)


@contextmanager
def translated() -> Iterator[None]:
    """Let no exception out that is not a PageError (cancellation aside)."""
    try:
        yield
    except PageError:
        raise
    except Exception as error:
        raise translate(error) from error


def translate(error: Exception) -> PageError:
    if isinstance(error, H2_HUNG_UP) or (isinstance(error, httpcore.ProtocolError) and _hung_up(error)):
        return ConnectionFailed("The site closed the connection before its answer was complete.")
    return next((ours() for theirs, ours in KINDS if isinstance(error, theirs)), FetchFailed())


def _hung_up(error: httpcore.ProtocolError) -> bool:
    return str(error).startswith(HUNG_UP) or isinstance(next(iter(error.args), None), H2_HUNG_UP)
