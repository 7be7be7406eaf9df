"""One child of the supervisor: a process group of its own, started again with backoff whenever it dies."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]  # where `python -m api` and `python -m worker` are found
FIRST_DELAY, LONGEST_DELAY = 0.5, 5.0  # seconds before a child is started again; doubles with each death
HEALTHY = 5.0  # seconds of life after which the delay begins anew: what fails at its start fails sooner
PR_SET_PDEATHSIG = 1  # prctl(2), Linux


@dataclass(slots=True)
class Child:
    """What to run, and what runs it now. `told` hears of each process group: "+12" began, "-12" ended."""

    name: str
    command: list[str]
    told: Callable[[str], None]
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    process: asyncio.subprocess.Process | None = None
    stopping: bool = False

    async def start(self) -> None:
        """Start it once."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env=os.environ | self.environment,
            pass_fds=self.descriptors,
            process_group=0,  # Ctrl-C in a terminal is for the supervisor alone
            preexec_fn=_die_with_parent,
        )
        self.told(f"+{self.process.pid}")

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        delay = FIRST_DELAY
        while not self.stopping:
            born = time.monotonic()
            code = await self.ended()
            if self.stopping:
                return
            delay = FIRST_DELAY if time.monotonic() - born > HEALTHY else delay
            log.warning("child ended", child=self.name, code=code, restart_in=delay)
            await self.start_again(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    async def start_again(self, delay: float) -> None:
        """After `delay` seconds, and as often as it takes: a machine may be out of memory or processes."""
        while not self.stopping:
            await asyncio.sleep(delay)
            try:
                await self.start()
            except (OSError, subprocess.SubprocessError) as error:
                delay = LONGEST_DELAY
                log.warning("child not started", child=self.name, error=str(error), again_in=delay)
            else:
                return

    async def ended(self) -> int:
        """Wait for its end, then end what it left behind. Returns its exit code, negative for a signal."""
        assert self.process is not None  # noqa: S101  (started first)
        code = await self.process.wait()
        self.kill()
        self.told(f"-{self.process.pid}")
        return code

    def signal(self, number: signal.Signals) -> None:
        """Tell the process, not its group: how its own children end is its business."""
        self.stopping = True
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the whole group at once."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


async def stop(children: list[Child], patience: float, hurry: asyncio.Event) -> None:
    """SIGTERM to all of them; SIGKILL to the groups that are left after `patience` seconds or on `hurry`."""
    for child in children:
        child.signal(signal.SIGTERM)
    ends = [asyncio.ensure_future(child.ended()) for child in children if child.process is not None]
    hurried = asyncio.ensure_future(hurry.wait())
    everyone = asyncio.gather(*ends)
    await asyncio.wait((everyone, hurried), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    for child in children:
        child.kill()
    await everyone
    hurried.cancel()


def _die_with_parent() -> None:
    # Runs between fork and exec: only what was made ready before may be used here.
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != _parent:
            os._exit(1)  # the parent went away before we asked


_parent = os.getpid()
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
