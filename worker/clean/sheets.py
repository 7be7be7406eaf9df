"""Which classes and ids the style sheets of a page hide, by plain rules: `.a`, `p.a`, `#b`, alone or listed.

Each thing that is looked for is found by a word of its own, and the rule around it is looked at there: one
pass for all, however many rules there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from worker.clean.hiding import Way, way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST_RULE: Final = 20_000  # characters; a selector list or a body longer than that is not read

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PLAIN_SELECTOR: Final = re.compile(r"[a-z]*([.#][\w-]+)$", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[.#][\w-]+")
# In a sheet in lower case. Each begins with a word, which is searched for ten times as fast.
_MAY_HIDE: Final = tuple(
    map(
        re.compile,
        (
            r"display\s*:\s*none", r"visibility\s*:\s*(?:hidden|collapse)", r"opacity\s*:\s*0?\.?0*\s*[;}!]",
            r"text-indent\s*:\s*-", r"clip\s*:\s*rect", r"clip-path\s*:\s*inset",
            r"position\s*:\s*(?:absolute|fixed)", r"font-size\s*:\s*0", r"width\s*:\s*[01](?:px)?\s*[;}!]",
            r"background(?:-color)?\s*:\s*(?:#fff|#000|white|black|rgb)",
        ),
    )
)  # fmt: skip
# What shows again what is hidden otherwise, and what of the above it undoes.
_SHOWS: Final = (
    (re.compile(r"display\s*:\s*(?!none|\s)"), _MAY_HIDE[:2]),
    (re.compile(r"opacity\s*:\s*(?:1|0?\.0*[1-9])"), _MAY_HIDE[2:3]),
)


class Rule(NamedTuple):
    """A rule's selectors and declarations as they stand in the sheet, and how many braces are open there."""

    selectors: str
    declarations: str
    depth: int


def hidden_tokens(css: str) -> Mapping[str, Way]:
    """The `.class` and `#id` that a rule outside any @-block hides, and that no rule at all shows again."""
    if "/*" in css:
        css = _COMMENT.sub("", css)
    lower = css.lower()
    if len(lower) != len(css):  # letters that grow: places in the two would differ
        css = lower
    found = list(_hidden(css, lower))
    shown = [_shown(css, lower, pattern) for pattern, _ in _SHOWS] if found else []
    tokens: dict[str, Way] = {}
    for token, hiding, body in found:
        undone = (
            token.lower() in again and any(pattern.search(body) for pattern in undoes)
            for again, (_, undoes) in zip(shown, _SHOWS, strict=True)
        )
        if not any(undone):
            tokens[token] = max(hiding, tokens.get(token, hiding))
    return tokens


def _hidden(css: str, lower: str) -> Iterator[tuple[str, Way, str]]:
    """Each token that is hidden, how, and by which declarations."""
    for rule in _rules(css, lower, _MAY_HIDE):
        if rule.depth == 1 and (hiding := way(rule.declarations)):
            for selector in rule.selectors.split(","):
                if plain := _PLAIN_SELECTOR.match(selector.strip()):
                    yield plain[1], hiding, rule.declarations.lower() + ";"


def _shown(css: str, lower: str, pattern: re.Pattern[str]) -> set[str]:
    """Every token in the selectors of the rules in which a pattern is found."""
    rules = _rules(css, lower, (pattern,))
    return {token for rule in rules for token in _TOKEN.findall(rule.selectors.lower())}


def _rules(css: str, lower: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[Rule]:
    """The rules in which a pattern is found, each once, in their order."""
    depth, counted, last = 0, 0, -1
    for at in sorted(found.start() for pattern in patterns for found in pattern.finditer(lower)):
        depth += css.count("{", counted, at) - css.count("}", counted, at)
        counted = at
        brace = css.rfind("{", max(at - LONGEST_RULE, 0), at)
        if brace < 0 or brace == last or depth < 1:
            continue
        last = brace
        first = max(css.rfind(sign, max(brace - LONGEST_RULE, 0), brace) for sign in "};{") + 1
        end = css.find("}", at, at + LONGEST_RULE)
        yield Rule(css[first:brace], css[brace + 1 : end if end >= 0 else at + LONGEST_RULE], depth)
