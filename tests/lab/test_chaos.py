"""A small storm: what lab.bench chaos does at length."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from lab import bench, chaos, road, storm


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.timeout(240)
def test_jobs_end_once_while_workers_their_children_and_the_api_are_killed() -> None:
    chosen = bench.arguments(["chaos", "--jobs", "600", "--seeds", "1", "--lease", "3", "--every", "4"])
    said = chosen.run(chosen)
    assert "| 600 of 600 |" in said
    assert "| sound |" in said


def test_a_job_that_is_missing_stuck_twice_or_left_in_a_queue_is_not_sound() -> None:
    right = chaos.Truth(records=2, stuck=0, listed=2, counted=2, left=())

    def outcome(ended: int, truth: chaos.Truth) -> chaos.Outcome:
        run = road.Run(2)
        for n in range(ended):
            page = {"verdict": "ok"}
            run.add({"id": str(n), "status": "done", "attempts": 1, "error": None, "page": page})
        never_started = storm.Storm(None, None, 1.0)  # type: ignore[arg-type]
        return chaos.Outcome(1, 2, run, never_started, 1.0, truth, [])

    assert outcome(2, right).sound
    assert not outcome(1, right).sound
    wrong: tuple[dict[str, Any], ...] = (
        {"records": 1},
        {"stuck": 1},
        {"listed": 3},
        {"counted": 3},
        {"left": ("rq:wip",)},
    )
    for one in wrong:
        assert not outcome(2, replace(right, **one)).sound
