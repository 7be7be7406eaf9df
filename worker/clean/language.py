"""The language of a page: what it declares, else a guess by scripts and the commonest words."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worker.clean.told import Told

FILE = Path(__file__).resolve().parents[2] / "config" / "languages.toml"
SAMPLE = 4000  # characters, of the longest blocks
LEAST_WORDS = 20  # fewer words of a text tell nothing
LEAST_SHARE = 0.12  # of the words that must be common ones of a language
LEAD = 1.3  # times the next language's
SCRIPT_SHARE = 0.3  # of the letters

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?(?![A-Za-z])")
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]"), 0.05),  # before Han, which Japanese is mostly written in
    ("ko", re.compile(r"[\uac00-\ud7af]"), SCRIPT_SHARE),
    ("zh", re.compile(r"[\u4e00-\u9fff]"), SCRIPT_SHARE),
    ("el", re.compile(r"[\u0370-\u03ff]"), SCRIPT_SHARE),
    ("he", re.compile(r"[\u0590-\u05ff]"), SCRIPT_SHARE),
    ("th", re.compile(r"[\u0e00-\u0e7f]"), SCRIPT_SHARE),
    ("hi", re.compile(r"[\u0900-\u097f]"), SCRIPT_SHARE),
    ("ka", re.compile(r"[\u10a0-\u10ff]"), SCRIPT_SHARE),
    ("hy", re.compile(r"[\u0530-\u058f]"), SCRIPT_SHARE),
    ("bn", re.compile(r"[\u0980-\u09ff]"), SCRIPT_SHARE),
    ("ta", re.compile(r"[\u0b80-\u0bff]"), SCRIPT_SHARE),
)


def language(told: Told) -> str | None:
    """A language tag: a code of two or three letters, with a country where the page names one."""
    elements = told.document.elements
    root = elements.attrs[0] if len(elements) else {}
    said = [
        root.get("lang"),
        root.get("xml:lang"),
        told.meta.get("content-language"),
        told.meta.get("og:locale"),
    ]
    said += [item["inLanguage"] for item in told.about if isinstance(item.get("inLanguage"), str)]
    said += [told.meta.get("language"), told.meta.get("dc.language"), _body(told)]
    return next((tag for text in said if (tag := _tag(text))), None) or guess(_sample(told))


def _body(told: Told) -> str | None:
    rows = told.document.rows_by_tag.get("body", ())
    return told.document.elements.attrs[rows[0]].get("lang") if rows else None


def _tag(text: str | None) -> str | None:
    found = _TAG.match(text or "")
    if not found:
        return None
    return found[1].lower() + (f"-{found[3]}" if found[3] else "")


def _sample(told: Told) -> str:
    blocks: Sequence[str] = sorted((block.text for block in told.document.blocks), key=len, reverse=True)
    return " ".join(text[: SAMPLE // 4] for text in blocks[:8])[:SAMPLE]


def guess(text: str) -> str | None:
    """The language of a text by its script, or by its commonest words; None where neither tells it."""
    letters = sum(map(str.isalpha, text))
    for code, script, share in _SCRIPTS:
        if letters and len(script.findall(text)) >= share * letters:
            return code
    return _by_words([word.casefold() for word in _WORD.findall(text)])


def _by_words(found: Sequence[str]) -> str | None:
    """A word counts the more the fewer languages it is common in."""
    scores: dict[str, float] = {}
    known = 0
    for word in found:
        codes = _common().get(word, ())
        known += bool(codes)
        for code in codes:
            scores[code] = scores.get(code, 0.0) + 1 / len(codes)
    ranked = sorted(scores, key=lambda code: -scores[code])
    if len(found) < LEAST_WORDS or known < LEAST_SHARE * len(found):
        return None
    return ranked[0] if len(ranked) < 2 or scores[ranked[0]] >= LEAD * scores[ranked[1]] else None


@cache
def _common() -> Mapping[str, Sequence[str]]:
    """The languages that each common word is of."""
    found: dict[str, list[str]] = {}
    for code, listed in tomllib.loads(FILE.read_text("utf-8"))["common"].items():
        for word in listed.split():
            found.setdefault(word, []).append(code)
    return found
