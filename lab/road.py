"""The whole road, measured: stored pages on loopback, submitted to all of Pith as one batch.

    python -m lab.road --data DIR [--set NAME …] [--sample N] [--workers N]

Starts lab.replay and `python -m api --standalone` on ports and folders of their own, submits every page,
polls until every job has ended, prints a table in Markdown, and stops both. Exit code 1 when a job did not
end, or ended for a fault of ours. Linux: CPU and memory are read from /proc.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from lab import missing, rig
from lab.proc import ROLES, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

LOOK = 0.5  # s between two looks at the batch and at the processes
STALLED = 120.0  # s without one more ended job, after which it is given up
MOST = 10_000  # URLs of one batch, as PITH_BATCH_LIMIT has it
OURS = (
    "fetch_failed",
    "clean_failed",
    "cleaner_lost",
    "worker_lost",
    "queue_timeout",
)  # faults of Pith's own


@dataclass
class Run:
    """What was seen of one batch: seconds of wall clock, and results by status, code and verdict."""

    total: int
    wall: float = 0.0
    load: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    attempts: int = 0

    @property
    def sound(self) -> bool:
        """Did every job end, each counted once, none for a fault of ours?"""
        ended = len(self.ids) == self.statuses.total() == self.total
        return ended and not any(self.codes[code] for code in OURS)

    def add(self, job: dict[str, Any]) -> None:
        """One line of the results."""
        self.ids.add(job["id"])
        self.statuses[job["status"]] += 1
        self.attempts += job["attempts"]
        if job["error"]:
            self.codes[job["error"]["code"]] += 1
        if job["page"]:
            self.verdicts[job["page"]["verdict"]] += 1


def follow(api: httpx.Client, urls: Sequence[str], watch: Watch) -> Run:
    """Submit the URLs, wait until all have ended or nothing moves any more, and read the results."""
    run = Run(len(urls))
    watch.look()
    began = moved = time.monotonic()
    batch = api.post("/v1/batches", json={"urls": list(urls)}).raise_for_status().json()
    ended = 0
    while ended < run.total and time.monotonic() - moved < STALLED:
        time.sleep(LOOK)
        watch.look()
        run.load.append(os.getloadavg()[0])
        counts = api.get(batch["links"]["self"]).json()["counts"]
        now = counts["done"] + counts["failed"] + counts["cancelled"]
        moved, ended = (time.monotonic(), now) if now > ended else (moved, ended)
    run.wall = time.monotonic() - began
    for job in results(api, batch["links"]["results"]):
        run.add(job)
    return run


def results(api: httpx.Client, link: str) -> Iterator[dict[str, Any]]:
    """Every ended job of the batch."""
    while link:
        answer = api.get(link)
        lines = answer.content.splitlines()
        yield from map(orjson.loads, lines)
        link = answer.links.get("next", {}).get("url", "") if lines else ""


def listed(counts: Counter[str]) -> str:
    """ "thin 3, ok 2", or a dash."""
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "–"


def rows(run: Run, watch: Watch) -> Iterator[tuple[str, str]]:
    """The lines of the table."""
    pages = max(run.statuses.total(), 1)
    cpu = watch.cpu()
    yield f"pages submitted, ended, {run.attempts / pages:.2f} attempts each", f"{run.total}, {pages}"
    yield "status", listed(run.statuses)
    yield "failures by code", listed(run.codes)
    yield "verdicts", listed(run.verdicts)
    yield "pages a second", f"{pages / run.wall:.1f} ({run.wall:.0f} s)"
    yield "load average of the machine meanwhile", f"{min(run.load):.1f} to {max(run.load):.1f}"
    per_role = ", ".join(f"{role} {1000 * cpu[role] / pages:.1f}" for role in ROLES)
    yield "CPU ms a page", f"{1000 * sum(cpu.values()) / pages:.1f} ({per_role})"
    mib = ", ".join(f"{role} {watch.peak[role] / 2**20:.0f}" for role in ROLES)
    yield "peak memory, PSS in MiB", f"{mib}; all at once {watch.most / 2**20:.0f}"


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    line = argparse.ArgumentParser(prog="python -m lab.road", description="The whole road, measured.")
    line.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    line.add_argument("--set", action="append", default=[], dest="chosen", help="a set (wcxb-dev)")
    line.add_argument("--sample", type=int, help="at most so many pages of each set")
    line.add_argument("--workers", type=int, default=1)
    given = line.parse_args(arguments)
    with (
        rig.replayed(given.data, given.chosen or ["wcxb-dev"], sample=given.sample) as urls,
        rig.standing(given.workers) as pith,
        pith.client() as api,
    ):
        watch = Watch(pith.pid)
        run = follow(api, urls[:MOST], watch)
    print(rig.table(["what", "measured"], list(rows(run, watch))))
    return 0 if run.sound else 1


if __name__ == "__main__":
    sys.exit(missing.told(main))
