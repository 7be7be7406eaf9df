"""A stand-in for worker.clean that does what a hostile page would make a cleaner do. The body says what."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worker.clean.lexicon import lexicon
from worker.errors import BadSelector

if TYPE_CHECKING:
    from worker.jobs.options import Options


KEPT: list[bytes] = []  # from page to page
TEXT = 1000  # bytes of a page that are its text, however large it is


@dataclass
class Cleaned:
    text: str
    words: int
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        page = {"text": self.text, "verdict": "ok", "word_count": self.words, "pid": os.getpid()}
        return {"page": page, "receipts": []}


def worker_of(fork_server: int) -> int:
    """Its parent."""
    return int(Path(f"/proc/{fork_server}/stat").read_text().rpartition(")")[2].split()[1])


def clean(body: bytes | str, *, url: str | None, charset: str | None, options: Options) -> Cleaned:  # noqa: ARG001
    assert isinstance(body, bytes)
    match body.split():
        case [b"sleep", seconds, *_]:
            time.sleep(float(seconds))
        case [b"blow"]:
            bytearray(8 * 1024**3)
        case [b"die"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case [b"murder"]:
            os.kill(worker_of(os.getppid()), signal.SIGKILL)
        case [b"bug"]:
            raise ValueError("a bug")
        case [b"selector"]:
            raise BadSelector
        case [b"keep", megabytes]:
            KEPT.append(b"x" * (int(megabytes) * 2**20))
        case [b"crumble", megabytes]:  # all but a crumb is freed, which keeps the heap from getting shorter
            crumbs = [bytes(1000) for _ in range(int(megabytes) * 1000)]
            KEPT.append(crumbs.pop())
        case [b"loaded"]:
            read = lexicon.cache_info().currsize, gc.get_freeze_count() > 0, "trafilatura" in sys.modules
            return Cleaned(str(read), len(read))
    return Cleaned(body[:TEXT].decode(), len(body.split()))
