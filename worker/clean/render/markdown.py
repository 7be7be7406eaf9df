"""CommonMark (with GFM's tables), escaped so that a parser reads back the same text."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from worker.clean.document import Marks
from worker.clean.render.inline import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from worker.clean.document import Run
    from worker.clean.structure import Piece
    from worker.jobs.options import Options

_ESCAPED = re.compile(r"([\\`*_\[\]<>|~])|&(?=#?\w+;)|!(?=\[)")
_LINE_START = re.compile(r"^(\s*)([-+#>=]|\d{1,9}[.)])(?=\s|#|$|[-=+])", re.MULTILINE)
_FENCE = re.compile(r"`{3,}")
_TICKS = re.compile(r"`+")


def markdown(pieces: Sequence[Piece], options: Options) -> str:
    """The pieces as Markdown, blocks with a blank line between."""
    parts: list[str] = []
    before: Piece | None = None
    for piece, block in _blocks(pieces, links=options.links):
        tight = before is not None and before.kind == piece.kind == "item" and before.quote == piece.quote
        separator = "\n" if tight and piece.first else _blank(min(before.quote, piece.quote) if before else 0)
        parts.append((separator if before else "") + _quoted(block, piece.quote))
        before = piece
    return "".join(parts)


def _blocks(pieces: Sequence[Piece], *, links: bool) -> Iterable[tuple[Piece, str]]:
    for table, group in groupby(pieces, key=lambda piece: piece.table):
        if table >= 0:
            cells = list(group)
            yield cells[0], _table(cells, links=links)
            continue
        for piece in group:
            yield piece, _block(piece, links=links)


def _blank(quote: int) -> str:
    """A blank line inside a quotation carries its mark, or the quotation would end."""
    return "\n" + "> " * quote + "\n" if quote else "\n\n"


def _quoted(block: str, depth: int) -> str:
    mark = "> " * depth
    return "\n".join(mark + line for line in block.split("\n")) if depth else block


def _block(piece: Piece, *, links: bool) -> str:
    if piece.kind == "code":
        fence = max((len(found) for found in _FENCE.findall(piece.text)), default=2) + 1
        return f"{'`' * fence}\n{piece.text}\n{'`' * fence}"
    inline = _inline(piece.runs, links=links)
    if piece.kind == "heading":
        return "#" * piece.level + " " + " ".join(inline.split())
    body = _LINE_START.sub(_escaped_start, inline).replace("\n", "\\\n")
    if piece.kind == "item":
        return _item(piece, body)
    return f"**{body}**" if piece.kind == "term" and "*" not in body else body


def _escaped_start(found: re.Match[str]) -> str:
    mark = found[2]
    return found[1] + (mark[:-1] + "\\" + mark[-1] if mark[0].isdigit() else "\\" + mark)


def _item(piece: Piece, body: str) -> str:
    indent = "    " * (piece.level - 1)
    mark = f"{piece.number}." if piece.number else "-"
    lead = indent + mark.ljust(4) if piece.first else indent + "    "
    return lead + body.replace("\n", "\n" + indent + "    ")


def _table(cells: Sequence[Piece], *, links: bool) -> str:
    rows = [
        [_inline(cell.runs, links=links).replace("\n", " ") for cell in group]
        for _, group in groupby(cells, key=lambda cell: cell.row)
    ]
    width = max(len(row) for row in rows)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _inline(runs: Sequence[Run], *, links: bool) -> str:
    """Runs as inline Markdown; neighbours with the same link become one link."""
    if len(runs) == 1 and not runs[0].href:
        return _marked(runs[0]).strip()
    parts = []
    for href, group in groupby(runs, key=lambda run: run.href):
        inner = "".join(_marked(run) for run in group)
        lead, body, tail = trimmed(inner)
        parts.append(f"{lead}[{body}]({_target(href)}){tail}" if href and links and body else inner)
    return "".join(parts).strip()


def _marked(run: Run) -> str:
    lead, body, tail = trimmed(run.text)
    if not body:
        return run.text
    if run.marks and run.marks & Marks.CODE:  # asking a Flag costs .6 us; most runs have none
        return lead + _code(body) + tail
    body = _ESCAPED.sub(lambda found: "\\" + found[0], body)
    if not run.marks:
        return lead + body + tail
    strong, emphasis = run.marks & Marks.STRONG, run.marks & Marks.EMPHASIS
    mark = "***" if strong and emphasis else "**" if strong else "*" if emphasis else ""
    return lead + mark + body + mark + tail


def _code(text: str) -> str:
    ticks = "`" * (max((len(found) for found in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return ticks + pad + text + pad + ticks


def _target(href: str) -> str:
    return (
        "<" + href.replace("<", "%3C").replace(">", "%3E").replace("\n", "") + ">"
        if re.search(r"[\s()<>]", href)
        else href
    )
