"""The headers of a request, hop by hop: whose word goes to which site."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import httpx

from config.settings import VERSION
from worker.errors import BadRedirect, InvalidUrl
from worker.jobs.headers import HARMLESS
from worker.jobs.urls import Target, UrlError, target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.settings import Settings
    from worker.fetch.page import FetchRequest

ACCEPT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.1"
ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a fetch. The cookies are the job's: they begin empty and go with it from hop to hop."""

    to: Target
    headers: Mapping[str, str]  # the caller's, as far as this site may hear them
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def remember(self, answer: httpx.Response) -> None:
        """Take the cookies that the site sets. Python's reader warns of those that it fails at."""
        with warnings.catch_warnings(action="ignore"):
            self.cookies.extract_cookies(answer)

    def onward(self, location: str) -> Hop:
        """The hop to which a Location header points. Raises BadRedirect."""
        try:
            to = target(location, base=self.to.url)
        except UrlError as error:
            raise BadRedirect(f"The site redirected to something that cannot be fetched. {error}") from error
        return replace(self, to=to, headers=self.headers if to.origin == self.to.origin else self._harmless())

    def _harmless(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name in HARMLESS}


def first_hop(request: FetchRequest) -> Hop:
    """Where a fetch begins. Raises InvalidUrl."""
    try:
        return Hop(target(request.url), request.headers)
    except UrlError as error:
        raise InvalidUrl(str(error)) from error


def user_agent(settings: Settings) -> str:
    """Who we are, and where a site's owner can turn to."""
    return settings.user_agent or f"Pith/{VERSION}" + (f" (+{settings.contact})" if settings.contact else "")


def headers_of(hop: Hop, request: FetchRequest, settings: Settings) -> dict[str, str]:
    """The request's headers in the order in which they are sent."""
    headers = {
        "host": hop.to.authority,
        "user-agent": user_agent(settings),
        "accept": ACCEPT,
        "accept-language": settings.accept_language,
        "accept-encoding": ACCEPT_ENCODING,
        **hop.headers,
        **_validators(hop, request),
    }
    if cookie := _cookies(hop, headers.get("cookie", "")):
        headers["cookie"] = cookie
    return headers


def _validators(hop: Hop, request: FetchRequest) -> dict[str, str]:
    """A stored copy's ETag means nothing to another page, and Last-Modified would hide an older one."""
    if hop.to.url != (request.stored_url or request.url):
        return {}
    validators = {"if-none-match": request.etag, "if-modified-since": request.last_modified}
    return {name: value for name, value in validators.items() if value}


def _cookies(hop: Hop, given: str) -> str:
    """The caller's cookies that the site has not set anew, then the job's that this site may see."""
    if not len(hop.cookies.jar):
        return given
    asking = httpx.Request("GET", hop.to.url)
    hop.cookies.set_cookie_header(asking)
    ours = asking.headers.get("cookie", "")
    renewed = {pair.partition("=")[0].strip() for pair in ours.split(";")}
    kept = [pair.strip() for pair in given.split(";") if pair.partition("=")[0].strip() not in renewed]
    return "; ".join(filter(None, [*kept, ours]))
