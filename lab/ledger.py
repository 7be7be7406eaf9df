"""Which commands Redis ran, by the script that ran them or, outside of scripts, by key: MONITOR tells."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from hashlib import sha1
from threading import Thread
from typing import TYPE_CHECKING

from redis import Redis

from worker.jobs import scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line of MONITOR: time, database and who asked, then the command and its arguments in quotes.
LINE = re.compile(rb'\+?[\d.]+ \[\d+ (\S+)\] "([^"]+)"(?: "([^"]*)")?')
OF_A_SCRIPT = b"lua"
RUN = ("EVALSHA", "EVAL")
LAST = "this was the last command"


def names() -> dict[str, str]:
    """Of our scripts, by their digest."""
    whole = [path.stem for path in scripts.FOLDER.glob("*.lua") if path.stem not in scripts.SHARED]
    return {sha1(scripts.source(name).encode(), usedforsecurity=False).hexdigest(): name for name in whole}


class Ledger:
    """`entries` counts (where, command): where is a script's name, or the beginning of a key."""

    def __init__(self) -> None:
        self.entries: Counter[tuple[str, str]] = Counter()
        self._names = names()
        self._script = ""

    def of(self, *places: str) -> int:
        """How many commands there were at these places."""
        return sum(count for (where, _), count in self.entries.items() if where in places)

    def forget(self, *places: str) -> None:
        """Strike out what stands at these places."""
        self.entries = Counter({key: count for key, count in self.entries.items() if key[0] not in places})

    def enter(self, line: bytes) -> None:
        """Count one line of MONITOR."""
        if not (said := LINE.match(line)):
            return
        who, command, first = said[1], said[2].decode().upper(), (said[3] or b"").decode(errors="replace")
        if command in RUN:
            self._script = self._names.get(first, "another script")
        inside = who == OF_A_SCRIPT or command in RUN
        self.entries[self._script if inside else place(first), command] += 1

    def rows(self, jobs: int) -> list[list[str]]:
        """Where, commands a job, and which: the most first."""
        places = Counter[str]()
        for (where, _), count in self.entries.items():
            places[where] += count
        return [
            [where, f"{count / jobs:.2f}", self._commands(where, jobs)]
            for where, count in places.most_common()
        ]

    def _commands(self, place: str, jobs: int) -> str:
        own = {command: count for (where, command), count in self.entries.items() if where == place}
        most = sorted(own, key=own.__getitem__, reverse=True)
        return ", ".join(f"{command} {own[command] / jobs:.2f}" for command in most)


def place(key: str) -> str:
    """`pith:job` of `pith:job:abc`: what kind of thing stands there."""
    return ":".join(key.split(":")[:2]) if key.startswith(("pith:", "rq:")) else ""


@contextmanager
def kept(redis_url: str) -> Iterator[Ledger]:
    """A ledger of what the server does meanwhile; whole when the block has ended."""
    ledger = Ledger()
    with (
        Redis.from_url(redis_url, socket_timeout=None) as watching,
        Redis.from_url(redis_url) as other,
        watching.monitor() as monitor,
    ):
        thread = Thread(target=_read, args=(monitor.connection, ledger))
        thread.start()
        try:
            yield ledger
        finally:
            other.echo(LAST)
            thread.join()


def _read(connection: object, ledger: Ledger) -> None:
    while LAST.encode() not in (line := connection.read_response(disable_decoding=True)):  # type: ignore[attr-defined]
        ledger.enter(line)
