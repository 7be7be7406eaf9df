"""A line of Markdown: emphasis, code and links, where a parser will see them and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from worker.clean.document import Marks, Run
from worker.clean.render.inline import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CODE, STRONG, EMPHASIS = map(int, (Marks.CODE, Marks.STRONG, Marks.EMPHASIS))  # asking a Flag costs .6 us

_ESCAPED = re.compile(r"([\\`*_\[\]<>|~])|&(?=#?\w+;|$)|!(?=\[|$)")
_TICKS = re.compile(r"`+")
_UNSAFE = re.compile(r"[<>`|\\]")  # in a link's target
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ODD_TARGET = re.compile(r"[\s()]")


def inline(runs: Sequence[Run], *, links: bool, cell: bool = False) -> str:
    """Runs as inline Markdown; neighbours with the same link become one link. `cell`: of a table."""
    if len(runs) == 1 and not runs[0].href:
        return _marked(runs[0], "", "", cell=cell).strip()
    runs = list(_code_joined(runs))
    texts = [run.text for run in runs]
    edges = zip(["", *texts], [*texts[1:], ""], strict=False)
    marked = (
        (run.href, _marked(run, before[-1:], after[:1], cell=cell))
        for run, (before, after) in zip(runs, edges, strict=True)
    )
    parts = []
    for href, group in groupby(marked, key=lambda each: each[0]):
        inner = "".join(text for _, text in group)
        lead, body, tail = trimmed(inner)
        parts.append(f"{lead}[{body}]({_target(href)}){tail}" if href and links and body else inner)
    return "".join(parts).strip()


def _code_joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Code side by side is one span: the ticks between two would be read as text."""
    for (href, code), group in groupby(runs, key=lambda run: (run.href, bool(run.marks & CODE))):
        if code:
            yield Run("".join(run.text for run in group), CODE, href)
        else:
            yield from group


def _marked(run: Run, before: str, after: str, *, cell: bool) -> str:
    """`before` and `after` are the characters beside the run in the text."""
    lead, body, tail = trimmed(run.text)
    if not body:
        return run.text
    if run.marks & CODE and not (cell and "\\|" in body):
        text = body.replace("|", "\\|") if cell else body
        return lead + "\n".join(_code(line) for line in text.split("\n")) + tail
    escaped = _ESCAPED.sub(lambda found: "\\" + found[0], body)
    if not run.marks:
        return lead + escaped + tail
    strong, emphasis = run.marks & STRONG, run.marks & EMPHASIS
    mark = "***" if strong and emphasis else "**" if strong else "*" if emphasis else ""
    if mark and not (_flanks(lead or before, body[0]) and _flanks(tail or after, body[-1])):
        mark = ""
    return lead + mark + escaped + mark + tail


def _flanks(outside: str, inside: str) -> bool:
    """Can a mark between these two characters begin or end emphasis, by CommonMark's rule of flanking."""
    if not outside or outside.isspace():
        return True
    return unicodedata.category(inside)[0] not in "PS" and outside not in "*_"


def _code(text: str) -> str:
    ticks = "`" * (max((len(found) for found in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return ticks + pad + text + pad + ticks


def _target(href: str) -> str:
    href = _ENTITY.sub("&amp;", _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", href))
    return f"<{href}>".replace("\n", "") if _ODD_TARGET.search(href) else href
