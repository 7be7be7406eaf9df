"""The same job on RQ's own workers: fetch by httpx, clean, store."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from functools import cache

import httpx
from redis import Redis
from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

from lab import rig
from worker.clean import clean
from worker.jobs import pages

NAME = "stock"
LOOK = 0.05  # s


@cache
def client() -> httpx.Client:
    return httpx.Client(trust_env=False)


def job(url: str) -> None:
    """One page."""
    current = get_current_job()
    assert current is not None  # noqa: S101  (RQ runs this)
    page = clean(client().get(url).content, url=url)
    current.connection.set(f"page:{current.id}", pages.pack(page.to_dict()))


def seconds(kind: str, count: int, urls: list[str]) -> float:
    """What `count` workers take for the pages, from the first enqueued to the last stored."""
    ready = re.compile(r"(ready)")
    with rig.valkey() as redis_url, Redis.from_url(redis_url) as redis, ExitStack() as workers:
        for _ in range(count):
            workers.enter_context(rig.started(["lab.stock_worker", kind], ready, REDIS_URL=redis_url))
        queue = Queue(NAME, connection=redis, serializer=JSONSerializer)
        began = time.perf_counter()
        queue.enqueue_many([Queue.prepare_data(job, (url,)) for url in urls])
        while queue.finished_job_registry.get_job_count(cleanup=False) < len(urls):
            if queue.failed_job_registry.get_job_count(cleanup=False):
                raise RuntimeError("a job of a stock worker failed")
            time.sleep(LOOK)
        return time.perf_counter() - began
