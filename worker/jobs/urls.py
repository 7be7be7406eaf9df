"""The one URL parser: what is checked, what is stored and what is dialled are parts of the same parse.

ada implements the WHATWG URL standard, so a URL means here what it means in a browser: `http://0x7f.1/` is
127.0.0.1 before anybody looks at it, and no second parser can read it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ada_url import URL

LONGEST_URL: Final = 8192  # bytes, after parsing; what servers and proxies commonly take
LONGEST_HOST: Final = 253  # RFC 1035, 2.3.4, without the final dot
LONGEST_LABEL: Final = 63
DEFAULT_PORTS: Final = {"http:": 80, "https:": 443}


class UrlError(ValueError):
    """A URL that cannot be fetched; the text is a sentence for the caller."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in the parts that a request needs, all of one parse and all ASCII."""

    url: str  # as normalise() returns it
    scheme: str  # "http" or "https"
    host: str  # what is resolved or dialled; an IPv6 address without its brackets
    port: int
    authority: str  # the Host header: brackets kept, a default port left out
    path: str  # path and query, as the request line says them

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def normalise(url: str) -> str:
    """Return `url` as the WHATWG standard writes it: ASCII, without fragment. Raises UrlError.

    Only http and https, no name or password, a host that DNS can hold, at most LONGEST_URL bytes.
    """
    return _checked(url, None).href


def target(url: str, *, base: str | None = None) -> Target:
    """Take `url` apart, joined to `base` first if there is one. Raises UrlError, as normalise() does."""
    parsed = _checked(url, base)
    host = parsed.hostname
    return Target(
        url=parsed.href,
        scheme=parsed.protocol[:-1],
        host=host[1:-1] if host.startswith("[") else host,
        port=int(parsed.port) if parsed.port else DEFAULT_PORTS[parsed.protocol],
        authority=parsed.host,
        path=parsed.pathname + parsed.search,
    )


def plain_host(host: str) -> str:
    """The host by which a site is known: `www.` is the same site, and a final dot the same name."""
    return host.removesuffix(".").removeprefix("www.")


def _checked(url: str, base: str | None) -> URL:
    if len(url) > LONGEST_URL:  # before parsing, which costs by length
        raise UrlError(f"The URL is {len(url)} characters long; the limit is {LONGEST_URL}.")
    parsed = _parsed(url, base)
    if parsed.protocol not in DEFAULT_PORTS:
        raise UrlError(f"Only http and https URLs can be fetched, not {parsed.protocol}")
    if parsed.username or parsed.password:
        raise UrlError(
            "A URL with a user name or password is not taken; send an Authorization header instead."
        )
    _check_host(parsed.hostname)
    parsed.hash = ""
    if len(parsed.href) > LONGEST_URL:
        raise UrlError(f"The URL is {len(parsed.href)} bytes long when encoded; the limit is {LONGEST_URL}.")
    return parsed


def _parsed(url: str, base: str | None) -> URL:
    try:
        return URL(url, base)
    except ValueError as error:  # a lone surrogate is a UnicodeEncodeError, which is one too
        if "://" not in url and base is None:
            raise UrlError("This is not a whole URL: it must begin with http:// or https://.") from error
        raise UrlError("This is not a valid URL.") from error


def _check_host(host: str) -> None:
    name = host.removesuffix(".")
    if not name:
        raise UrlError("The URL has no host.")
    if len(name) > LONGEST_HOST:
        raise UrlError(f"The host name is longer than {LONGEST_HOST} characters.")
    if not all(0 < len(label) <= LONGEST_LABEL for label in name.split(".")):
        raise UrlError(f"Each part of the host name must have 1 to {LONGEST_LABEL} characters.")
