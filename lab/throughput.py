"""Pages a second of the service, beside the same work without a queue and on RQ's own workers."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import orjson

from lab import rig, stock
from lab.proc import ROLES, Watch
from lab.road import MOST

if TYPE_CHECKING:
    import argparse

SETS = ("wcxb-dev", "daniel", "readability")  # 2,480 pages, all different
DELAY = 0.3  # s, before the site answers
LOOK = 0.5  # s
RIVALS = (("Worker", 2, 60), ("SimpleWorker", 16, 480))  # rq's class, how many, pages: slow ones get fewer


@dataclass(frozen=True, slots=True)
class Timed:
    """A run over all pages: seconds of wall clock, and of CPU by role."""

    pages: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.pages / self.seconds

    def share(self, role: str) -> float:
        return self.cpu[role] / sum(self.cpu.values())

    def beside(self) -> float:
        """ms of CPU a page that are not cleaning."""
        return 1000 * (sum(self.cpu.values()) - self.cpu["cleaning"]) / self.pages


def service(urls: list[str]) -> Timed:
    """One batch, from its POST to its last stored page, by Redis' clock."""
    with rig.standing() as pith, pith.client() as api:
        watch = Watch(pith.pid)
        watch.look()
        batch = api.post("/v1/batches", json={"urls": urls}).raise_for_status().json()
        while (now := api.get(batch["links"]["self"]).json())["finished_at"] is None:
            time.sleep(LOOK)
        watch.look()
        if now["counts"]["done"] != len(urls):
            raise RuntimeError(f"not every page was done: {now['counts']}")
        return Timed(len(urls), elapsed(now), watch.cpu())


def elapsed(batch: dict[str, Any]) -> float:
    """Seconds from a batch's making to the end of its last job."""
    made, ended = (datetime.fromisoformat(batch[name]) for name in ("created_at", "finished_at"))
    return (ended - made).total_seconds()


def plain(urls: list[str]) -> Timed:
    """lab.plain, in a process of its own."""
    command = [sys.executable, "-m", "lab.plain"]
    ended = subprocess.run(
        command,
        input="\n".join(urls),
        cwd=rig.ROOT,
        env=rig.environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: dict[str, Any] = orjson.loads(ended.stdout)
    return Timed(len(urls), said["seconds"], said["cpu"])


def row(name: str, runs: list[Timed]) -> list[str]:
    """A line of the table, medians of the runs."""
    per_role = ", ".join(
        f"{role} {median(1000 * run.cpu[role] / run.pages for run in runs):.2f}" for role in ROLES
    )
    return [
        name,
        str(runs[0].pages),
        f"{median(run.rate for run in runs):.1f}",
        f"{median(run.share('cleaning') for run in runs):.3f}",
        f"{median(run.beside() for run in runs):.2f}",
        per_role,
    ]


def spread(ratios: list[float]) -> str:
    """The median, and from where to where."""
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def measure(urls: list[str], runs: int) -> tuple[list[Timed], list[Timed]]:
    """The service and plain asyncio in turn, so that both meet the same neighbours."""
    ours, theirs = [], []
    for number in range(runs):
        pair = (service, plain) if number % 2 == 0 else (plain, service)
        timed = {run: run(urls) for run in pair}
        ours.append(timed[service])
        theirs.append(timed[plain])
        print(f"run {number + 1}: {ours[-1].rate:.1f}, plain {theirs[-1].rate:.1f}", file=sys.stderr)
    return ours, theirs


def run(chosen: argparse.Namespace) -> str:
    """The table."""
    with rig.replayed(chosen.data, chosen.set or SETS, sample=chosen.sample, delay=DELAY) as found:
        urls = list(islice(found, MOST))
        ours, theirs = measure(urls, chosen.runs)
        rate = median(one.rate for one in ours)
        lines = [row("Pith", ours), row("plain asyncio, no queue", theirs)]
        ratios = [("plain asyncio", spread([a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]))]
        for kind, count, pages in RIVALS if chosen.rivals else ():
            some = urls[:: max(1, len(urls) // pages)]  # of all sets, as in the runs above
            theirs_rate = len(some) / stock.seconds(kind, count, some)
            lines.append([f"rq {kind} x{count}", str(len(some)), f"{theirs_rate:.1f}", "", "", ""])
            ratios.append((f"rq {kind} x{count}", f"{rate / theirs_rate:.1f}"))
    head = ["", "pages", "pages/s", "cleaning's share of CPU", "CPU ms a page beside it", "CPU ms a page"]
    about = f"Medians of {chosen.runs} runs; {rig.machine()}.\n"
    return "\n".join([about, rig.table(head, lines), rig.table(["Pith beside", "ratio of pages/s"], ratios)])


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench throughput` takes."""
    command.set_defaults(run=run)
    command.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    command.add_argument("--set", action="append", default=[], help=f"a set; {', '.join(SETS)}")
    command.add_argument("--sample", type=int, help="at most so many pages of each set")
    command.add_argument("--runs", type=int, default=5, help="of Pith and of plain asyncio, in turn (5)")
    command.add_argument("--rivals", action="store_true", help="RQ's own workers too")
