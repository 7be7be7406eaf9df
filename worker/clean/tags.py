"""Tags as the HTML standard's tokenizer reads them, for the guards that look at a page before it is parsed.

The patterns are possessive throughout: they never go back, so no page makes them slower than its length.
"""

from __future__ import annotations

import re

MAX_ATTRIBUTES = 256  # of one tag; lexbor looks at all for each new one: 200,000 take it four minutes
LONG = 8192  # characters without a ">": a shorter tag has too few attributes to matter

_SPACE = r" \t\n\f\r"
_NAME = rf"[a-zA-Z][^{_SPACE}/>]*+"
_VALUE = rf"""(?:"[^"]*+"?|'[^']*+'?|[^{_SPACE}>]*+)"""
_ATTRIBUTE = rf"[{_SPACE}/]*+[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE})?+"
_END = rf"[{_SPACE}/]*+(?:>|\Z)"
_COMMENT = r"<!--(?:-?>|(?:[^-]++|-(?!->|-!>))*+(?:--!?>|\Z|-))"

# A comment, or a tag: its slash, its name.
TAG = re.compile(rf"{_COMMENT}|<(/?)({_NAME})(?:{_ATTRIBUTE})*+{_END}")
# All up to the end of the page or to a tag that has too many attributes; a "<" in a script begins no tag.
_CODE = r"(?i:script|style)(?=[ \t\n\f\r/>])"
_FEW = rf"(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+{_END}"
_SLIM = re.compile(
    rf"(?:[^<]++|<(?!/?[a-zA-Z]|!--)|{_COMMENT}|<{_CODE}{_FEW}(?:[^<]++|<(?!/{_CODE}))*+|</?{_NAME}{_FEW})*+"
)
_BEGINNING = re.compile(rf"</?{_NAME}(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES}}}+")
_REST = re.compile(rf"(?:{_ATTRIBUTE})*+")


def slimmed(html: str) -> str:
    """The page, each tag without the attributes beyond MAX_ATTRIBUTES."""
    if not _has_long_tag(html):
        return html
    kept, start = [], 0
    while (end := _fat_tag(html, start)) < len(html):
        kept.append(html[start:end])
        rest = _REST.match(html, end)
        start = rest.end() if rest else end
    return "".join([*kept, html[start:]]) if kept else html


def _has_long_tag(html: str) -> bool:
    """Are there LONG characters with no ">" among them. Looks at few of them."""
    start = 0
    while start + LONG <= len(html):
        found = html.rfind(">", start, start + LONG)
        if found < 0:
            return True
        start = found + 1
    return False


def _fat_tag(html: str, start: int) -> int:
    """Where the MAX_ATTRIBUTES of the next tag that has more of them end; the page's end if there is none."""
    found = _SLIM.match(html, start)
    beginning = _BEGINNING.match(html, found.end()) if found else None
    return beginning.end() if beginning else len(html)
