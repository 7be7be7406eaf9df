"""An operator's own phrases, beside those that come with Pith."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config import words
from config.settings import SettingsError
from worker.clean import Rules, clean
from worker.clean.lexicon import FOLDER, lexicon, taught

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "Cododd yr afon un centimetr ar ddeg yn ystod y nos, ac nid oedd neb yn y dref isaf yn synnu."
WELSH = """
[prompts]
comment_prompt = ["Dywedwch wrthym"]
[words]
letter = ["cylchlythyr"]
subscribe = ["tanysgrifiwch"]
our = ["ein"]
"""


def text(line: str, phrases: Path | None) -> str:
    html = f"<html lang=cy><main><p>{PROSE}</p><p>{line}</p><p>{PROSE[::-1]}</p></main></html>"
    return clean(html, rules=Rules(phrases=phrases).without("model")).text


@pytest.mark.parametrize("line", ["Dywedwch wrthym!", "Tanysgrifiwch i ein cylchlythyr."])
def test_a_phrase_of_the_operators_folder_takes_a_line_out(tmp_path: Path, line: str) -> None:
    (tmp_path / "cy.toml").write_text(WELSH)
    assert line in text(line, None)
    assert line not in text(line, tmp_path)
    assert PROSE in text(line, tmp_path)


def test_the_operators_words_add_to_those_that_come_with_pith(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[words]\nletter = ["gazette"]\n')
    line = "Sign up now for our gazette."
    assert line in text(line, None)
    assert line not in text(line, tmp_path)
    assert "newsletter" not in text("Sign up now for our newsletter.", tmp_path)


def test_the_block_model_sees_only_the_phrases_that_it_was_trained_on() -> None:
    prompts = {phrase.text for phrases in lexicon().said.lines.values() for phrase in phrases}
    assert "Tilaa uutiskirjeemme" in prompts
    assert "tilaa uutiskirjeemme" not in taught().lines


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[lines", "Expected"),
        ("[line]\nrelated = []", "[line] is none of"),
        ('[lines]\nrelated = "Read also"', "lines.related is not a list of strings"),
        ('[lines]\nrelatd = ["Read also"]', "there is no lines.relatd, only advert, author_bio"),
        ("[grammar]\nverb_everywhere = true", "there is no grammar.verb_everywhere, only verb_anywhere"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "cy.toml").write_text(content)
    with pytest.raises(SettingsError) as error:
        words.read_own(tmp_path)
    assert str(tmp_path / "cy.toml") in str(error.value)
    assert why in str(error.value)


def test_the_files_that_come_with_pith_can_be_used() -> None:
    assert len(words.read(FOLDER)) >= 29
