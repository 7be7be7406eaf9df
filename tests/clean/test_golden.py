"""The golden pages: whole pages with the exact text a person came to read. See tests/pages/README.md."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from worker.clean import Options, Page, Rules, clean
from worker.clean.decode import decode

PAGES = Path(__file__).parent.parent / "pages"
FOLDERS = sorted(folder.name for folder in PAGES.iterdir() if folder.is_dir())
FIELDS = ("title", "authors", "published", "kind", "verdict")
KEYS = {*FIELDS, "language", "url", "charset", "options", "guards", "tempts", "twin", "words", "absent"}
MOST_SHOWN = 12  # differences that a failing page shows


@dataclass(frozen=True, slots=True)
class Golden:
    """One folder of tests/pages: the page as bytes, its text, and what else holds of it."""

    name: str
    body: bytes
    text: str
    expect: dict[str, object]

    @property
    def guards(self) -> tuple[str, ...]:
        """The rules without which this page must fail; switched off together."""
        named = self.expect.get("guards", ())
        return (named,) if isinstance(named, str) else tuple(named)  # type: ignore[arg-type]

    def string(self, key: str) -> str | None:
        value = self.expect.get(key)
        assert value is None or isinstance(value, str), f"{self.name}: {key} is a string"
        return value


@cache
def golden(name: str) -> Golden:
    """Read a folder; one that lacks a file or has an unknown key fails whatever asks for it."""
    folder = PAGES / name
    expect = tomllib.loads((folder / "expect.toml").read_text(encoding="utf-8"))
    assert not (unknown := expect.keys() - KEYS), f"{name}/expect.toml: unknown {', '.join(sorted(unknown))}"
    (page,) = (file for file in folder.iterdir() if file.stem == "page")
    text = (folder / "expected.txt").read_text(encoding="utf-8")
    return Golden(name, page.read_bytes(), text.strip(), expect)


def cleaned(page: Golden, rules: Rules | None = None) -> Page:
    options = page.expect.get("options", {})
    assert isinstance(options, dict)
    given: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    chosen = Options(**given)
    url, charset = page.string("url"), page.string("charset")
    return clean(page.body, url=url, charset=charset, options=chosen, rules=rules or Rules())


@cache
def result(name: str) -> Page:
    return cleaned(golden(name))


def differences(wanted: str, got: str) -> list[str]:
    """Lines missing from `got` and lines too many in it, in words; empty if the texts are the same."""
    if wanted == got.strip():
        return []
    want, have = Counter(wanted.splitlines()), Counter(got.strip().splitlines())
    lost = [f"missing: {line}" for line in wanted.splitlines() if line not in have]
    extra = [f"too much: {line}" for line in got.splitlines() if line not in want]
    return lost + extra or ["the same lines, otherwise spaced, ordered or repeated"]


def field_differences(page: Golden, found: Page) -> list[str]:
    """Fields of the page that are not as expect.toml says. Of a language only the first subtag counts."""
    have = {field: getattr(found, field) for field in FIELDS} | {
        "language": (found.language or "").split("-")[0]
    }
    have["authors"] = list(found.authors)
    have["published"] = (found.published or "")[: len(page.string("published") or "")]
    wanted = {key: page.expect[key] for key in have if key in page.expect}
    return [f"{key}: {have[key]!r}, not {value!r}" for key, value in wanted.items() if have[key] != value]


def failures(page: Golden, found: Page) -> list[str]:
    """Whatever of this page's expectation does not hold."""
    lines = set(found.text.splitlines())
    absent = page.expect.get("absent", [])
    assert isinstance(absent, list)
    leaked = [f"leaked: {line}" for line in absent if line in lines]
    return differences(page.text, found.text) + leaked + field_differences(page, found)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_page_is_cleaned_to_exactly_the_expected_text(name: str) -> None:
    assert not (wrong := failures(golden(name), result(name))), "\n".join(wrong[:MOST_SHOWN])


@pytest.mark.parametrize("name", FOLDERS)
def test_the_page_is_cleaned_to_the_same_text_where_there_is_no_model(name: str) -> None:
    assert not (wrong := sorted(failures_without(golden(name), ()))), "\n".join(wrong[:MOST_SHOWN])


def letters(text: str) -> Counter[str]:
    """How often each letter stands in `text`: figures are left out, a rendered list adds its own."""
    return Counter(character for character in text if character.isalpha())


def source_letters(page: Golden) -> Counter[str]:
    """Every letter in the body of the page, as the parser has it, by no code of ours but `decode`."""
    body = LexborHTMLParser(decode(page.body, page.string("charset"))).body
    assert body is not None
    for node in body.css("script, style, template"):
        node.decompose()
    return letters(body.text(separator=" "))


@pytest.mark.parametrize("name", FOLDERS)
def test_every_letter_of_the_page_is_in_the_text_or_in_a_receipt(name: str) -> None:
    found = result(name)
    accounted = letters(" ".join([found.text, *(receipt.text for receipt in found.receipts)]))
    source = source_letters(golden(name))
    assert (source - accounted, accounted - source) == (Counter(), Counter())


@pytest.mark.parametrize("name", FOLDERS)
def test_cleaning_the_same_page_again_gives_the_same_answer(name: str) -> None:
    assert cleaned(golden(name)).to_dict() == result(name).to_dict()


def failures_without(page: Golden, rules: tuple[str, ...]) -> set[str]:
    """What fails without the model, with these rules off too: the model would drop most of it anyway."""
    return set(failures(page, cleaned(page, Rules().without("model", *rules))))


@pytest.mark.parametrize("name", [name for name in FOLDERS if golden(name).guards])
def test_the_page_fails_when_the_rule_that_it_guards_is_switched_off(name: str) -> None:
    """Where several rules would each take the same lines, all are off; each one, put back, must help."""
    page = golden(name)
    everything = failures_without(page, page.guards)
    for rule in page.guards:
        others = tuple(other for other in page.guards if other != rule)
        assert everything - failures_without(page, others), f"{rule} can be switched off and nothing changes"


@pytest.mark.parametrize("name", [name for name in FOLDERS if "tempts" in golden(name).expect])
def test_words_kept_as_prose_are_dropped_on_the_twin_page_by_the_rule_they_tempt(name: str) -> None:
    """What shows that a page of prose can fail at all: on its twin the rule fires on the very same words."""
    page = golden(name)
    rule, twin, words = (page.string(key) or "" for key in ("tempts", "twin", "words"))
    assert words
    assert words in page.text, f"{name}: its text does not hold {words!r}"
    dropped = [receipt for receipt in result(twin).receipts if words.casefold() in receipt.text.casefold()]
    assert rule in {receipt.rule.split(":")[0] for receipt in dropped}, (
        f"{twin}: {words!r} dropped by {dropped}"
    )
