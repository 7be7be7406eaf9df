"""What counts as a line eaten, and as a related line."""

from __future__ import annotations

from lab.leaks import Tally, read, related
from lab.sets import Sample

PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)
READ_ALSO = "Read also: The old lock is dredged after all"
PROMPT = "Sign up now for our daily newsletter."
HTML = (
    f"<html lang=en><article><p>{PROSE * 2}</p><p><a href=/lock>{READ_ALSO}</a></p><p>{PROMPT}</p>"
    f"<p>{PROSE[::-1] * 2}</p><p><a href='#top'>Back to the top of this very page</a></p></article></html>"
)


def sample(gold: str, wanted: tuple[str, ...] = ()) -> Sample:
    return Sample("a set", "1", "https://valley.example/high-water", HTML, gold, wanted, (), "en", "article")


def test_a_related_line_leads_to_another_page_and_is_in_no_gold_text() -> None:
    assert related(sample("")) == {READ_ALSO}
    assert related(sample(f"{PROSE}\n{READ_ALSO}")) == set()
    assert related(sample("", (READ_ALSO,))) == set()


def test_a_line_that_the_text_pass_took_is_eaten_only_if_it_is_in_the_gold_text() -> None:
    tally = Tally()
    read(sample(f"{PROSE * 2}\n{PROMPT}"), {}, {"all of it": lambda page: page.html}, tally)
    assert tally.gold_lines == 2
    assert [line.rsplit("] ", 1)[1] for line in tally.eaten] == [PROMPT]
    assert tally.lines == []  # the other line went for a reason of the model
    assert tally.leaked == {"pith": [], "all of it": [f"a set/1: {READ_ALSO}"]}
