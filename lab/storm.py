"""Kills (-9) processes of a standing Pith, but never its supervisor, again and again, by seed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redis import Redis

from lab.proc import family, role_of

if TYPE_CHECKING:
    import random

    from lab import rig

# One in ten kills is the API's; a killed worker takes its children along, a killed child only its page.
VICTIMS = {"worker": 5, "cleaning": 4, "api": 1}


@dataclass
class Storm(threading.Thread):
    """Kills until told to stop, and remembers which jobs a killed worker held, and when that was."""

    pith: rig.Standing
    chance: random.Random
    every: float  # s between two kills, on average
    kills: Counter[str] = field(default_factory=Counter)
    orphans: dict[str, float] = field(default_factory=dict)  # by job id, Unix seconds of the last such kill

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        with Redis.from_url(self.pith.redis_url) as redis:
            while not self.over.wait(self.chance.expovariate(1 / self.every)):
                self._strike(redis)

    def _strike(self, redis: Redis) -> None:
        role = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        found = sorted(pid for pid in family(self.pith.pid) if _is(pid, role))
        if not found:
            return  # all of them are being started again
        pid = self.chance.choice(found)
        held = _held_by(redis, pid) if role == "worker" else []
        os.kill(pid, signal.SIGKILL)
        now = time.time()
        self.kills[role] += 1
        self.orphans |= dict.fromkeys(held, now)


def _is(pid: int, role: str) -> bool:
    try:
        return role_of(pid) == role
    except OSError:
        return False


def _held_by(redis: Redis, pid: int) -> list[str]:
    """Jobs that stand under this worker's name, which ends in its process id and a token."""
    members: Any = redis.zrange("rq:wip:pith", 0, -1)
    ids = [member.decode().partition(":")[0] for member in members]
    with redis.pipeline(transaction=False) as pipe:
        for job_id in ids:
            pipe.hget(f"rq:job:{job_id}", "worker_name")
        names = [name.decode() if name else "" for name in pipe.execute()]
    return [job_id for job_id, name in zip(ids, names, strict=True) if f"-{pid}-" in name]
