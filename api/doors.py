"""Who may come in: the Host header, the Origin of a browser's page, and the key. No body is read before.

Without keys the service trusts this machine, and a web site open in a browser here can reach loopback too.
Two checks keep it out: the name it must use (Host, against DNS rebinding) and the site it is (Origin).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from api.keyring import Keyring
    from config.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNLOCKED = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})  # no foreign site can go by these names
UNLOCKED_FOLDER = "/static/"
# Not Basic: a browser would open its own dialog over our page.
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="pith"'}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the doors check. Unless `listed` the names count only as long as no key is wanted."""

    keyring: Keyring
    hosts: frozenset[str]
    listed: bool
    origins: frozenset[str]


def rules(settings: Settings, keyring: Keyring) -> Rules:
    """The rules that the settings ask for."""
    return Rules(
        keyring,
        LOOPBACK | frozenset(map(str.lower, settings.allowed_hosts)),
        "allowed_hosts" in settings.model_fields_set,
        frozenset(origin.rstrip("/").lower() for origin in settings.allowed_origins),
    )


class Doors:
    """ASGI middleware: lets a request through with `owner` in its state, or answers with a problem."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            scope["state"]["owner"] = self.admit(scope)
        except Problem as problem:
            return await problem.response(scope)(scope, receive, send)
        return await self.app(scope, receive, send)

    def admit(self, scope: Scope) -> str:
        """Whose request this is. Raises Problem."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if (
            len(headers.getlist("host")) > 1
        ):  # RFC 9112, 3.2: whoever stands before us may have looked at another
            raise Problem("invalid_header", "There is more than one Host header.")
        keys = self.rules.keyring.now
        if self.rules.listed or not keys.wanted:
            self.check_host(host)
        if scope["method"] not in SAFE:
            self.check_origin(headers.get("origin"), host)
        owner = keys.owner(headers.get("authorization"))
        if owner is None and not unlocked(scope):
            raise Problem("key_required", headers=CHALLENGE)
        return owner or ""

    def check_host(self, host: str) -> None:
        """Raises Problem for a name that is not ours; the port does not matter."""
        hosts = self.rules.hosts
        if host not in hosts and without_port(host) not in hosts:
            raise Problem("wrong_host", f"The Host header says {host!r}; allowed are {listed(hosts)}.")

    def check_origin(self, origin: str | None, host: str) -> None:
        """Raises Problem when a browser says that another site's page sent this."""
        if origin is None or origin.lower() in self.rules.origins:
            return
        if not origin_is(origin.lower(), host):
            raise Problem("foreign_origin", f"The Origin header says {origin!r}.")


def unlocked(scope: Scope) -> bool:
    """May this be read without a key? The shell of the page for people, and what says how to use the rest."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return path in UNLOCKED or path.startswith(UNLOCKED_FOLDER)


def without_port(host: str) -> str:
    """ "a:80" is "a" and "[::1]:80" is "[::1]"."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def origin_is(origin: str, host: str) -> bool:
    """Is this the origin of our own pages? The scheme may differ: a proxy may have undone the TLS."""
    try:
        return bool(host) and urlsplit(origin).netloc == host
    except ValueError:
        return False


def listed(names: Iterable[str]) -> str:
    """For people: "a, b, c"."""
    return ", ".join(sorted(names))
