"""Why a page could not be returned. Each class is a decision: try again or not, and what the caller is told.

PageError
├── Passing            may go away: tried again with backoff until attempts or time run out
│   ├── FetchTimeout          fetch_timeout
│   ├── ConnectionFailed      connection_failed     refused, reset, broken off
│   ├── DnsUnavailable        dns_unavailable       the resolver did not answer
│   ├── SiteBusy              http_429, http_502, http_503, http_504; carries Retry-After
│   ├── RobotsUnreachable     robots_unreachable    robots.txt cannot be read, so the page is not asked for
│   └── CleanerLost           cleaner_lost          the cleaning child died for no fault of the page
└── Final              will be the same next time
    ├── InvalidUrl            invalid_url
    ├── BlockedAddress        blocked_address       one opaque code for whatever the guard refused
    ├── RobotsDisallowed      robots_disallowed
    ├── DnsFailed             dns_failed            no such name
    ├── TlsFailed             tls_failed
    ├── ProtocolFailed        protocol_error        not HTTP, or broken HTTP
    ├── TooManyRedirects      too_many_redirects
    ├── BadRedirect           bad_redirect          to something that is not http or https, or no URL
    ├── TooLarge              too_large             over a byte limit, on the wire or decoded
    ├── HttpStatus            http_<status>
    ├── UnsupportedType       unsupported_type      neither HTML nor text
    ├── FetchFailed           fetch_failed          a fault of ours; the log has the trace
    ├── CleanTimeout          clean_timeout
    ├── CleanMemory           clean_memory
    ├── CleanFailed           clean_failed          a fault of ours; the log has the trace
    ├── BadSelector           bad_selector          include or exclude is no CSS, or too much for this page
    └── OutOfTime             deadline_exceeded     the job's own deadline

The queue itself says (worker/jobs/lua/record.lua) deadline_exceeded, queue_timeout (nobody took it in time),
worker_lost (its workers were lost, PITH_MAX_LOSSES times), host_unavailable and robots_unreachable (its
site was being left alone until the job was out of time).
"""

from __future__ import annotations

from typing import ClassVar


class PageError(Exception):
    """The root: a stable `code`, and a `message` that is a sentence for the caller."""

    code: str = "page_error"
    sentence: ClassVar[str] = "The page could not be returned."
    retry: ClassVar[bool] = False

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message or self.sentence)
        self.message = message or self.sentence
        self.retry_after = retry_after  # seconds, when the site named them


class Passing(PageError):  # noqa: N818 - a kind of error, read as one
    """May go away by itself."""

    retry = True


class Final(PageError):  # noqa: N818
    """Will be the same next time."""


class FetchTimeout(Passing):
    code = "fetch_timeout"
    sentence = "The site did not answer in time."


class ConnectionFailed(Passing):
    code = "connection_failed"
    sentence = "The connection to the site was refused or broken off."


class DnsUnavailable(Passing):
    code = "dns_unavailable"
    sentence = "The name server did not answer."


class HttpStatus(Final):
    """An answer that is an error page. `code` names its status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The site answered with HTTP status {status}.")
        self.status = status
        self.code = f"http_{status}"


class SiteBusy(Passing):
    """429, 502, 503 or 504; `retry_after` is in seconds, if the site said."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"The site answered with HTTP status {status}.", retry_after=retry_after)
        self.status = status
        self.code = f"http_{status}"


class RobotsUnreachable(Passing):
    code = "robots_unreachable"
    sentence = "robots.txt of the site could not be read, so the page was not fetched."


class CleanerLost(Passing):
    code = "cleaner_lost"
    sentence = "The cleaning process was lost; this was no fault of the page."


class InvalidUrl(Final):
    code = "invalid_url"
    sentence = "The URL cannot be fetched."


class BlockedAddress(Final):
    code = "blocked_address"
    sentence = "The address of this URL may not be fetched from here."


class RobotsDisallowed(Final):
    code = "robots_disallowed"
    sentence = "robots.txt of the site does not allow this page to be fetched."


class DnsFailed(Final):
    code = "dns_failed"
    sentence = "The name of this site does not exist."


class TlsFailed(Final):
    code = "tls_failed"
    sentence = "No secure connection could be made: the site's certificate or TLS set-up was refused."


class ProtocolFailed(Final):
    code = "protocol_error"
    sentence = "The site's answer was not valid HTTP."


class TooManyRedirects(Final):
    code = "too_many_redirects"
    sentence = "The site redirected too many times."


class BadRedirect(Final):
    code = "bad_redirect"
    sentence = "The site redirected to something that is not a page on the web."


class TooLarge(Final):
    code = "too_large"
    sentence = "The page is larger than the limit."


class UnsupportedType(Final):
    code = "unsupported_type"
    sentence = "This is neither HTML nor text."


class FetchFailed(Final):
    code = "fetch_failed"
    sentence = "The page could not be fetched: a fault of Pith's own."


class CleanTimeout(Final):
    code = "clean_timeout"
    sentence = "Cleaning the page took longer than the limit."


class CleanMemory(Final):
    code = "clean_memory"
    sentence = "Cleaning the page took more memory than the limit."


class CleanFailed(Final):
    code = "clean_failed"
    sentence = "The page could not be cleaned: a fault of Pith's own."


class BadSelector(Final):
    code = "bad_selector"
    sentence = "A selector in include or exclude is not valid CSS, or too much work on this page."


class OutOfTime(Final):
    code = "deadline_exceeded"
    sentence = "The job did not end within its deadline."
