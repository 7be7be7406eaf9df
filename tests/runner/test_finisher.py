"""How long an outcome waits for others to go with."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import pytest

from worker.jobs.model import Claim, Done
from worker.jobs.options import Options
from worker.runner.finisher import ENOUGH, LINGER_IN_BATCH, MOST_BYTES, SHORT, Finisher

pytestmark = pytest.mark.anyio

AT_ONCE = 0.0


def single(*, awaited: bool = False, in_batch: bool = False) -> Done:
    claim = Claim("1", "1", "https://a.org/", Options(), {}, 1, 60.0, awaited=awaited, in_batch=in_batch)
    return Done(claim, b"")


def waits(*outcomes: Done, frees_in: float | None = None, backlog: bool = False) -> tuple[float, float]:
    """Seconds, to some ms: while others are in flight, and when none is."""
    finisher = Finisher(lambda _: None)
    finisher.backlog = backlog
    now = asyncio.get_running_loop().time()
    for outcome in outcomes:
        finisher.add(outcome, frees_in=frees_in)
    busy, at_rest = (max(0.0, finisher.due(at_rest=each) - now) for each in (False, True))
    return round(busy, 2), round(at_rest, 2)


async def test_nothing_is_due_when_there_is_nothing() -> None:
    assert waits() == (math.inf, math.inf)


@pytest.mark.parametrize("backlog", [False, True])
async def test_a_job_whose_caller_is_on_the_line_waits_for_nobody(backlog: bool) -> None:  # noqa: FBT001
    assert waits(single(awaited=True), backlog=backlog) == (AT_ONCE, AT_ONCE)
    assert waits(single(), single(awaited=True), backlog=backlog) == (AT_ONCE, AT_ONCE)


async def test_a_single_job_waits_for_the_next_even_at_rest_and_the_last_of_a_batch_does_not() -> None:
    assert min(waits(single())) > 0
    busy, at_rest = waits(single(in_batch=True))
    assert busy > 0
    assert at_rest == AT_ONCE


async def test_what_others_wait_for_goes_when_their_turn_may_come() -> None:
    assert waits(single(in_batch=True), frees_in=0.0) == (SHORT, SHORT)
    assert waits(single(in_batch=True), frees_in=0.4) == (0.4, 0.4)
    assert waits(single(), frees_in=60.0) == (LINGER_IN_BATCH, LINGER_IN_BATCH)


async def test_many_need_no_more_company() -> None:
    assert waits(*[single(in_batch=True)] * ENOUGH) == (AT_ONCE, AT_ONCE)


async def test_what_came_while_others_were_on_their_way_waits_as_long_as_ever() -> None:
    finisher = Finisher(lambda _: None)
    first, second = single(awaited=True), single()
    finisher.add(first, frees_in=None)
    gone = finisher.oldest()
    finisher.add(second, frees_in=None)
    finisher.taken(gone, [True])
    assert finisher.due(at_rest=True) > asyncio.get_running_loop().time()
    assert finisher.oldest() == (second,)


async def test_one_call_takes_large_pages_up_to_its_limit_and_one_that_is_larger_by_itself() -> None:
    half, whole = b"x" * (MOST_BYTES // 2), b"x" * (MOST_BYTES + 1)
    finisher = Finisher(lambda _: None)
    for page in (half, half, b"x", whole, b"x"):
        finisher.add(replace(single(), page=page), frees_in=None)
    calls = []
    while not finisher.empty:
        outcomes = finisher.oldest()
        calls.append([len(outcome.page) for outcome in outcomes if isinstance(outcome, Done)])
        finisher.taken(outcomes, [True] * len(outcomes))
    assert calls == [[len(half), len(half)], [1], [len(whole)], [1]]
