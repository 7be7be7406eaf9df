"""The pages that we do worst on, for a person to look at: gold beside ours beside what was taken out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lab.peers import OURS
from lab.scores import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lab.quality import Row

SHOWN = 60
STYLE = (
    "body{font:15px/1.4 sans-serif;margin:1rem}section{border-top:3px solid #999}"
    "div.c{display:grid;grid-template-columns:1fr 1fr 1fr;gap:1rem}"
    "div.c>div{max-height:60vh;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}"
    "h2{overflow-wrap:anywhere}h3{margin:0;color:#666;font-size:13px;position:sticky;top:0;background:#fff}"
    "mark{background:#fdd}ins{background:#dfd;text-decoration:none}"
)


def badness(row: Row) -> float:
    """What the page costs us: the F1 that is missing, or the share of its phrases that is wrong."""
    if row.tokens:
        return 1 - row.tokens.f1
    wrong = row.phrases.wanted - row.phrases.wanted_found + row.phrases.unwanted_found
    return wrong / max(1, row.phrases.wanted + row.phrases.unwanted)


def marked(text: str, other: str, tag: str) -> str:
    """The lines of a text, those marked that are not in the other one."""
    known = {" ".join(line.split()) for line in other.splitlines()}
    lines = ((line, " ".join(line.split()) in known) for line in text.splitlines())
    return "\n".join(escape(line) if seen else f"<{tag}>{escape(line)}</{tag}>" for line, seen in lines)


def receipts(row: Row) -> Iterable[str]:
    """One line for each thing taken out of the page: kind, rule, text."""
    from worker.clean import clean

    for receipt in clean(row.sample.html, url=row.sample.url).receipts:
        yield f"[{receipt.kind} · {receipt.rule}] {receipt.text}"


def phrases(row: Row) -> str:
    """What must be in the text (+) and what must not (-): marked is what is missing, and what is there."""
    text = fold(row.text)
    missing = [(f"+ {phrase}", fold(phrase) not in text) for phrase in row.sample.wanted]
    leaked = [(f"- {phrase}", fold(phrase) in text) for phrase in row.sample.unwanted]
    return "\n".join(
        f"<{tag}>{escape(line)}</{tag}>" if wrong else escape(line)
        for tag, lines in (("ins", missing), ("mark", leaked))
        for line, wrong in lines
    )


def section(row: Row) -> str:
    gold = row.sample.gold
    columns = (
        ("what it should be", marked(gold, row.text, "ins") if gold else phrases(row)),
        ("ours", marked(row.text, gold, "mark") if gold else escape(row.text)),
        ("what was taken out", escape("\n".join(receipts(row)))),
    )
    head = f"{row.sample.key} · {row.sample.kind} {row.sample.lang or ''} · loss {badness(row):.3f}"
    cells = "".join(f"<div><h3>{name}</h3>{column}</div>" for name, column in columns)
    url = escape(row.sample.url or "")
    return f"<section><h2>{escape(head)}</h2><p>{url}</p><div class=c>{cells}</div></section>"


def report(rows: Sequence[Row]) -> str:
    """A page that needs nothing else: green is missing in ours, red should not be there."""
    ours = sorted((row for row in rows if row.extractor == OURS), key=badness, reverse=True)[:SHOWN]
    body = "".join(map(section, ours))
    return f"<!doctype html><meta charset=utf-8><title>Worst pages</title><style>{STYLE}</style>{body}"
