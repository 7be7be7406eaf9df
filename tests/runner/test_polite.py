"""Three workers on one Redis against sites on several loopback addresses that count and look at the clock."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import pytest

from tests.runner.conftest import PAGE, until
from tests.site import HTML, Site, head
from worker.jobs.model import JobRequest, Status

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.runner.conftest import Service, Workers
    from tests.site import Asked

pytestmark = pytest.mark.anyio

# What an operator chose holds for loopback too; robots.txt is not looked at there unless PITH_ROBOTS is set.
THREE = range(3)


class Host:
    """A site of its own address that notes when pages were asked for."""

    def __init__(self, address: str, stack: ExitStack) -> None:
        self.site = stack.enter_context(Site(host=address))
        self.at: list[float] = []
        self.refuse: list[dict[str, str]] = []  # headers of 429s that are answered first

    def pages(self, count: int, delay: float = 0.0) -> list[str]:
        async def answer(_: Asked, writer: asyncio.StreamWriter) -> bool:
            self.at.append(time.monotonic())
            await asyncio.sleep(delay)
            fields = {"content-type": HTML, "content-length": str(len(PAGE))}
            if self.refuse:
                writer.write(head(429, {"content-length": "1", **self.refuse.pop(0)}) + b"x")
            else:
                writer.write(head(200, fields) + PAGE.encode())
            await writer.drain()
            return True

        return [self.site.route(f"/{n}", answer) for n in range(count)]

    @property
    def gaps(self) -> list[float]:
        return [b - a for a, b in pairwise(self.at)]


class Hosts:
    """Hosts at 127.0.0.2, 127.0.0.3, …"""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._last = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def new(self) -> Host:
        self._last += 1
        return Host(f"127.0.0.{self._last}", self._stack)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    with Hosts() as hosts:
        yield hosts


def start(workers: Workers, **settings: object) -> list[subprocess.Popen[bytes]]:
    return [workers.start(**settings) for _ in THREE]


async def test_three_workers_keep_to_a_hosts_limit(hosts: Hosts, workers: Workers, service: Service) -> None:
    one, two = hosts.new(), hosts.new()
    start(workers, host_concurrency=2, host_delay=0)
    batch = await service.batch(*one.pages(24, delay=0.1), *two.pages(24, delay=0.1))

    ended = await service.batch_ended(batch)
    assert ended.counts.done == 48
    assert (one.site.most_in_flight, two.site.most_in_flight) == (2, 2)


@pytest.mark.parametrize("takes", [0.0, 0.2, 1.0])
async def test_three_workers_keep_to_a_hosts_delay(
    hosts: Hosts, workers: Workers, service: Service, takes: float
) -> None:
    host = hosts.new()
    start(workers, host_concurrency=3, host_delay=0.3, robots="obey")
    ended = await service.batch_ended(await service.batch(*host.pages(15, delay=takes)))

    assert ended.counts.done == 15
    assert host.site.hits("/robots.txt") == 1
    assert min(host.gaps) >= 0.3, host.gaps


async def test_a_host_that_never_answers_is_left_alone_and_all_its_jobs_end(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    dead, quick = hosts.new(), hosts.new()
    choice = {"host_concurrency": 2, "host_delay": 0, "host_failures": 2, "host_rest": 30}
    start(workers, **choice, fetch_timeout=0.5, job_timeout=4, max_attempts=1)
    batch = await service.batch(*dead.pages(40, delay=60), *quick.pages(10))
    ended = await service.batch_ended(batch)

    assert (ended.counts.done, ended.counts.failed) == (10, 40)
    results = await service.store.results(batch, "", 0, 100)
    assert results
    codes = [job.error.code for job in results.jobs if job.error]
    assert set(codes) == {"fetch_timeout", "host_unavailable"}
    assert len(dead.at) <= 4
    first = [job.status for job in results.jobs[: 10 + codes.count("fetch_timeout")]]
    assert first.count(Status.DONE) == 10, "nobody waited for the dead one"


def a_second() -> str:
    return "1"


def a_date() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


@pytest.mark.parametrize("when", [a_second, a_date])
async def test_one_429_slows_its_host_down_for_all_workers(
    hosts: Hosts, workers: Workers, service: Service, when: object
) -> None:
    host = hosts.new()
    assert callable(when)
    start(workers, host_concurrency=1, host_delay=0.05)
    await service.batch_ended(await service.batch(*host.pages(3)))
    host.at.clear()
    host.refuse.append({"retry-after": when()})
    ended = await service.batch_ended(await service.batch(*host.pages(8)))

    assert ended.counts.done == 8
    assert host.gaps[0] >= 0.9, "after the first of these, all kept away"
    assert min(host.gaps[1:]) >= 0.05


async def test_the_slot_of_a_killed_worker_is_free_within_the_lease(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    endless, quick = host.pages(1, delay=60)[0], host.site.page("/quick", PAGE)
    choice = {"host_concurrency": 1, "host_delay": 0, "lease": 2}
    killed = workers.start(**choice)
    (held,) = await service.submit(endless)
    await until(lambda: service.is_running(held))
    workers.start(**choice)
    (job_id,) = await service.submit(quick)
    await asyncio.sleep(1.0)
    assert (await service.job(job_id)).status is Status.QUEUED

    killed.send_signal(signal.SIGKILL)
    await service.store.cancel(held, "")  # or the other worker would take it up again, and wait
    assert (await service.ended(job_id)).status is Status.DONE


async def test_a_page_that_robots_txt_forbids_is_not_asked_for(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    page, hidden = host.pages(2)
    host.site.page("/robots.txt", "User-agent: Pith\nDisallow: /1\n", content_type="text/plain")
    away = host.site.redirect("/away", hidden)
    workers.start(robots="obey")
    jobs = [await service.ended(job_id) for job_id in await service.submit(page, hidden, away)]

    codes = [job.error.code if job.error else None for job in jobs]
    assert codes == [None, "robots_disallowed", "robots_disallowed"]
    assert (host.site.hits("/0"), host.site.hits("/1"), host.site.hits("/robots.txt")) == (1, 0, 1)
    stored = await service.store.page(jobs[0])
    assert stored
    assert stored["page"]["robots"] == "obeyed"


async def test_a_job_may_pass_over_robots_txt_where_the_operator_lets_it(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    host.site.page("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    workers.start(robots="obey", robots_override="true")
    request = JobRequest(host.pages(1)[0], robots="off")
    (job_id,) = (await service.store.submit([request], owner="")).job_ids
    job = await service.ended(job_id)

    stored = await service.store.page(job)
    assert stored
    assert stored["page"]["robots"] == "off"
    assert host.site.hits("/robots.txt") == 0


@pytest.mark.parametrize("status", [500, 503])
async def test_a_robots_txt_that_cannot_be_read_is_waited_for_then_given_up(
    hosts: Hosts, workers: Workers, service: Service, status: int
) -> None:
    host = hosts.new()
    host.site.page("/robots.txt", "no", status=status)
    workers.start(robots="obey", host_concurrency=1, host_delay=0, host_rest=0.5, job_timeout=6)
    (job_id,) = await service.submit(*host.pages(1))
    job = await service.ended(job_id)

    assert job.error
    assert job.error.code == "robots_unreachable"
    assert host.site.hits("/0") == 0
    assert host.site.hits("/robots.txt") >= 2


async def test_a_network_of_ones_own_is_asked_for_no_robots_txt_and_at_full_speed(
    hosts: Hosts, workers: Workers, service: Service
) -> None:
    host = hosts.new()
    workers.start()
    ended = await service.batch_ended(await service.batch(*host.pages(24, delay=0.5)))
    assert ended.counts.done == 24
    assert host.site.most_in_flight > 10
    assert host.site.hits("/robots.txt") == 0
