"""HTML of the kept text alone. nh3 has the last word: whatever stands before it, nothing that runs comes
out.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import nh3

from worker.clean.document import Marks, Run, names
from worker.clean.render.inline import FILLED, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.clean.structure import Piece
    from worker.jobs.options import Options

TAGS = set(
    names(
        "a blockquote br code dd dl dt em h1 h2 h3 h4 h5 h6 li ol p pre strong sub sup"
        " table tbody td th tr ul"
    )
)
ATTRIBUTES = {"a": {"href"}, "li": {"value"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
# For each "&" that nh3 writes it looks through the rest of its text node for other signs: a megabyte of them
# took 25 s. So no text node is longer than this, nor the target of a link.
STRETCH = 4096  # characters
LONGEST_TARGET = 8192  # characters
CUT = "<span></span>"  # nh3 takes it away; what stood around it stays two nodes
INLINE = (
    (int(Marks.CODE), "code"),
    (int(Marks.STRONG), "strong"),
    (int(Marks.EMPHASIS), "em"),
    (int(Marks.SUPER), "sup"),
    (int(Marks.SUB), "sub"),
)


def html(pieces: Sequence[Piece], options: Options) -> str:
    """The pieces as HTML without classes, styles, scripts or handlers; links are absolute or gone."""
    return nh3.clean(
        written(pieces, options),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


def written(pieces: Sequence[Piece], options: Options) -> str:
    """What nh3 is given; no text node in it is longer than STRETCH."""
    return "\n".join(_parts(pieces, links=options.links))


def _parts(pieces: Sequence[Piece], *, links: bool) -> Iterator[str]:
    depth = 0
    for (quote, family), group in groupby(pieces, key=lambda piece: (piece.quote, _family(piece))):
        yield from ["<blockquote>"] * (quote - depth) + ["</blockquote>"] * (depth - quote)
        depth = quote
        members = list(group)
        if family == "list":
            yield _lists(members, links=links)
        elif family.startswith("table"):
            yield _table(members, links=links)
        elif family == "terms":
            yield "<dl>" + "".join(_simple(piece, links=links) for piece in members) + "</dl>"
        else:
            yield from (_simple(piece, links=links) for piece in members)
    yield from ["</blockquote>"] * depth


def _family(piece: Piece) -> str:
    """What has to be written together."""
    if piece.kind == "cell":
        return f"table{piece.table}"
    return {"item": "list", "term": "terms", "definition": "terms"}.get(piece.kind, "block")


def _simple(piece: Piece, *, links: bool) -> str:
    if piece.kind == "code":
        return f"<pre><code>{_escaped(piece.text)}</code></pre>"
    tag = {"heading": f"h{piece.level}", "term": "dt", "definition": "dd"}.get(piece.kind, "p")
    return f"<{tag}>{_inline(piece.runs, links=links)}</{tag}>"


def _lists(items: Sequence[Piece], *, links: bool) -> str:
    """Nested lists from items that know their depth."""
    parts: list[str] = []
    open_lists: list[tuple[str, int]] = []  # tag and parent of each list that is open
    numbers: dict[int, int] = {}  # of the last item of each list
    for item in items:
        if not item.first and open_lists:
            parts.append(f"<p>{_inline(item.runs, links=links)}</p>")
            continue
        while open_lists and (len(open_lists) > item.level or _other_list(open_lists, item)):
            parts.append(f"</li></{open_lists.pop()[0]}>")
        if len(open_lists) == item.level:
            parts.append("</li>")
        while len(open_lists) < item.level:
            tag = "ol" if item.number else "ul"
            start = f' start="{item.number}"' if item.number > 1 else ""
            parts.append(f"<{tag}{start}>" + ("<li>" if len(open_lists) + 1 < item.level else ""))
            open_lists.append((tag, item.parent))
        counted = item.number in (0, numbers.get(item.parent, item.number - 1) + 1)
        value = "" if counted else f' value="{item.number}"'
        parts.append(f"<li{value}>" + _inline(item.runs, links=links))
        numbers[item.parent] = item.number
    parts.extend(f"</li></{tag}>" for tag, _ in reversed(open_lists))
    return "".join(parts)


def _other_list(open_lists: Sequence[tuple[str, int]], item: Piece) -> bool:
    return len(open_lists) == item.level and open_lists[-1][1] != item.parent


def _table(cells: Sequence[Piece], *, links: bool) -> str:
    first = min(cell.column for cell in cells)
    rows = (_row(list(group), first, links=links) for _, group in groupby(cells, key=lambda cell: cell.row))
    return "<table>" + "".join(rows) + "</table>"


def _row(cells: Sequence[Piece], first: int, *, links: bool) -> str:
    """A row of a table whose columns begin with `first`; empty cells before one stand where they do."""
    row: list[str] = []
    for _, pieces in groupby(cells, key=lambda piece: piece.cell):
        cell = list(pieces)
        row += ["<td></td>"] * (min(cell[0].column - first, FILLED) - len(row))
        tag = "th" if cell[0].header else "td"
        inner = "<br>".join(_inline(piece.runs, links=links) for piece in cell)
        row.append(f"<{tag}>{inner}</{tag}>")
    return f"<tr>{''.join(row)}</tr>"


def _inline(runs: Sequence[Run], *, links: bool) -> str:
    if len(runs) == 1 and not runs[0].href:
        return _marked(runs[0]).strip()
    parts = []
    for href, group in groupby(runs, key=lambda run: run.href):
        inner = "".join(_marked(run) for run in group)
        lead, body, tail = trimmed(inner)
        linked = href and links and body and len(href) <= LONGEST_TARGET
        parts.append(f'{lead}<a href="{escape(href)}">{body}</a>{tail}' if linked else inner)
    return (CUT if sum(map(len, parts)) > STRETCH else "").join(parts).strip()


def _escaped(text: str) -> str:
    """Without "<", ">" and "&", a CUT after each STRETCH."""
    if len(text) <= STRETCH:
        return escape(text, quote=False)
    parts = (text[start : start + STRETCH] for start in range(0, len(text), STRETCH))
    return CUT.join([escape(part, quote=False) for part in parts])


def _marked(run: Run) -> str:
    lead, body, tail = trimmed(run.text)
    inner = _escaped(body)
    for mark, tag in INLINE if run.marks and body else ():
        if run.marks & mark:
            inner = f"<{tag}>{inner}</{tag}>"
    return f"{lead}{inner}{tail}".replace("\n", "<br>")
