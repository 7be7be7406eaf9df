"""Pages made to be expensive, through real cleaning children: none is lost, none goes over its limits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from config.settings import Settings
from tests.hostile.bombs import BODY, BOMBS, MIB, PROSE
from worker.clean import Options, clean, votes
from worker.clean.blocks import walk
from worker.errors import BadSelector, CleanMemory, CleanTimeout
from worker.runner.cleaners import Cleaners, Task

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())
GOOD = BODY + PROSE
LIMITS = Settings(cleaners=2, clean_timeout=240)  # seconds: for a machine under load; alone none takes ten
# Each makes lexbor try all ways up a deep page or along a wide one, if it is asked for the whole.
SLOW_SELECTORS = (
    "zz" + " *" * 9, "zz" + " ~ *" * 9, "* " * 200 + "*", "div" + ":has(div" * 60 + ")" * 60,
    "p:has(~ zz)", ":not(zz ~ p)", ":is(zz * * p)", "p:nth-child(2n+1)", "p:nth-last-child(3)",
    ":nth-child(2 of p)",
)  # fmt: skip
SLOW_PAGES = {
    "deep": BODY + "<div>" * 900 + "<p>word " * 100 + PROSE,
    "wide": BODY + "<p>word</p>" * 20_000 + "<i></i>" * 100_000 + PROSE,
}
# What is written again before each line, or for each row of the widest.
GROWING = {
    "quotations": BODY + "<blockquote>" * 900 + "<p>word</p>" * 5000,
    "lists": BODY + "<ul><li>" * 450 + "<p>word</p>" * 5000,
    "lists-with-lines": BODY + "<ul><li>" * 450 + "word<br>" * 5000,
    "ragged-table": BODY + "<table><tr>" + "<td>x" * 3000 + "<tr><td>word" * 2500,
}


def task(page: str, *selectors: str) -> Task:
    body = page.encode("utf-8", "surrogatepass")
    return Task(body, "https://site.example/a", None, Options(exclude=selectors), 200)


def cleaned(tasks: list[Task], settings: Settings = LIMITS) -> list[str]:
    """The verdict of each, or the code of its error. One that is not a page's own fault fails the test."""

    async def run() -> list[str]:
        async with Cleaners(settings) as cleaners:
            return await asyncio.gather(*(_one(cleaners, one) for one in tasks))

    return asyncio.run(run())


async def _one(cleaners: Cleaners, one: Task) -> str:
    try:
        return (await cleaners.clean(one)).verdict
    except (CleanTimeout, CleanMemory, BadSelector) as error:
        return error.code


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """All bombs by two children, a good page after each."""
    found = cleaned([one for page in BOMBS.values() for one in (task(page), task(GOOD))])
    assert set(found[1::2]) == {"ok"}
    return dict(zip(BOMBS, found[::2], strict=True))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", BOMBS)
def test_a_page_bomb_is_cleaned_within_the_limits_of_a_child(name: str, outcomes: dict[str, str]) -> None:
    assert outcomes[name] in ("ok", "thin", "index_page")


def test_a_page_that_takes_too_long_is_ended_and_the_next_is_served() -> None:
    slow = task(BODY + "<p>x" * 400_000)
    hasty = Settings(cleaners=1, clean_timeout=4)
    assert cleaned([slow, task(GOOD), slow, task(GOOD)], hasty) == ["clean_timeout", "ok"] * 2


def test_a_page_that_takes_too_much_memory_is_ended_and_the_next_is_served() -> None:
    large = task(BODY + "<p class=a>x" * 400_000)
    small = Settings(cleaners=1, clean_timeout=240, clean_memory=256 * MIB)
    assert cleaned([large, task(GOOD)], small) == ["clean_memory", "ok"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", SLOW_PAGES.values(), ids=SLOW_PAGES)
def test_no_selector_costs_a_page_its_time(page: str) -> None:
    tasks = [task(page, selector) for selector in SLOW_SELECTORS]
    tasks.append(task(page, *(f"*:has(> .a{n}):not(.b)" for n in range(50))))
    found = cleaned([*tasks, task(GOOD)])
    assert set(found[:-1]) <= {"ok", "thin", "index_page", "bad_selector"}
    assert found[-1] == "ok"


@pytest.mark.parametrize("page", GROWING.values(), ids=GROWING)
def test_no_page_becomes_many_times_as_long(page: str) -> None:
    found = clean(page, url="https://site.example/a", options=Options(include=("body",)))
    assert found.word_count >= 1000
    assert max(map(len, (found.text, found.markdown, found.html))) <= 20 * len(page)


def test_a_page_of_very_many_blocks_is_not_given_to_the_second_reader() -> None:
    """Which counts the cells of a row for each cell."""
    page = BODY + "<article>" + PROSE * 20 + "<p>word" * votes.MOST + "</article>"
    assert votes.votes(page, walk(page)) is None


@pytest.mark.parametrize("page", CORPUS, ids=lambda page: page.name)
def test_what_a_fuzzer_found_is_cleaned(page: Path) -> None:
    assert clean(page.read_bytes(), url="https://site.example/a").to_dict()
