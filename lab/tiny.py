"""Small pages made up for the purpose, all different, for runs in which cleaning is not the point."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

import orjson

from lab.sets import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

SET = "tiny"
PROSE = (
    "Number {n} tells of a river that runs past a mill, and of the miller who counts the days by its wheel."
)


def row(n: int) -> dict[str, object]:
    """A page as lab.sets reads it."""
    prose = PROSE.format(n=n)
    html = f"<title>Page {n}</title><article><h1>Page {n}</h1><p>{prose}</p><p>{prose}</p></article>"
    return {"id": str(n), "url": None, "html": html, "gold_text": prose}


def write(folder: Path, count: int) -> None:
    """The set, as a file that lab.replay serves."""
    with lzma.open(folder / f"{SET}{SUFFIX}", "wb", preset=0) as file:
        file.write(b"\n".join(orjson.dumps(row(n)) for n in range(count)))
