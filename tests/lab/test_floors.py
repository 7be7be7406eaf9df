from __future__ import annotations

from pathlib import Path

from lab import floors

DATA = Path(__file__).parents[3] / "shared" / "bench"  # lab/README.md says how the sets come there

if DATA.is_dir():  # no test at all where they aren't: a skipped one fails where everything must be tested

    def test_no_score_falls_below_its_floor() -> None:
        found = list(floors.floors(DATA))
        assert not [floor for floor in found if floor.found < floor.least], "\n" + floors.report(found)


def test_a_report_names_the_floor_and_what_was_found() -> None:
    low = floors.Floor("daniel", "token F1", 0.9, 0.912)
    assert "| daniel | token F1 | 0.900 | 0.912 |" in floors.report([low])
