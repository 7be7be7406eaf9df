"""`python -m api --standalone`: Valkey, the API and the workers, started and stopped in the right order."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from api import keys, listen
from api.standalone import valkey
from api.standalone.child import Child, stop
from api.standalone.failure import StartFailed
from api.standalone.folder import DataFolder
from api.standalone.leash import Leash
from config.settings import SECRETS

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine
    from pathlib import Path

    from config.settings import Settings

log = structlog.get_logger(__name__)

PAUSE = 0.1  # seconds between two looks at a child that is starting
ANSWERS_IN = 2.0  # seconds for the API to answer one such look, before another
READY_START = 120.0  # seconds for the API to answer and a worker to beat: a busy machine took 41
# Stopping, in seconds: the workers have PITH_GRACE (8), however long it is, and then this to hand over what
# they hold (FAREWELL in worker/runner/rounds.py); 14.5 in all.
WORKER_PATIENCE, API_PATIENCE, VALKEY_PATIENCE = 1.5, 2.5, 2.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asked for."""

    host: str
    port: int
    data: Path
    workers: int


def run(settings: Settings, plan: Plan) -> int:
    """Run all of Pith until SIGINT, SIGTERM or SIGHUP. Returns the exit code.

    Raises StartFailed, KeyFileError or AddressUnusable.
    """
    with listen.bound(plan.host, plan.port) as listener:
        folder = DataFolder(plan.data)
        try:
            keys.load(settings, plan.host, folder.path)
            asyncio.run(Supervisor(settings, plan, folder, listener).run())
        finally:
            folder.leave()
    return 0


class Supervisor:
    """The children, and the order among them."""

    def __init__(self, settings: Settings, plan: Plan, folder: DataFolder, listener: socket.socket) -> None:
        self.settings, self.plan, self.folder, self.listener = settings, plan, folder, listener
        self.stopping, self.hurry = asyncio.Event(), asyncio.Event()
        self.locked = False  # a key is wanted
        self.leash = Leash(folder.run)
        # Empty means the default: whoever has no use for a secret does not get it.
        silent = dict.fromkeys(SECRETS, "")
        # What a killed child leaves in its temporary folder goes with ours.
        own = {"REDIS_URL": valkey.url(folder.socket), "TMPDIR": str(folder.temporary)}
        tell = self.leash.tell
        self.valkey = Child("valkey", valkey.command(folder, settings), tell, silent, (folder.lock,))
        no_proxy = own | {"PITH_PROXY": ""}
        self.api = Child("api", self.api_command(), tell, no_proxy, (listener.fileno(),))
        self.workers = [
            Child(f"worker-{n}", [sys.executable, "-m", "worker"], tell, own | {"PITH_API_KEYS": ""})
            for n in range(1, plan.workers + 1)
        ]

    def api_command(self) -> list[str]:
        """The API, on the socket that is listening already."""
        options = {"--host": self.plan.host, "--fd": self.listener.fileno(), "--data": self.folder.path}
        return [sys.executable, "-m", "api", *(str(part) for option in options.items() for part in option)]

    async def run(self) -> None:
        """Start, tell the person, keep, stop. Raises StartFailed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.asked_to_stop)
        keeping: list[asyncio.Task[None]] = []
        try:
            if await self.until_stopped(self.start()):
                print(self.greeting(), flush=True)
                keeping = [asyncio.create_task(child.keep()) for child in self.children]
                keeping.append(asyncio.create_task(self.leash.keep()))
                await self.stopping.wait()
        finally:
            await self.stop(keeping)

    @property
    def children(self) -> list[Child]:
        """In the order in which they start."""
        return [self.valkey, self.api, *self.workers]

    def asked_to_stop(self) -> None:
        """The first signal stops gently, the second at once: then what was in flight is done again later."""
        log.info("stopping", at_once=self.stopping.is_set())
        (self.hurry if self.stopping.is_set() else self.stopping).set()

    async def until_stopped(self, work: Coroutine[None, None, None]) -> bool:
        """Do `work` unless somebody asks to stop meanwhile; True when it was done."""
        task, asked = asyncio.create_task(work), asyncio.create_task(self.stopping.wait())
        await asyncio.wait((task, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return False

    async def start(self) -> None:
        """All children, each when the one it needs answers. Raises StartFailed when one ends instead."""
        await self.valkey.start()
        await self.valkey_answers()
        for child in (self.api, *self.workers):
            await child.start()
        await self.ready()
        self.locked = await self.asked("/v1/jobs") == HTTPStatus.UNAUTHORIZED

    async def valkey_answers(self) -> None:
        """Wait until it takes commands. Raises StartFailed."""
        while not await valkey.answers(self.folder.socket):  # however long its append-only file takes to read
            self.check(self.valkey, valkey.last_words(self.folder))
            await asyncio.sleep(PAUSE)

    async def ready(self) -> None:
        """Wait until the API answers and a worker beats. Raises StartFailed when one of them ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_START):
                while True:
                    if await self.asked("/readyz") == HTTPStatus.OK:
                        return
                    await asyncio.sleep(PAUSE)
        raise StartFailed(f"the API and a worker were not ready after {READY_START:.0f} s")

    def check(self, child: Child, why: str) -> None:
        """Raises StartFailed if it has ended."""
        if child.process is not None and child.process.returncode is not None:
            raise StartFailed(f"{child.name} ended with code {child.process.returncode} at its start: {why}")

    async def asked(self, path: str) -> int:
        """The status with which the API answers a GET of `path`. Raises StartFailed when a child ended.

        Before it accepts, and after it died, a connection stands in the queue of our own socket unanswered.
        """
        while True:
            for child in (self.api, *self.workers):
                self.check(child, "its last words are above")
            with suppress(OSError, LookupError, ValueError):
                async with asyncio.timeout(ANSWERS_IN):
                    return await self.get(path)
            await asyncio.sleep(PAUSE)

    async def get(self, path: str) -> int:
        """The status of the answer. Raises OSError, LookupError or ValueError when there is none."""
        host, port = self.listener.getsockname()[:2]
        reader, writer = await asyncio.open_connection(listen.reachable(host), port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return int((await reader.readline()).split()[1])
        finally:
            writer.close()

    async def stop(self, keeping: list[asyncio.Task[None]]) -> None:
        """The workers first, for they finish into Valkey; Valkey last."""
        for child in self.children:
            child.stopping = True
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        await stop(self.workers, self.settings.grace + WORKER_PATIENCE, self.hurry)
        await stop([self.api], API_PATIENCE, self.hurry)
        await stop([self.valkey], VALKEY_PATIENCE, self.hurry)
        self.leash.end()

    def made_key(self) -> Path | None:
        """The file of the key that was made at first start, if it opens."""
        needed = keys.needed(self.settings, self.plan.host)
        return keys.key_path(self.settings, self.folder.path) if needed else None

    def greeting(self) -> str:
        """Where it is, and a line to try that works as it is printed."""
        address = listen.url(self.listener)
        workers = f"{self.plan.workers} worker{'s' if self.plan.workers > 1 else ''}"
        lines = [f"Pith is up: {address}  (jobs in {self.plan.data}, {workers}; Ctrl-C stops it)"]
        authorization = ""
        if self.locked:
            path = self.made_key()
            lines.append(
                f"It wants an API key, which is in {path}."
                if path
                else "It wants an API key: one of PITH_API_KEYS, or a named one (python -m api keys)."
            )
            key = f"$(cat {shlex.quote(str(path))})" if path else "$PITH_KEY"
            authorization = f'-H "Authorization: Bearer {key}" '
        lines.append(
            f"Try:  curl -sS {address}/v1/jobs -H 'Content-Type: application/json' {authorization}"
            "-H 'Prefer: wait=20' -d '{\"url\": \"https://example.com/\"}'"
        )
        return "\n".join(lines)
