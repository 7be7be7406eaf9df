"""The cleaning child: reads a task, cleans, writes the page, again and again, until its worker is gone.

It may use only so much memory (RLIMIT_AS) and is killed by its worker when a page takes too long. Should the
worker die meanwhile, the child ends too: at once while idle, by its own alarm while a page hangs.
"""

from __future__ import annotations

import os
import resource
import signal
import traceback
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from worker.errors import CleanFailed, CleanMemory, PageError
from worker.jobs import pages
from worker.jobs.records import read_options
from worker.runner import frames, heap
from worker.runner.heap import Heap

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from worker.jobs.options import Options
    from worker.sites.rule import Sites

MARKUP = ("", "text/html", "application/xhtml+xml", "text/xml", "application/xml")  # other text is plain
ORPHAN_SLACK = 2.0  # s; a living worker kills first


class CleanPage(Protocol):
    """A page as worker.clean gives it."""

    @property
    def notes(self) -> tuple[str, ...]: ...

    def to_dict(self) -> dict[str, Any]: ...


class Clean(Protocol):
    """worker.clean.clean, or what a test puts in its place."""

    def __call__(
        self, body: bytes | str, *, url: str | None, charset: str | None, options: Options
    ) -> CleanPage: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: bytes of address space, seconds for one page, how far it stands back; how deep
    and how large a tree it reads; and the folder of the operator's own phrases.
    """

    memory: int
    timeout: float
    nice: int
    depth: int
    nodes: int
    phrases: Path | None = None


def serve(channel: socket.socket, limits: Limits, clean: Clean | None, sites: Sites | None) -> None:
    """Serve one worker until it is gone. `clean` is worker.clean's when it is None, with these rules for
    sites.
    """
    clean = clean or _ours(sites, limits)
    for name in (signal.SIGINT, signal.SIGTERM):  # they go to the whole group; the worker says when this ends
        signal.signal(name, signal.SIG_IGN)
    os.nice(limits.nice)
    heap.give_back()
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    left_behind = Heap()
    # A worker that is gone left nothing to read, or broke the connection in the middle.
    with suppress(EOFError, ConnectionError), channel, channel.makefile("rwb") as file:
        stream = cast("BinaryIO", file)
        while _serve_one(stream, limits.timeout, clean, left_behind):
            pass


def _serve_one(stream: BinaryIO, timeout: float, clean: Clean, left_behind: Heap) -> bool:
    """Answer one task. False after the last one: the answer says so, and the worker starts another child."""
    task, body = frames.receive(stream)
    signal.setitimer(signal.ITIMER_REAL, timeout + ORPHAN_SLACK)
    head, page = answer(task, body, clean)
    signal.setitimer(signal.ITIMER_REAL, 0)
    del body
    # A full heap cleans nothing more.
    last = head.get("error", {}).get("code") == CleanMemory.code or left_behind.is_full()
    stream.writelines(frames.pack({**head, "last": last}, page))
    stream.flush()
    return not last


def _ours(sites: Sites | None, limits: Limits) -> Clean:
    from worker.clean import (  # here, not in the worker itself, which imports this module too
        Bounds,
        Rules,
        clean,
    )

    bounds = Bounds(limits.depth, limits.nodes)
    return partial(clean, sites=sites, rules=Rules(phrases=limits.phrases), bounds=bounds)


def answer(task: dict[str, Any], body: bytes, clean: Clean) -> tuple[dict[str, Any], bytes]:
    """What became of one task: facts and the packed page, or {"error": …} and nothing."""
    try:
        return cleaned(task, body, clean)
    except MemoryError:
        return _error(CleanMemory()), b""
    except PageError as error:
        return _error(error), b""
    except Exception:  # noqa: BLE001  a bug met on one page is that page's failure; the log has the trace
        return {**_error(CleanFailed()), "trace": traceback.format_exc()}, b""


def cleaned(task: dict[str, Any], body: bytes, clean: Clean) -> tuple[dict[str, Any], bytes]:
    """Clean one page. `task`: {url, charset, options, http_status, content_type, robots}."""
    options = read_options(task["options"])
    document = body if task["content_type"] in MARKUP else as_page(body, task["charset"])
    page = clean(document, url=task["url"] or None, charset=task["charset"], options=options)
    stored = page.to_dict()
    stored["page"] |= {"http_status": task["http_status"], "robots": task["robots"]}
    facts = {
        "verdict": stored["page"]["verdict"],
        "words": stored["page"]["word_count"],
        "notes": page.notes,
    }
    return facts, pages.pack(stored)


def as_page(body: bytes, charset: str | None) -> str:
    """Plain text as the page that a browser shows for it: lines as they stand, `<` a mere character."""
    from worker.clean.decode import decode

    return f"<!doctype html><body><pre>{escape(decode(body, charset))}</pre></body>"


def _error(error: PageError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message}}
