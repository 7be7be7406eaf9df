"""Pith standing alone, started as a person would start it: the real supervisor with its real children."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
STARTS_IN = 60.0  # s; a machine that does other things too
STOPS_IN = 60.0  # s
LEASE = 3.0  # s; short, so that a killed worker's jobs come back within the test


def environment(**settings: str) -> dict[str, str]:
    """Ours without any setting of Pith, and loopback may be fetched."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")}
    return own | {"PITH_ALLOW_NETWORKS": "127.0.0.0/8", "PITH_LEASE": str(LEASE)} | settings


def command(data: Path, port: int = 0) -> list[str]:
    """The command line of the supervisor."""
    return [sys.executable, "-m", "api", "--standalone", "--port", str(port), "--data", str(data)]


class Standing:
    """A supervisor that runs while the `with` lasts, and what it said."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self._settings = settings

    def __enter__(self) -> Self:
        self.said = self.data.with_name(f"{self.data.name}.said")
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                command(self.data),
                cwd=ROOT,
                env=environment(**self._settings),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: "Try:" in self.words() or self.process.poll() is not None, STARTS_IN)
        found = re.search(r"Pith is up: (\S+)", self.words())
        assert found, self.words()
        self.url = found[1]
        self.api = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def words(self) -> str:
        return self.said.read_text()

    def child(self, part: str) -> int:
        """The process id of the child whose command has this part."""
        (found,) = (pid for pid, command in children(self.process.pid).items() if part in command)
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it by a signal."""
        self.process.send_signal(number)
        self.process.wait(STOPS_IN)

    def clean(self, url: str) -> dict[str, Any]:
        """The job for one URL, once it has ended."""
        answer = self.api.post("/v1/jobs", json={"url": url}, headers={"Prefer": "wait=20"})
        assert answer.status_code == 200, answer.text
        job: dict[str, Any] = answer.json()
        return job


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until it is true; an error when it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.05)


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command of every process (Linux)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(folder.name)] = (int(parent), words)
    return found


def children(pid: int) -> dict[int, str]:
    """The command of each child of a process."""
    return {child: words for child, (parent, words) in processes().items() if parent == pid}


def descendants(pid: int) -> set[int]:
    """All that came of a process."""
    found: set[int] = set()
    ours, everyone = {pid}, processes()
    while ours:
        ours = {child for child, (parent, _) in everyone.items() if parent in ours}
        found |= ours
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run."""
    return pids & processes().keys()
