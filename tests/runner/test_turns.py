"""Jobs that a worker holds ahead of their turn."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from worker.jobs.hosts import GRACE, Heard
from worker.jobs.model import Back, Claim, Done, Outcome, Turn
from worker.jobs.options import Options
from worker.runner.turns import SLACK, Turns

pytestmark = pytest.mark.anyio


def claims(
    *waits: float, late: float = 0.1, pause: float = 0.0, slots: int = 2, awaited: bool = False
) -> list[Claim]:
    turns = [Turn(wait, late, pause, slots, awaited) for wait in waits]
    return [
        Claim(str(n), str(n), "https://a.org/", Options(), {}, 1, 60.0, host="a.org", turn=turn)
        for n, turn in enumerate(turns)
    ]


class Site:
    """What is attended to, when, and how many at once."""

    def __init__(self, *takes: float, heard: Heard | None = None) -> None:
        self._takes = takes
        self._heard = heard or Heard()
        self.at: list[float] = []
        self.flying = self.most = 0

    async def attend(self, claim: Claim) -> Outcome:
        self.at.append(asyncio.get_running_loop().time())
        self.flying += 1
        self.most = max(self.most, self.flying)
        await asyncio.sleep(self._takes[int(claim.job_id) % len(self._takes)])
        self.flying -= 1
        return Done(claim, b"", heard=replace(self._heard, asked=time.monotonic()))

    async def run(self, held: list[Claim]) -> tuple[list[Outcome], Turns]:
        turns = Turns(self.attend)
        for claim in held:
            turns.hold(claim)
        outcomes = await asyncio.gather(*map(turns.attend, held))
        return list(outcomes), turns


async def test_each_goes_when_its_turn_comes_and_not_before() -> None:
    site, loop = Site(0.0), asyncio.get_running_loop()
    began = loop.time()
    outcomes, _ = await site.run(claims(0.0, 0.2, 0.4, pause=0.15))
    assert [type(outcome) for outcome in outcomes] == [Done] * 3
    assert [at - began >= wait for at, wait in zip(site.at, (0.0, 0.2, 0.4), strict=True)] == [True] * 3


async def test_one_that_goes_late_moves_the_next_one_up() -> None:
    site = Site(0.25, 0.0)  # the second must wait for the first, and with it the third
    outcomes, _ = await site.run(claims(0.0, 0.2, 0.3, late=1.0, pause=0.2, slots=1))
    assert [type(outcome) for outcome in outcomes] == [Done] * 3
    assert min(b - a for a, b in pairwise(site.at)) >= 0.2


async def test_no_more_are_in_flight_than_the_host_allows() -> None:
    site = Site(0.05)
    outcomes, _ = await site.run(claims(*[0.0] * 9, late=5.0, slots=2))
    assert {type(outcome) for outcome in outcomes} == {Done}
    assert site.most == 2


async def test_one_whose_turn_passed_goes_back() -> None:
    site = Site(0.5)
    outcomes, _ = await site.run(claims(0.0, 0.1, late=0.1, slots=1))
    assert [type(outcome) for outcome in outcomes] == [Done, Back]


@pytest.mark.parametrize("heard", [Heard(rest=1.0), Heard(silent=True), Heard(unreachable=True)])
async def test_none_goes_once_the_host_must_be_left_alone(heard: Heard) -> None:
    site = Site(0.0, heard=heard)
    outcomes, _ = await site.run(claims(0.0, 0.1, 0.2))
    assert [type(outcome) for outcome in outcomes] == [Done, Back, Back]


async def test_those_ahead_of_their_turn_take_no_slots_of_other_hosts() -> None:
    turns = Turns(Site(0.0).attend)
    held = claims(*[0.0] * 8, slots=2, awaited=True)
    for claim in held:
        turns.hold(claim)
    assert turns.busy == {"a.org": 2}
    for claim in held[:7]:
        turns.end(claim)
    assert turns.busy == {"a.org": 1}
    assert turns.frees_in(held[7]) == 0.0
    for claim in held[:7]:
        turns.drop(claim, None)
    assert turns.busy == {"a.org": 1}


@pytest.mark.parametrize(("awaited", "frees_in"), [(True, 0.3 + SLACK), (False, None)])
async def test_the_last_of_a_host_with_pauses_frees_its_slot_when_the_pause_is_over(
    awaited: bool,  # noqa: FBT001
    frees_in: float | None,
) -> None:
    turns = Turns(Site(0.0).attend)
    first, last = held = claims(0.0, 0.0, pause=0.3, awaited=awaited)
    for claim in held:
        turns.hold(claim)
    assert turns.frees_in(first) is None
    turns.end(first)
    assert turns.frees_in(last) == frees_in


async def test_the_pause_runs_from_the_answer() -> None:
    site = Site(0.2, 0.0)
    outcomes, _ = await site.run(claims(0.0, 0.1, late=5.0, pause=0.3))
    assert [type(outcome) for outcome in outcomes] == [Done] * 2
    assert site.at[1] - site.at[0] >= 0.2 + 0.3


async def test_a_slow_answer_is_not_waited_for_but_the_next_goes_later() -> None:
    site = Site(GRACE + 2.0, 0.0)
    outcomes, _ = await site.run(claims(0.0, 0.1, late=5.0, pause=0.3))
    assert [type(outcome) for outcome in outcomes] == [Done] * 2
    assert GRACE + 0.3 <= site.at[1] - site.at[0] < GRACE + 2.0


async def test_those_claimed_after_redis_heard_of_it_go_though_an_older_one_is_still_in_flight() -> None:
    site = Site(0.5, 0.0, 0.0, 0.0, heard=Heard(rest=0.1))
    turns = Turns(site.attend)
    slow, first, before, after = claims(*[0.0] * 4, late=5.0, slots=3)
    for claim in (slow, first):
        turns.hold(claim)
    in_flight = asyncio.create_task(turns.attend(slow))
    outcome = await turns.attend(first)
    turns.hold(before)  # by a call that was on its way
    turns.end(first)
    turns.drop(first, outcome)
    turns.hold(after)
    kinds = [type(await turns.attend(claim)) for claim in (before, after)]
    assert not in_flight.done()
    assert kinds == [Back, Done]
    await in_flight


async def test_turns_that_pass_as_others_end_leave_the_gate_as_it_was() -> None:
    """Whatever falls together: the end of one, the time of those behind it, their being cancelled."""
    chance = random.Random(1)
    for _ in range(300):
        turns = Turns(Site(chance.choice((0.0, 0.001, 0.002, 0.003))).attend)
        waits = [chance.choice((0.0, 0.001, 0.002)) for _ in range(5)]
        late, pause = chance.choice((0.002, 0.004, 0.006)), chance.choice((0.0, 0.001, 0.002))
        held = claims(*waits, late=late, pause=pause, slots=chance.choice((1, 2)))
        for claim in held:
            turns.hold(claim)
        tasks = [asyncio.create_task(turns.attend(claim)) for claim in held]
        await asyncio.sleep(0.002)
        tasks[-1].cancel()
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        assert {type(one) for one in ended} <= {Done, Back, asyncio.CancelledError}
