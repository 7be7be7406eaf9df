"""The CSS selectors that a caller may give: checked at the API's door, cut into steps for worker.clean.

A CSS engine tries all ways up and along a page for `*` below `*`. So it is asked for one compound at a time
(`p.a:not(.b)`); what stands between two of them is worked out by `worker.clean.matching`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS: Final = 32  # of one selector, those of all its alternatives together
FUNCTIONS: Final = frozenset({"has", "is", "not", "where"})  # they take selectors; in those stands no other

_BLANK: Final = " \t\n\r\f"
_B = rf"[{_BLANK}]"
_TOKEN: Final = re.compile(
    rf"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|:nth-[a-z-]+\([-+{_BLANK}0-9devno]*\)|:lang\([\w-]+\)"""
    rf"|:[\w-]+\({_B}*|{_B}*[\])]|{_B}*[>+~,]{_B}*|{_B}+|.",
    re.DOTALL | re.IGNORECASE,
)
_COMBINATORS: Final = (">", "+", "~", " ")


class SelectorError(ValueError):
    """A selector that is not taken; the text is a sentence."""


class Step(NamedTuple):
    """`combinator`: what stands before the compound: ">", "+", "~", a space, or nothing before the first."""

    combinator: str
    compound: str


def steps(selector: str) -> list[list[Step]]:
    """The alternatives of a selector, each as its steps. Raises SelectorError; whether a compound is CSS
    is the engine's to say.
    """
    chains: list[list[Step]] = [[]]
    combinator, compound = "", ""
    for sign, token in [*_signs(selector.strip(_BLANK)), (",", "")]:
        if not sign:
            compound += token
            continue
        if not compound:
            raise SelectorError("This is no CSS selector.")
        chains[-1].append(Step(combinator, compound))
        combinator, compound = sign, ""
        if sign == ",":
            chains.append([])
            combinator = ""
    if sum(map(len, chains)) > MOST_STEPS:
        raise SelectorError(f"A selector has at most {MOST_STEPS} steps.")
    return chains[:-1]


def check(selector: str) -> str:
    """Return the selector. Raises SelectorError."""
    steps(selector)
    return selector


def _signs(selector: str) -> Iterator[tuple[str, str]]:
    """Each token, and what it says between compounds: a combinator, a comma, or nothing."""
    depth, function = 0, ""
    for token in _TOKEN.findall(selector):
        plain = token.strip(_BLANK) or " "
        if function and depth == 1 and plain in (" ", "~"):
            raise SelectorError(f"Inside :{function}() a step may be to a child or to the next, no further.")
        yield plain if depth == 0 and plain in (*_COMBINATORS, ",") else "", token
        if plain[0] == ":" and plain[-1] == "(":
            function = _allowed(plain[1:-1].lower(), function)
        depth += (plain[-1] in "[(" and plain[0] != "\\") - (plain in ("]", ")"))
        function = function if depth > 0 else ""


def _allowed(name: str, outer: str) -> str:
    if outer or name not in FUNCTIONS:
        raise SelectorError(f":{name}() is not taken{f' inside :{outer}()' if outer else ''}.")
    return name
