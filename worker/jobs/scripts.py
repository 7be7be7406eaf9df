"""The Lua scripts, one a call of the store or the queue, each one atomic step and one round trip."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from worker.jobs import hosts
from worker.jobs.clock import milliseconds
from worker.jobs.records import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redis.asyncio import Redis

    from config.settings import Settings

FOLDER = Path(__file__).with_name("lua")
# Only submit may be refused when Redis is at its maxmemory: whatever else a script does lets jobs end.
ALWAYS = "#!lua flags=allow-oom\n"
REFUSABLE = "#!lua\n"
SHARED = ("record", "hosts", "life")
PARTS = {
    "exchange": ("clock", "finish", "suspects", "claim"),
    "renew": ("clock",),
    "release": ("clock",),
    "sweep": ("clock",),
}
RQ_SLACK = 60  # s; by how much RQ's own timeout outlasts ours, should a stock worker run the job


@cache
def source(name: str) -> str:
    """The script `name` as it is sent: its flags, what all scripts share, itself."""
    head = REFUSABLE if name == "submit" else ALWAYS
    return head + "".join(
        (FOLDER / f"{part}.lua").read_text("utf-8") for part in (*SHARED, *PARTS.get(name, ()), name)
    )


class Scripts:
    """Calls scripts with what every call must say: the queue and the limits in force."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._loaded: dict[str, Any] = {}
        self._facts: dict[str, object] = {
            "v": VERSION,
            "queue": settings.queue,
            "ttl": settings.result_ttl,
            "queue_timeout": milliseconds(settings.queue_timeout),
            "budget": milliseconds(settings.job_timeout),
            "attempts": settings.max_attempts,
            "losses": settings.max_losses,
            "rq_timeout": int(settings.job_timeout) + RQ_SLACK,
            "manners": hosts.manners(settings),
        }

    async def run(self, name: str, arguments: Iterable[bytes | str | int] = (), **facts: object) -> Any:
        """Run one script; `facts` that are None are left out, which Lua reads as nil."""
        script = self._loaded.get(name)
        if script is None:
            script = self._loaded[name] = self._redis.register_script(source(name))
        given = {key: value for key, value in facts.items() if value is not None}
        call = orjson.dumps({**self._facts, "iso": rq_time(), **given})
        return await script(args=[call, *arguments])


def rq_time() -> str:
    """Now, as RQ writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
