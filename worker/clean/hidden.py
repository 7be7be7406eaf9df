"""Which elements a reader never sees: by attribute, by inline style, by a plain <style> rule, by the kind of
tag.

A class name alone ("hidden", "d-none") hides nothing here: what it means stands in a style sheet that was
not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.document import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

# Their text is for browsers that cannot show the thing itself, or names an icon.
HIDDEN_TAGS = names("audio canvas datalist iframe noembed noframes object svg video")
MAY_HIDE = HIDDEN_TAGS | {"dialog"}  # tags that hide without an attribute
# Pages hide everything until a script has run; what holds more than this share of the text is no hidden part
# of it.
MOST_OF_THE_PAGE = 0.5

_HIDING = re.compile(r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# The same in a style sheet in lower case. Each begins with a word, which is searched for ten times as fast;
# what stands before it is looked at where it is found.
_SHEET_HIDING = (re.compile(r"display\s*:\s*none"), re.compile(r"visibility\s*:\s*hidden"))
_SHOWING = re.compile(r"(?![\w-])[^{}]*{[^}]*display\s*:\s*+(?!none)")
_PLAIN_SELECTOR = re.compile(r"[a-z]*([.#][\w-]+)$", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def hides(tag: str, attrs: Mapping[str, str | None]) -> bool:
    """Does this element hide itself, by what stands in its own tag."""
    if tag in HIDDEN_TAGS or "hidden" in attrs or (tag == "dialog" and "open" not in attrs):
        return True
    style = attrs.get("style")
    return bool(style and _HIDING.search(style))


def rule_tokens(css: str) -> frozenset[str]:
    """The `.class` and `#id` that a rule outside any @-block hides, and no other rule shows again."""
    if "/*" in css:
        css = _COMMENT.sub("", css)
    lower = css.lower()
    if len(lower) != len(css):  # letters that grow: places in the two would differ
        css = lower
    return frozenset(token for token in set(_hidden_tokens(css, lower)) if not _shown_again(lower, token))


def _hidden_tokens(css: str, lower: str) -> Iterator[str]:
    depth, counted = 0, 0
    for first, end in sorted(found.span() for pattern in _SHEET_HIDING for found in pattern.finditer(lower)):
        before = css[first - 1] if first else ";"
        if not (before in ";{" or before.isspace()):
            continue
        depth += css.count("{", counted, end) - css.count("}", counted, end)
        counted = end
        brace = css.rfind("{", 0, end)
        if depth != 1 or brace < 0:
            continue
        start = max(css.rfind("}", 0, brace), css.rfind(";", 0, brace), css.rfind("{", 0, brace)) + 1
        for selector in css[start:brace].split(","):
            plain = _PLAIN_SELECTOR.match(selector.strip())
            if plain:
                yield plain[1]


def _shown_again(css: str, token: str) -> bool:
    """Does any rule for the token give it a display. No regex of the token: each would be compiled."""
    token, place = token.lower(), -1
    while (place := css.find(token, place + 1)) >= 0:
        if _SHOWING.match(css, place + len(token)):
            return True
    return False


def by_rule(attrs: Sequence[Mapping[str, str | None]], tokens: frozenset[str]) -> Iterator[int]:
    """Rows whose class or id is among `tokens`."""
    classes = frozenset(token[1:] for token in tokens if token[0] == ".")
    ids = frozenset(token[1:] for token in tokens if token[0] == "#")
    for row, own in enumerate(attrs):
        if own.get("id") in ids or not classes.isdisjoint((own.get("class") or "").split()):
            yield row


def hidden_rows(rows: Sequence[int], end: Sequence[int], chars: Sequence[int]) -> NDArray[np.bool_]:
    """Spread what is hidden at `rows` over their subtrees.

    `chars`: how many characters of text stand before each row's own, with one more entry for the whole.
    """
    hidden = np.zeros(len(end), bool)
    whole = chars[-1]
    for row in rows:
        if chars[end[row]] - chars[row] <= MOST_OF_THE_PAGE * whole:
            hidden[row : end[row]] = True
    return hidden
