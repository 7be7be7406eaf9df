"""The clocks on the pipeline's stages."""

from __future__ import annotations

from lab.sets import Sample
from lab.stages import CLEANED, once
from worker.clean import pipeline

PROSE = "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised. " * 9
SAMPLE = Sample("set", "1", "http://h.example/", f"<main><p>{PROSE}</p></main>", None, (), (), None, "")


def test_each_stage_that_ran_has_a_time_and_all_holds_them() -> None:
    laps = once(SAMPLE)
    assert {"decode", "walk", "model", "receipts", "text", "markdown", "html", "pack"} <= laps.keys()
    assert laps[CLEANED] >= laps["walk"] + laps["text"] > 0


def test_the_pipeline_is_itself_again_after_a_timing() -> None:
    before = dict(vars(pipeline))
    once(SAMPLE)
    assert dict(vars(pipeline)) == before
