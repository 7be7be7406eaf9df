"""The supervisor's end of the tether: keeps one running, which knows every process group that lives."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from api.standalone import tether

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)

LOOK = 1.0  # s between two looks whether it still runs


class Leash:
    """Runs the tether. Its standard input ends with this process, however this process ends."""

    def __init__(self, run: Path) -> None:
        """`run` is the run-time folder, which the tether takes away at the end."""
        self._command = [sys.executable, "-IS", tether.__file__, str(run)]
        self._groups: set[str] = set()
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, env={}, process_group=0)

    def tell(self, word: str) -> None:
        """Say of a process group that it began ("+12") or ended ("-12")."""
        (self._groups.add if word[0] == "+" else self._groups.discard)(word[1:])
        self._say(word)

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None  # noqa: S101  (opened as a pipe)
        with suppress(BrokenPipeError):  # `keep` will start another, and tell it all
            self._process.stdin.write(word.encode() + b"\n")
            self._process.stdin.flush()

    async def keep(self) -> None:
        """Start another whenever it was killed, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            if self._process.poll() is not None:
                log.warning("tether ended", code=self._process.returncode)
                self._replace()

    def _replace(self) -> None:
        self._let_go()
        with suppress(OSError):  # out of memory or processes: the next look tries again
            self._process = self._started()
            for group in self._groups:
                self._say(f"+{group}")

    def _let_go(self) -> None:
        assert self._process.stdin is not None  # noqa: S101  (opened as a pipe)
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def end(self) -> None:
        """Let it do its work and wait for it."""
        self._let_go()
        self._process.wait()
