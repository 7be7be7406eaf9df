"""The pool of cleaning children against pages that hang, blow up and crash."""

from __future__ import annotations

import asyncio
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import MIB, Settings
from tests.runner import misbehaving
from worker.errors import BadSelector, CleanerLost, CleanFailed, CleanMemory, CleanTimeout, PageError
from worker.jobs import pages
from worker.jobs.options import Options
from worker.runner.cleaners import Cleaned, Cleaners, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def cleaners() -> AsyncIterator[Cleaners]:
    settings = Settings(cleaners=2, clean_timeout=2.0, clean_memory=256 * MIB)
    async with Cleaners(settings, misbehaving.clean) as cleaners:
        yield cleaners


def task(body: bytes) -> Task:
    return Task(body, "https://example.org/", None, Options(), 200)


def page(cleaned: Cleaned) -> dict[str, Any]:
    stored: dict[str, Any] = pages.unpack(cleaned.page)["page"]
    return stored


async def test_a_page_comes_back_packed_with_its_facts(cleaners: Cleaners) -> None:
    cleaned = await cleaners.clean(task(b"two words"))

    assert (cleaned.verdict, cleaned.words) == ("ok", 2)
    assert (page(cleaned)["text"], page(cleaned)["http_status"]) == ("two words", 200)


async def test_a_page_of_many_megabytes_goes_through() -> None:
    async with Cleaners(Settings(cleaners=1, clean_timeout=60.0), misbehaving.clean) as cleaners:
        cleaned = await cleaners.clean(task(b"word " * 1_000_000))

    assert cleaned.words == 1_000_000


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"sleep 60", CleanTimeout),
        (b"blow", CleanMemory),
        (b"die", CleanerLost),
        (b"bug", CleanFailed),
        (b"selector", BadSelector),
    ],
    ids=["hangs", "blows-up", "dies", "bug", "selector"],
)
async def test_a_bad_page_is_its_own_failure_and_the_pool_goes_on(
    cleaners: Cleaners, body: bytes, error: type[PageError]
) -> None:
    for _ in range(3):
        with pytest.raises(error):
            await cleaners.clean(task(body))

    for _ in range(4):
        assert (await cleaners.clean(task(b"fine"))).words == 1


async def test_children_work_side_by_side(cleaners: Cleaners) -> None:
    pids = {page(one)["pid"] for one in await asyncio.gather(*[cleaners.clean(task(b"sleep 0.2"))] * 1)}
    both = await asyncio.gather(cleaners.clean(task(b"sleep 0.2")), cleaners.clean(task(b"sleep 0.2")))

    assert len(pids | {page(one)["pid"] for one in both}) == 2


async def test_a_cancelled_cleaning_ends_its_child_and_frees_the_place(cleaners: Cleaners) -> None:
    pids = [page(await cleaners.clean(task(b"x")))["pid"] for _ in range(2)]
    cleaning = [asyncio.create_task(cleaners.clean(task(b"sleep 0.4"))) for _ in range(2)]
    await asyncio.sleep(0.1)
    for one in cleaning:
        one.cancel()
    await asyncio.gather(*cleaning, return_exceptions=True)

    after = [page(await cleaners.clean(task(b"x")))["pid"] for _ in range(2)]
    assert not set(pids) & set(after)


async def test_a_cleaning_that_is_cancelled_again_while_its_child_ends_frees_the_place() -> None:
    async with Cleaners(Settings(cleaners=1), misbehaving.clean) as cleaners:
        cleaning = asyncio.create_task(cleaners.clean(task(b"sleep 60")))
        await asyncio.sleep(0.1)
        while not cleaning.done():
            cleaning.cancel()
            await asyncio.sleep(0)
        async with asyncio.timeout(60.0):
            assert (await cleaners.clean(task(b"fine"))).words == 1


async def test_while_no_child_can_be_started_pages_may_be_tried_again() -> None:
    async with Cleaners(Settings(cleaners=1), misbehaving.clean) as cleaners:
        with pytest.raises(CleanerLost):
            await cleaners.clean(task(b"die"))
        with no_more_files():
            for _ in range(3):
                with pytest.raises(CleanerLost):
                    await cleaners.clean(task(b"fine"))
        assert (await cleaners.clean(task(b"fine"))).words == 1


@contextmanager
def no_more_files() -> Iterator[None]:
    """This process may open no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_child_begins_with_the_model_and_the_phrases_that_the_server_of_the_forks_has_read(
    cleaners: Cleaners,
) -> None:
    loaded = page(await cleaners.clean(task(b"loaded")))["text"]

    assert (
        loaded == "(1, True, False)"
    )  # phrases, what is shared is frozen, no second reader where a model is


async def test_a_child_in_which_pages_left_too_much_is_replaced() -> None:
    async with Cleaners(Settings(cleaners=1), misbehaving.clean) as cleaners:
        pids = [
            page(await cleaners.clean(task(body)))["pid"]
            for body in (b"x", b"keep 20", b"keep 60", b"x", b"x")
        ]

    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4]


async def test_a_child_that_can_give_back_what_pages_left_stays() -> None:
    async with Cleaners(Settings(cleaners=1), misbehaving.clean) as cleaners:
        pids = [page(await cleaners.clean(task(body)))["pid"] for body in (b"x", b"crumble 100", b"x")]

    assert pids[0] == pids[1] == pids[2]


@pytest.mark.parametrize("setting", ["max_tree_depth", "max_tree_nodes"])
async def test_a_child_reads_no_more_of_a_page_than_the_operator_allows(setting: str) -> None:
    body = b"<p>word</p>" * 9 + b"<div>" * 99 + b"<b>deep"
    whole = Settings(cleaners=1)
    read = []
    for settings in (whole, whole.model_copy(update={setting: 10})):
        async with Cleaners(settings) as cleaners:
            read.append(pages.unpack((await cleaners.clean(task(body))).page))
    assert read[0] != read[1]
