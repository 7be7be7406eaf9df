"""What a worker and its cleaning children hold in memory, and whether that grows with the pages."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lab import rig
from lab.proc import family, pss_of, role_of
from lab.throughput import DELAY, SETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    import httpx

LOOK = 1.0  # s between two looks at the processes
EARLY, WINDOW = 2000, 1000  # pages done when growth begins to count; pages over which a figure is taken
MIB = 2**20


class Scale:
    """Weighs a worker and what it started, again and again: pages done and bytes of PSS."""

    def __init__(self, supervisor: int) -> None:
        self.done = 0
        self.weighed: list[tuple[int, int]] = []
        self._supervisor = supervisor
        self._ended = threading.Event()

    def run(self) -> None:
        """Until `stop`; in a thread of its own."""
        while not self._ended.wait(LOOK):
            self.weighed.append((self.done, self._weigh()))

    def stop(self) -> None:
        self._ended.set()

    def _weigh(self) -> int:
        total = 0
        for pid in family(self._supervisor):
            try:
                total += pss_of(pid) if role_of(pid) in ("worker", "cleaning") else 0
            except OSError:
                continue  # it ended meanwhile
        return total

    def around(self, pages: int) -> list[int]:
        """The weights in the WINDOW of pages that ends there."""
        return [size for done, size in self.weighed if pages - WINDOW < done <= pages]


def ended(api: httpx.Client, batch: str) -> int:
    """Jobs of a batch that have ended."""
    counts = api.get(batch).json()["counts"]
    return int(counts["total"] - counts["queued"] - counts["running"])


def feed(api: httpx.Client, urls: Sequence[str], pages: int, scale: Scale) -> None:
    """Batches of all the pages, one after the other: identical jobs would share a fetch."""
    while scale.done < pages:
        some, before = urls[: pages - scale.done], scale.done
        answer = api.post("/v1/batches", json={"urls": some})
        batch = answer.raise_for_status().json()["links"]["self"]
        while scale.done < before + len(some):
            time.sleep(LOOK)
            scale.done = before + ended(api, batch)
        print(f"{scale.done} pages, {scale.weighed[-1][1] / MIB:.0f} MiB", file=sys.stderr)


def compared(pages: int, in_turn: int) -> tuple[int, int]:
    """Where the two windows end: at the same of the pages that come in turn, for what a worker holds goes by
    what it cleans.
    """
    begin = min(EARLY, pages // 2)
    return begin, begin + (pages - begin) // in_turn * in_turn if pages - begin >= in_turn else pages


def run(chosen: argparse.Namespace) -> str:
    """The table."""
    with (
        rig.replayed(chosen.data, SETS, sample=chosen.sample, delay=DELAY) as urls,
        rig.standing(PITH_CLEANERS=2, PITH_RESULT_TTL=60) as pith,
        pith.client() as api,
    ):
        scale = Scale(pith.pid)
        looking = threading.Thread(target=scale.run)
        looking.start()
        try:
            feed(api, urls, chosen.pages, scale)
        finally:
            scale.stop()
            looking.join()
    begin, end = compared(chosen.pages, len(urls))
    early, late = scale.around(begin), scale.around(end)
    first, last = sum(early) / len(early) / MIB, sum(late) / len(late) / MIB
    rows = [
        ["the most at any look", f"{max(size for _, size in scale.weighed) / MIB:.0f}"],
        [f"up to page {begin}, mean of {len(early)} looks", f"{first:.0f}"],
        [f"up to page {end}, mean of {len(late)} looks", f"{last:.0f} ({last / first - 1:+.1%})"],
    ]
    about = f"One worker, 64 in flight, 2 cleaning children, forkserver and all; {rig.machine()}.\n\n"
    return about + rig.table(["PSS", "MiB"], rows)


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench memory` takes."""
    command.set_defaults(run=run)
    command.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    command.add_argument("--pages", type=int, default=20_000, help="in all, each fetched anew (20000)")
    command.add_argument("--sample", type=int, help="at most so many pages of each set")
