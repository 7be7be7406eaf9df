"""Stored pages with known answers, read from a folder that the caller names.

A set is `NAME.jsonl.xz`: one JSON object a line with `id, url, html, gold_text, with, without, lang,
page_type`. The pages' text belongs to its publishers: it is evaluated on and never shipped.
"""

from __future__ import annotations

import lzma
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from lab.missing import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SUFFIX = ".jsonl.xz"
SETS = ("wcxb-dev", "trafilatura-eval", "daniel", "readability")
GLUED = frozenset({"zh", "ja", "th", "lo", "km", "my"})  # scripts that put no space between words
SAMPLE_SEED = 7


class MissingSetError(MissingError):
    """A set's file is not in the folder; the message says which and where it was looked for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored page and what is known about its text. `gold` is None where only phrases are known."""

    set: str
    id: str
    url: str | None
    html: str
    gold: str | None
    wanted: tuple[str, ...]  # phrases that must be in the text
    unwanted: tuple[str, ...]  # phrases that must not
    lang: str | None
    kind: str  # the page's type; "" where the set has none
    title: str | None = None
    author: str | None = None
    published: str | None = None

    @property
    def key(self) -> str:
        return f"{self.set}/{self.id}"


def names(data: Path) -> list[str]:
    """The sets that are in the folder, the known ones first. Raises MissingSetError when there are none."""
    found = {path.name.removesuffix(SUFFIX) for path in data.glob(f"*{SUFFIX}")}
    if not found:
        raise MissingSetError(f"no set in {data}; lab/README.md says where the sets come from")
    return [name for name in SETS if name in found] + sorted(found.difference(SETS))


def file_of(data: Path, name: str) -> Path:
    """Where a set stands. Raises MissingSetError."""
    path = data / f"{name}{SUFFIX}"
    if not path.is_file():
        raise MissingSetError(
            f"no set {name!r}: {path} is not there; lab/README.md says where the sets come from"
        )
    return path


def read(data: Path, name: str) -> Iterator[Sample]:
    """The samples of one set, in the order of its file. Raises MissingSetError."""
    with lzma.open(file_of(data, name), "rb") as lines:
        for line in lines:
            yield _sample(name, orjson.loads(line))


def _sample(name: str, row: dict[str, object]) -> Sample:
    def text(field: str) -> str | None:
        value = row.get(field)
        return str(value) if value else None

    def phrases(field: str) -> tuple[str, ...]:
        value = row.get(field)
        return tuple(str(phrase) for phrase in value) if isinstance(value, list) else ()

    return Sample(
        set=name,
        id=str(row["id"]),
        url=text("url"),
        html=str(row["html"]),
        gold=text("gold_text"),
        wanted=phrases("with"),
        unwanted=phrases("without"),
        lang=text("lang"),
        kind=text("page_type") or "",
        title=text("title"),
        author=text("author"),
        published=text("publish_date"),
    )


def draw(samples: Sequence[Sample], count: int | None) -> list[Sample]:
    """`count` of the samples, always the same ones, in the order of the set; all of them when it is None."""
    if count is None or count >= len(samples):
        return list(samples)
    chosen = random.Random(SAMPLE_SEED).sample(range(len(samples)), count)
    return [samples[i] for i in sorted(chosen)]


def load(data: Path, chosen: Sequence[str] = (), count: int | None = None) -> list[Sample]:
    """The samples of the chosen sets (all that are there when none is chosen), `count` of each at most."""
    return [sample for name in chosen or names(data) for sample in draw(list(read(data, name)), count)]
