"""The whole road, measured: three pages of it."""

from __future__ import annotations

import lzma
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from lab import road

if TYPE_CHECKING:
    from pathlib import Path

PROSE = (
    "Number {n} tells of a river that runs past a mill, and of the miller who counts the days by its wheel. "
)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_every_page_goes_the_whole_road_and_what_it_cost_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(n), "html": f"<article><p>{PROSE.format(n=n) * 9}</p></article>"}
        | {"url": None, "gold_text": None, "with": [], "without": [], "lang": None, "page_type": None}
        for n in range(3)
    ]
    with lzma.open(tmp_path / "wcxb-dev.jsonl.xz", "wb") as file:
        file.write(b"\n".join(map(orjson.dumps, rows)))
    assert road.main(["--data", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "| 3, 3 |" in said
    assert "| done 3 |" in said
    assert "| ok 3 |" in said


def test_a_job_that_did_not_end_or_failed_for_our_fault_is_no_sound_run() -> None:
    def ended(job_id: str, code: str = "") -> dict[str, object]:
        error = {"code": code} if code else None
        return {
            "id": job_id,
            "status": "failed" if code else "done",
            "attempts": 1,
            "error": error,
            "page": None,
        }

    run = road.Run(total=2)
    run.add(ended("a"))
    assert not run.sound
    run.add(ended("b", "http_404"))
    assert run.sound
    run = road.Run(total=1)
    run.add(ended("a", "clean_failed"))
    assert not run.sound
