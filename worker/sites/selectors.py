"""Is a selector or a path one that can be looked for? Asked once for each, when rules are read."""

from __future__ import annotations

import re
from functools import cache

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

# XPath 1.0, 4: the core functions; then the node tests and the operators that may stand before a bracket.
_NAMES = (
    "last position count id local-name namespace-uri name string concat starts-with contains substring-before"
    " substring-after substring string-length normalize-space translate boolean not true false lang number"
    " sum floor ceiling round text node comment processing-instruction and or div mod"
)
XPATH_NAMES = frozenset(_NAMES.split())

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# Begins where a name does: one of a million letters is looked through once, not from each of them.
_CALLED = re.compile(r"(?<![\w:.-])([\w:.-]++)\s*+\(")


@cache
def _page() -> LexborHTMLParser:
    return LexborHTMLParser("<p></p>")


def is_css(selector: str) -> bool:
    """Does the parser take this selector."""
    try:
        _page().css(selector)
    except (SelectolaxError, ValueError):
        return False
    return True


def xpath_fault(path: str) -> str:
    """What is wrong with a path; empty if nothing is."""
    plain = _QUOTED.sub("''", path)
    if "$" in plain:
        return "there are no variables"
    called = _CALLED.findall(plain)
    unknown = next((name for name in called if name.rpartition("::")[2] not in XPATH_NAMES), None)
    if unknown:
        return f"XPath 1.0 has no {unknown}()"
    from lxml import etree

    try:
        etree.XPath(path)(etree.Element("html"))
    except (etree.XPathError, ValueError) as error:
        return f"not XPath 1.0: {error}"
    return ""
