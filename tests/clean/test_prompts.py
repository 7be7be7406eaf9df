"""What asks the reader for something goes, in every language; prose of the same words stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from worker.clean import Page, Rules, clean
from worker.clean.lexicon import FOLDER

LINES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("prompts.toml").read_text("utf-8")
)
PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)
PROMPTS = [(language, line) for language, lines in LINES.items() for line in lines["prompts"]]
KEPT = [(language, line) for language, lines in LINES.items() for line in lines["prose"]]


def page(language: str, line: str) -> Page:
    """An article with this line in its middle, without a model that might have its own reasons."""
    body = f"<p>{PROSE * 2}</p>" * 2 + f"<p>{line}</p><p>{PROSE[::-1] * 2}</p>"
    html = f"<html lang={language}><article><h1>High water</h1>{body}</article></html>"
    return clean(html, rules=Rules().without("model", "repeated"))


@pytest.mark.parametrize(("language", "line"), PROMPTS)
def test_a_prompt_inside_an_article_is_taken_out(language: str, line: str) -> None:
    assert line not in page(language, line).text


@pytest.mark.parametrize(("language", "line"), KEPT)
def test_prose_of_the_same_words_stays(language: str, line: str) -> None:
    assert line in page(language, line).text


def test_every_language_of_the_phrases_is_tried() -> None:
    assert LINES.keys() == {path.stem for path in FOLDER.glob("*.toml")}
