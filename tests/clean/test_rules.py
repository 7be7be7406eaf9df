"""The registry of rules, the words behind them, and verdicts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from worker.clean import Options, Rules, clean
from worker.clean.lexicon import lexicon, normal
from worker.clean.naming import named
from worker.clean.rules import RULES
from worker.clean.rules.rule import DECISIONS, KINDS

CONFIG = Path(__file__).parents[2] / "config"
PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)


def test_every_rule_has_one_name_and_a_known_kind() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {rule.kind for rule in RULES} <= set(KINDS)
    assert set(Rules().names) == {*names, *DECISIONS}


def test_a_rule_that_is_not_there_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="no such rule: nonsense"):
        Rules().without("caption", "nonsense")


def test_paragraphs_that_differ_in_their_numbers_are_not_said_twice() -> None:
    line = "In the year {n} the river rose by {n} centimetres, and nobody in the lower town was surprised."
    text = clean(
        "<article>" + "".join(f"<p>{line.format(n=n)}</p>" for n in (3, 14, 159, 3)) + "</article>"
    ).text
    assert [text.count(f"year {n} ") for n in (3, 14, 159)] == [1, 1, 1]


def test_a_rule_switched_off_leaves_its_blocks_in_the_text() -> None:
    caption = "<figure><figcaption>Ice at the weir</figcaption></figure>"
    html = f"<main><p>{PROSE}</p>{caption}<p>{PROSE[::-1]}</p></main>"
    assert "Ice" not in clean(html).text
    assert "Ice" not in clean(html, rules=Rules().without("model")).text
    assert "Ice" in clean(html, rules=Rules().without("model", "caption")).text


@pytest.mark.parametrize("path", sorted((CONFIG / "phrases").glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_of_phrases_is_sorted_and_says_nothing_twice(path: Path) -> None:
    tables = tomllib.loads(path.read_text("utf-8"))
    for name in tables.keys() - {"grammar"}:
        for items in tables[name].values():
            assert items == sorted(items, key=str.casefold)
            forms = [normal(item) for item in items]
            assert all(forms)


def test_a_line_is_known_whatever_its_case_punctuation_and_digits() -> None:
    phrases = lexicon().said.lines[normal("  128 KOMMENTARE: ")]
    assert ("comments", "de") in {phrase[:2] for phrase in phrases}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("jp-relatedposts", "related"), ("relatedArticles", "related"), ("sd-sharing-enabled", "share")),
        *(
            ("wp-caption-text", "caption"),
            ("cookie-law-info-bar", "consent"),
            ("author-bio__text", "author_bio"),
        ),
        *(("css-1x9k0r", None), ("has-sidebar", None), ("no-comments", None), ("shareholder", None)),
        *(("entry-content", None), ("article-body", None), ("x" * 500, None)),
    ],
)
def test_class_names_say_what_a_box_is(name: str, kind: str | None) -> None:
    assert next((hit.kind for hit in named({"class": name})), None) == kind


@pytest.mark.parametrize(
    ("html", "verdict"),
    [
        ("", "thin"),
        ("<p>Closed on Mondays.</p>", "thin"),
        (f"<article><h1>River</h1><p>{PROSE * 4}</p></article>", "ok"),
        ("<title>Just a moment...</title><p>Checking your browser before you go on.</p>", "bot_wall"),
        ("<title>404</title><h1>Page not found</h1><p>It may have moved.</p>", "error_page"),
        (
            "<p>We use cookies to improve your experience. Accept?</p><button>Accept all</button>",
            "consent_wall",
        ),
        (f"<p>{PROSE * 2}</p><h2>Subscribe to continue reading</h2>", "paywall"),
    ],
)
def test_a_page_has_a_verdict(html: str, verdict: str) -> None:
    page = clean(html)
    assert page.verdict == verdict
    assert 0 <= page.confidence <= 1
    assert not (page.text and verdict in ("consent_wall", "bot_wall"))


def test_plain_text_is_not_parsed() -> None:
    page = clean(b"One < two,\nand more.\n\nIf a&amp;b then c.")
    assert page.text == "One < two,\nand more.\n\nIf a&amp;b then c."
    assert page.receipts == ()


def test_plain_text_without_spaces_between_words_is_not_thin() -> None:
    assert clean("河水在夜里上涨了十一厘米，下城里没有人感到惊讶。" * 8).verdict == "ok"


def test_a_page_that_begins_with_thousands_of_blank_lines_is_no_plain_text() -> None:
    assert clean("\r\n" * 3000 + f"<html><main><p>{PROSE}</p></main>").text == PROSE.strip()


def test_an_empty_page_is_a_page() -> None:
    stored = clean(b"", options=Options()).to_dict()
    assert stored["page"]["text"] == ""
    assert stored["receipts"] == []
