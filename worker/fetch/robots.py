"""What a site's robots.txt says (RFC 9309), matched by Protego."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

from protego import Protego

from worker.fetch.asking import user_agent

if TYPE_CHECKING:
    from config.settings import Settings
    from worker.jobs.urls import Target

MOST_READ: Final = 500 * 1024  # bytes; RFC 9309, 2.5: at least so many; what follows may be left
# A group is chosen by its whole product token (2.2.1); Protego would also take "pi" for "pith".
AGENT_LINE: Final = re.compile(
    r"^([ \t]*user-?agent[ \t]*:[ \t]*)([^\s#]*)[^\r\n]*", re.IGNORECASE | re.MULTILINE
)
TOKEN: Final = re.compile(r"[A-Za-z_-]+")
NOBODY: Final = "-"  # is in no product token that begins with a letter


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to us."""

    parsed: Protego | None  # None: everything is allowed
    agent: str
    size: int = 0  # characters

    def allow(self, url: str) -> bool:
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.agent))

    @property
    def delay(self) -> float | None:
        """Its Crawl-delay in seconds, if it has a sensible one."""
        found = self.parsed.crawl_delay(self.agent) if self.parsed else None
        return float(found) if found is not None and isfinite(found) and found > 0 else None


def product_token(settings: Settings) -> str:
    """The name by which robots.txt speaks to us: that at the beginning of the User-Agent."""
    found = TOKEN.match(user_agent(settings))
    return found[0] if found else "Pith"


def url_of(to: Target) -> str:
    """Where the rules for a page stand: one file for each scheme, host and port (2.3)."""
    return f"{to.scheme}://{to.authority}/robots.txt"


def parse(text: str, agent: str) -> Rules:
    """Never fails: a line that cannot be read says nothing."""
    if not text.strip():
        return Rules(None, agent)
    ours = agent.lower()

    def addressed(line: re.Match[str]) -> str:
        name = TOKEN.match(line[2])
        to_us = name is not None and name[0].lower() == ours
        return line[1] + (line[2] if line[2] == "*" else ours if to_us else NOBODY)

    return Rules(Protego.parse(AGENT_LINE.sub(addressed, text)), ours, len(text))


def decode(body: bytes) -> str:
    """UTF-8 (2.3), whatever else is in it; a byte order mark and NULs say nothing."""
    if len(body) >= MOST_READ:  # half a line would say more than was meant
        body = body[: body.rfind(b"\n", 0, MOST_READ) + 1]
    return body.decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")
