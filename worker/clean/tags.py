"""Tags as the HTML standard's tokenizer reads them, for the guards that look at a page before it is parsed.

The patterns are possessive throughout: they never go back, so no page makes them slower than its length.
"""

from __future__ import annotations

import re
from itertools import count

SHELLS = 16  # tags <html> and <body>: all after the first hand it their attributes, each looked at for each
MAX_ATTRIBUTES = 256  # of one tag; lexbor looks at all for each new one: 200,000 take it four minutes
SMALL = 16_384  # characters: on a smaller page no tag has so many that it matters

_SPACE = r" \t\n\f\r"
_NAME = rf"[a-zA-Z][^{_SPACE}/>]*+"
_VALUE = rf"""(?:"[^"]*+"?|'[^']*+'?|[^{_SPACE}>]*+)"""
_ATTRIBUTE = rf"[{_SPACE}/]*+[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE})?+"
_END = rf"[{_SPACE}/]*+(?:>|\Z)"
_COMMENT = r"<!--(?:-?>|(?:[^-]++|-(?!->|-!>))*+(?:--!?>|\Z|-))"

# A comment, whatever it begins with, or a tag: its slash, its name.
TAG = re.compile(rf"{_COMMENT}|<(/?)({_NAME})(?:{_ATTRIBUTE})*+{_END}|<[!?/][^>]*+")
# All up to the end of the page or to a tag that has too many attributes; a "<" in a script begins no tag.
_CODE = r"(?i:script|style)(?=[ \t\n\f\r/>])"
_USUAL = r' [a-z-]++="[^"]*+"'  # what most attributes look like, and most closing tags: read twice as fast
_CLOSING = rf"</{_NAME}>"
_FEW = rf"(?:{_USUAL}|{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+{_END}"
_CODES = rf"<{_CODE}{_FEW}(?:[^<]++|<(?!/{_CODE}))*+"
_SLIM = re.compile(rf"(?:[^<]++|{_CLOSING}|<(?!/?[a-zA-Z]|!--)|{_COMMENT}|{_CODES}|</?{_NAME}{_FEW})*+")
_BEGINNING = re.compile(rf"</?{_NAME}(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES}}}+")
_REST = re.compile(rf"(?:{_ATTRIBUTE})*+")
_SHELL = re.compile(r"<(?:html|body)(?=[ \t\n\f\r/])", re.IGNORECASE)  # one that has attributes
NEITHER = "<param"  # it stands anywhere, and alone


def slimmed(html: str) -> str:
    """The page, each tag without the attributes beyond MAX_ATTRIBUTES; a page under SMALL as it is."""
    if len(html) < SMALL:
        return html
    if len(_SHELL.findall(html)) > SHELLS:
        number = count()
        html = _SHELL.sub(lambda found: found[0] if next(number) < SHELLS else NEITHER, html)
    kept, start = [], 0
    while (end := _fat_tag(html, start)) < len(html):
        kept.append(html[start:end])
        rest = _REST.match(html, end)
        start = rest.end() if rest else end
    return "".join([*kept, html[start:]]) if kept else html


def with_frames_closed(html: str) -> str:
    """The page, each <iframe> inside <noscript> closed there: one that is not takes all that follows for its
    text. No browser that runs scripts sees it; <iframe … /> is what React writes.
    """
    kept, done, place = [], 0, 0
    while (end := html.find("</noscript", place)) >= 0:
        start = html.rfind("<noscript", place, end)
        frame = html.rfind("<iframe", start, end) if start >= 0 else start
        if frame >= 0 and html.find("</iframe", frame, end) < 0:
            kept += [html[done:end], "</iframe>"]
            done = end
        place = end + 1
    return "".join([*kept, html[done:]]) if kept else html


def _fat_tag(html: str, start: int) -> int:
    """Where the MAX_ATTRIBUTES of the next tag that has more of them end; the page's end if there is none."""
    found = _SLIM.match(html, start)
    beginning = _BEGINNING.match(html, found.end()) if found else None
    return beginning.end() if beginning else len(html)
