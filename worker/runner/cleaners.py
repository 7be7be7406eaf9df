"""A pool of cleaning children. Each has a channel of its own, so that killing one disturbs no other.

Cleaning holds the GIL and may hang or blow up on a hostile page: children have a hard limit on time and on
memory, and are replaced. They are forked from a server that has the extractor loaded: one costs milliseconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import structlog

from config.settings import SECRETS
from worker.errors import BadSelector, CleanerLost, CleanFailed, CleanMemory, CleanTimeout, PageError
from worker.runner import child, frames

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from config.settings import Settings
    from worker.jobs.options import Options
    from worker.sites.rule import Sites

log = structlog.get_logger()

PRELOADED = ["worker.runner.warm"]  # by the server that the children are forked from
TASKS = 1000  # pages after which a child is replaced: whatever an extractor leaks has an end
ERRORS = {error.code: error for error in (BadSelector, CleanFailed, CleanMemory)}
# One thread each: there is a child for each core, and every thread of a maths library reserves address space.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Task:
    """A page to clean, as it came."""

    body: bytes
    url: str
    charset: str | None
    options: Options
    http_status: int | None
    content_type: str = "text/html"  # as Fetched has it
    robots: str | None = None  # what was done about robots.txt

    def frame(self) -> tuple[bytes, bytes]:
        names = ("url", "charset", "http_status", "content_type", "robots")
        facts = {name: getattr(self, name) for name in names}
        return frames.pack({**facts, "options": asdict(self.options)}, self.body)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A packed page and the facts about it that the log tells."""

    page: bytes
    verdict: str
    words: int
    notes: tuple[str, ...] = ()


class Child:
    """One cleaning process and the channel to it."""

    def __init__(
        self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer
        self.tasks = 0

    async def ask(self, task: Task) -> tuple[dict[str, Any], bytes]:
        """The answer to one task. Raises OSError or EOFError when the child died."""
        self.tasks += 1
        self._writer.writelines(task.frame())
        await self._writer.drain()
        return await frames.read(self._reader)

    async def kill(self) -> None:
        self._writer.close()
        self.process.kill()
        await asyncio.to_thread(self.process.join)


class Cleaners:
    """The pool; an async context manager. `settings.cleaners` children, as many as cores when that is 0."""

    def __init__(
        self, settings: Settings, clean: child.Clean | None = None, sites: Sites | None = None
    ) -> None:
        """`clean` is what the children run; worker.clean's when it is None, with these rules for sites."""
        self._settings = settings
        self._clean = clean
        self._sites = sites
        self._size = settings.cleaners or os.cpu_count() or 1
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._free: asyncio.Queue[Child | None] = asyncio.Queue()  # None: a place whose child must be started
        self._children: set[Child] = set()

    async def __aenter__(self) -> Self:
        for name, value in ONE_THREAD.items():
            os.environ.setdefault(name, value)
        for name in SECRETS:  # have been read; what parses strangers' pages must not find them
            os.environ.pop(name, None)
        for _ in range(self._size):
            self._free.put_nowait(await self._start())
        return self

    async def __aexit__(self, *error: object) -> None:
        for started in tuple(self._children):
            await self._end(started)

    async def clean(self, task: Task) -> Cleaned:
        """Clean one page in the next free child.

        Raises CleanTimeout, CleanMemory, BadSelector, CleanFailed; CleanerLost when the child died under it,
        or none could be started.
        """
        used, whole = await self._free.get(), False
        try:
            used = used or await self._start()
            async with asyncio.timeout(self._settings.clean_timeout):
                head, page = await used.ask(task)
            whole = not head["last"] and used.tasks < TASKS
        except TimeoutError as error:
            raise CleanTimeout from error
        except (OSError, EOFError) as error:
            raise CleanerLost from error
        finally:
            await self._give_back(used, whole=whole)
        return _cleaned(head, page)

    async def _give_back(self, used: Child | None, *, whole: bool) -> None:
        """Its place is free again, even if the wait for the end of a child that is not whole is cancelled."""
        try:
            if used and not whole:
                await self._end(used)
        finally:
            self._free.put_nowait(used if whole else None)

    async def _start(self) -> Child:
        ours, theirs = socket.socketpair()
        settings = self._settings
        limits = child.Limits(
            settings.clean_memory,
            settings.clean_timeout,
            settings.clean_nice,
            settings.max_tree_depth,
            settings.max_tree_nodes,
            settings.phrases_dir,
        )
        arguments = (theirs, limits, self._clean, self._sites)
        process = self._context.Process(target=child.serve, args=arguments, name="pith-cleaner", daemon=True)
        try:
            with theirs:
                await asyncio.to_thread(process.start)
        except BaseException:
            ours.close()
            raise
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        started = Child(process, reader, writer)
        self._children.add(started)
        return started

    async def _end(self, ended: Child) -> None:
        self._children.discard(ended)
        await ended.kill()


def _cleaned(head: dict[str, Any], page: bytes) -> Cleaned:
    if error := head.get("error"):
        if trace := head.get("trace"):
            log.error("clean_failed", trace=trace)
        raise ERRORS.get(error["code"], PageError)(error["message"])
    return Cleaned(page, head["verdict"], head["words"], tuple(head["notes"]))
