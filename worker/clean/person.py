"""Names of people in bylines. The words are those of `config/bylines.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from worker.clean.dates import days

FILE = Path(__file__).resolve().parents[2] / "config" / "bylines.toml"
LONGEST_NAME = 80  # characters
LONGEST_BYLINE = 300  # characters of a text that lists authors
NAME_WORDS = 5  # a longer line is a sentence

_URL = re.compile(r"https?://|www\.|@|\.(?:com|org|net|io|html)\b", re.IGNORECASE)
_NEVER = re.compile(r"[\d:!?%$€@#*=<>\"“”_\\\[\]{}∙»›™®©]")
_BREAK = re.compile(r"\s+[|•·●–—⋅/-]\s+|\s*[|•·●(\[\n]|\s{2,}")
_AND = re.compile(r"\s*(?:,|;|&|\+)\s*|\s+(?:and|und|et|y|e|en|i|и|och|og|ja|with)\s+", re.IGNORECASE)
_GLUED_NAME = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{2,5}$|[\u30a0-\u30ff・]{3,}$")
_DEGREE = re.compile(r"(?:[A-Z][A-Za-z]{0,2}\.?){1,5}$")
_DEGREES_BEHIND = re.compile(r"(?<=[a-z.])(?:\s+(?![IVX]+$)[A-Z][A-Z.]*[A-Z]\.?)+$")


@cache
def words() -> dict[str, frozenset[str]]:
    return {name: frozenset(items) for name, items in tomllib.loads(FILE.read_text("utf-8")).items()}


@cache
def by() -> re.Pattern[str]:
    """A word of a byline at the beginning of a line, and what stands between it and the name."""
    with_colon = rf"(?:{_phrases('by')}|{_phrases('by_colon')})\s*[:：]\s*"
    return re.compile(rf"\s*(?:{with_colon}|(?:{_phrases('by')})\s+(?=\S))", re.IGNORECASE)


@cache
def by_within() -> re.Pattern[str]:
    """A word of a byline inside a line that also names a day."""
    return re.compile(rf"(?:^|\s)(?:{_phrases('by_within')})\s*[:：]?\s+(?=\S)", re.IGNORECASE)


@cache
def _behind() -> re.Pattern[str]:
    """A word that ends a name. A particle with a capital is a part of it: Yann Le Braz."""
    in_names = "|".join(word.capitalize() for word in sorted(words()["behind"] & words()["particles"]))
    return re.compile(rf"\s+(?!(?-i:{in_names})\b)(?:{_phrases('behind')})\b.*$", re.IGNORECASE)


def _phrases(group: str) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(words()[group], key=len, reverse=True))


def pieces(line: str) -> list[str]:
    """The parts of a byline that bullets, bars and brackets set apart, without days."""
    for start, _ in reversed(list(days(line))):
        line = line[:start] + " | "
    return [" ".join(part.split()) for part in _BREAK.split(line) if part.strip()]


def people(text: str) -> list[str]:
    """The names in a byline, without degrees, roles, dates and what else stands in the line."""
    line = text.strip()
    if len(line) > LONGEST_BYLINE:
        return []
    spoken = by().match(line)
    line = line[spoken.end() :] if spoken else line
    line = line[: next((start for start, _ in days(line) if start), None)]
    line = _behind().sub("", next((part for part in _BREAK.split(line) if part.strip()), ""))
    found = [_bare(piece) for piece in _AND.split(line)]
    return [
        name for number, name in enumerate(found) if _possible(name) and (number == 0 or _no_addition(name))
    ]


def _bare(piece: str) -> str:
    """A name without the initials of an avatar before it and degrees behind it."""
    name = " ".join(piece.split()).strip(" .,:–—-/)]»›∙")
    first, _, rest = name.partition(" ")
    if len(first) > 1 and first == "".join(word[0] for word in rest.split()):
        name = rest
    return _DEGREES_BEHIND.sub("", name)


def _possible(name: str) -> bool:
    lowered = name.casefold().split()
    return (
        1 < len(name) <= LONGEST_NAME
        and not _URL.search(name)
        and any(map(str.isalpha, name))
        and not (len(lowered) > 1 and name[0].isdigit())
        and not (len(lowered) == 1 and lowered[0] in words()["not_names"])
    )


def _no_addition(piece: str) -> bool:
    """Is a further piece of a byline a name, rather than a degree or what its owner does."""
    return not _DEGREE.match(piece) and is_name(piece)


def is_name(text: str) -> bool:
    """Does a text look like the name of a person: a few words that begin with capitals."""
    if _GLUED_NAME.match(text):
        return True
    tokens = text.split()
    return 2 <= len(tokens) <= NAME_WORDS and len(text) <= LONGEST_NAME and _like_a_name(tokens)


def _caseless(letter: str) -> bool:
    """Is it of a script that has no capitals."""
    return not (letter.isascii() or letter.islower())


def is_first_name(text: str) -> bool:
    """A single capitalised word that may follow `By`."""
    return len(text) > 1 and text.istitle() and text.isalpha() and _like_a_name([text])


def _like_a_name(tokens: list[str]) -> bool:
    lowered = {token.casefold().strip(".,'’") for token in tokens}
    if lowered & words()["not_names"] or lowered & words()["roles"]:
        return False
    capital = (token[0].isupper() or _caseless(token[0]) or token in words()["particles"] for token in tokens)
    whole = " ".join(tokens)
    return all(capital) and not _NEVER.search(whole) and not _URL.search(whole)
