"""Jobs done while workers, cleaning children and the API are killed (-9) again and again, by seed."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, cast

import httpx
from redis import Redis

from lab import rig, tiny
from lab.road import OURS, Run, results
from lab.storm import Storm

if TYPE_CHECKING:
    import argparse

WORKERS = 4
OF_A_BATCH = 1000
DELAY = 0.3  # s, before the site answers
STALLED = 90.0  # s without one more job ended: it is stuck
LOOK = 0.5  # s
PLACES = ("pith:active", "pith:parked", "pith:waiting", "rq:queue", "rq:wip")  # where jobs on their way are
GAVE_UP = ("worker_lost", "cleaner_lost")  # kills used up all attempts of a job, which is its end
SETTINGS = {"PITH_CLEANERS": 1, "PITH_CONCURRENCY": 16}


class Caller:
    """A client that asks again while the API is away, and says so by the same Idempotency-Key."""

    def __init__(self, api: httpx.Client) -> None:
        self._api = api
        self.refused = Counter[int]()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The first answer that is one. Raises RuntimeError for a 500."""
        while True:
            try:
                answer = self._api.request(method, path, **more)
            except httpx.TransportError:
                self.refused[0] += 1
            else:
                if answer.status_code < 500:
                    return answer.raise_for_status()
                self.refused[answer.status_code] += 1
                if answer.status_code != 503:
                    raise RuntimeError(f"{method} {path} was answered {answer.status_code}")
            time.sleep(0.1)


def submitted(caller: Caller, urls: list[str]) -> list[dict[str, Any]]:
    """Batches of all the URLs, each accepted once, however often it was sent."""
    made = []
    for first in range(0, len(urls), OF_A_BATCH):
        key = {"Idempotency-Key": f"from {first}"}
        some = {"urls": urls[first : first + OF_A_BATCH]}
        made.append(caller.ask("POST", "/v1/batches", json=some, headers=key).json())
    return made


def ended(caller: Caller, batches: list[dict[str, Any]]) -> int:
    """Jobs that have ended, by the batches' own counts."""
    counts = [caller.ask("GET", batch["links"]["self"]).json()["counts"] for batch in batches]
    return sum(count["done"] + count["failed"] + count["cancelled"] for count in counts)


def await_all(caller: Caller, batches: list[dict[str, Any]], total: int) -> int:
    """How many ended, once all have or nothing moves any more."""
    now, moved = 0, time.monotonic()
    while now < total and time.monotonic() - moved < STALLED:
        time.sleep(LOOK)
        before, now = now, ended(caller, batches)
        moved = time.monotonic() if now > before else moved
    return now


@dataclass(frozen=True, slots=True)
class Truth:
    """What Redis holds of a seed's jobs, whatever the API says."""

    records: int
    stuck: int  # of them: have not ended
    listed: int  # ends that batches list, and so show to a caller
    counted: int  # and count
    left: tuple[str, ...]  # keys of jobs on their way, which no job is any more

    def row(self, total: int) -> str:
        """Jobs missing, stuck, ended more than once."""
        return f"{total - self.records}, {self.stuck}, {max(self.listed, self.counted) - total}"

    def says(self, total: int) -> bool:
        """Is every job there, ended, listed and counted once, and nothing left behind?"""
        return (self.records, self.stuck, self.listed, self.counted) == (
            total,
            0,
            total,
            total,
        ) and not self.left


def truth(redis_url: str) -> Truth:
    """Read it all."""
    ways = ("done", "failed", "cancelled")
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        jobs: list[Any] = [redis.hget(key, "status") for key in redis.scan_iter("pith:job:*", 5000)]
        batches = [key for key in redis.scan_iter("pith:batch:*", 5000) if not key.endswith(":ended")]
        return Truth(
            records=len(jobs),
            stuck=sum(status not in ways for status in jobs),
            listed=sum(cast("int", redis.llen(f"{batch}:ended")) for batch in batches),
            counted=sum(
                int(count or 0) for batch in batches for count in cast("Any", redis.hmget(batch, ways))
            ),
            left=tuple(place for place in PLACES if redis.exists(f"{place}:pith")),
        )


@dataclass
class Outcome:
    """What became of one seed's jobs."""

    seed: int
    total: int
    run: Run
    storm: Storm
    seconds: float
    truth: Truth
    recoveries: list[float]  # seconds from a worker's death to the end of each job that it held

    @property
    def sound(self) -> bool:
        """Did every job end once, to the caller and in Redis, with its page, none for a fault but kills?"""
        run = self.run
        ended = len(run.ids) == run.statuses.total() == run.total
        has_pages = run.statuses["done"] == run.verdicts.total()
        faults = any(run.codes[code] for code in OURS if code not in GAVE_UP)
        return ended and has_pages and not faults and self.truth.says(self.total)

    def row(self) -> list[object]:
        """A line of the table."""
        kills = ", ".join(f"{role} {count}" for role, count in sorted(self.storm.kills.items()))
        statuses = ", ".join(f"{status} {count}" for status, count in self.run.statuses.items())
        codes = ", ".join(f"{code} {count}" for code, count in self.run.codes.items())
        attempts = f"{self.run.attempts / max(len(self.run.ids), 1):.2f}"
        ended = len(self.run.ids)
        seen = f"{self.total - ended}, {self.run.statuses.total() - ended}"
        return [
            *(self.seed, kills, f"{ended} of {self.total}", seen, self.truth.row(self.total)),
            *(statuses, codes, attempts),
            *(f"{self.seconds:.0f}", len(self.recoveries), f"{max(self.recoveries, default=0):.1f}"),
            "sound" if self.sound else f"NOT SOUND {' '.join(self.truth.left)}",
        ]


def recovered(jobs: list[dict[str, Any]], orphans: dict[str, float]) -> list[float]:
    """Seconds from the last death of a worker that held a job to the job's end, for those that were held."""
    ends = {job["id"]: datetime.fromisoformat(job["finished_at"]).timestamp() for job in jobs}
    waits = (ends[job_id] - died for job_id, died in orphans.items() if job_id in ends)
    return [wait for wait in waits if wait > 0]


def suffer(urls: list[str], seed: int, lease: float, every: float) -> Outcome:
    """One seed: all jobs, under kills until the last has ended."""
    run = Run(len(urls))
    with rig.standing(WORKERS, **SETTINGS, PITH_LEASE=lease) as pith, pith.client() as api:
        storm, caller = Storm(pith, random.Random(seed), every), Caller(api)
        began = time.monotonic()
        storm.start()
        try:
            batches = submitted(caller, urls)
            await_all(caller, batches, len(urls))
        finally:
            storm.over.set()
            storm.join()
        seconds = time.monotonic() - began
        caller.ask("GET", "/healthz")
        jobs = [job for batch in batches for job in results(api, batch["links"]["results"])]
        for job in jobs:
            run.add(job)
        found = truth(pith.redis_url)
    return Outcome(seed, len(urls), run, storm, seconds, found, recovered(jobs, storm.orphans))


def run(chosen: argparse.Namespace) -> str:
    """The table. Raises SystemExit(1), after printing it, when a seed was not sound."""
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        tiny.write(Path(folder), chosen.jobs)
        with rig.replayed(Path(folder), [tiny.SET], delay=DELAY) as urls:
            for seed in range(chosen.first, chosen.first + chosen.seeds):
                outcomes.append(suffer(urls, seed, chosen.lease, chosen.every))
                print(*outcomes[-1].row(), sep=" | ", file=sys.stderr)
    head = [
        "seed",
        "kills",
        "jobs ended",
        "to the caller: missing, twice",
        "in Redis: missing, stuck, twice",
        "as",
        "codes",
        "attempts",
        "s",
        "orphans",
        "slowest recovery, s",
        "",
    ]
    text = f"{WORKERS} workers, {chosen.jobs} jobs a seed, lease {chosen.lease:g} s, a kill every "
    text += f"{chosen.every:g} s; {rig.machine()}.\n\n"
    text += rig.table(head, [outcome.row() for outcome in outcomes]) + "\n" + distribution(outcomes)
    if not all(outcome.sound for outcome in outcomes):
        print(text)
        raise SystemExit(1)
    return text


def distribution(outcomes: list[Outcome]) -> str:
    """How long jobs of killed workers took to end, over all seeds."""
    waits = [wait for outcome in outcomes for wait in outcome.recoveries]
    if len(waits) < 2:
        return "No job was held by a worker that was killed.\n"
    cuts = quantiles(waits, n=20)
    return (
        f"From a worker's death to the end of a job that it held, {len(waits)} jobs, s: "
        f"p50 {cuts[9]:.1f}, p90 {cuts[17]:.1f}, p95 {cuts[18]:.1f}, most {max(waits):.1f}.\n"
    )


def arguments(command: argparse.ArgumentParser) -> None:
    """What `python -m lab.bench chaos` takes."""
    command.set_defaults(run=run)
    command.add_argument("--jobs", type=int, default=5000, help="of each seed (5000)")
    command.add_argument("--seeds", type=int, default=10, help="how many (10)")
    command.add_argument("--lease", type=float, default=15.0, help="seconds (15)")
    command.add_argument("--every", type=float, default=1.0, help="seconds between two kills, on average (1)")
    command.add_argument("--first", type=int, default=1, help="the first seed (1)")
