"""What a CommonMark parser makes of our Markdown, and what we meant, in the same terms."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from worker.clean.structure import Piece

PARSER = MarkdownIt("commonmark").enable("table")
Block = tuple[str, int, str]  # kind, depth of quotation, text


def folded(text: str) -> str:
    return " ".join(text.split())


def meant(pieces: Sequence[Piece]) -> list[Block]:
    """The blocks that the pieces are: for CommonMark terms are paragraphs, and a cell is a line."""
    kinds = {"term": "paragraph", "definition": "paragraph", "item": "paragraph"}
    found: list[Block] = []
    for before, p in pairwise([None, *pieces]):
        assert p is not None
        name = kinds.get(p.kind, p.kind) + (str(p.level) if p.kind == "heading" else "")
        if before is not None and p.kind == "cell" and p.cell == before.cell:
            found[-1] = (name, p.quote, f"{found[-1][2]} {folded(p.text)}")
        else:
            found.append((name, p.quote, folded(p.text)))
    return found


def parsed(markdown: str) -> list[Block]:
    return list(_blocks(PARSER.parse(markdown)))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    quote, kind = 0, ""
    for token in tokens:
        if token.type.startswith("blockquote"):
            quote += token.nesting
        elif token.type in ("fence", "code_block", "html_block", "hr"):
            yield "code" if token.type == "fence" else token.type, quote, folded(token.content)
        elif token.nesting == 1:
            kind = {"th": "cell", "td": "cell"}.get(token.tag, token.tag)
        elif token.type == "inline" and (token.content or kind != "cell"):
            yield _name(kind), quote, folded("".join(_text(child) for child in token.children or ()))


def _name(tag: str) -> str:
    return {"p": "paragraph"}.get(tag, "heading" + tag[1:] if tag[0] == "h" and tag[1:].isdigit() else tag)


def _text(token: Token) -> str:
    return "\n" if token.type in ("softbreak", "hardbreak") else token.content


def lists(markdown: str) -> list[tuple[str, int, int]]:
    """The lists that a parser sees: tag, depth, first number (1 for a list without numbers)."""
    found, depth = [], 0
    for token in PARSER.parse(markdown):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            found.append((token.tag, depth, int(token.attrs.get("start", 1))))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
    return found
