"""Keep formatting that is opened and never closed from multiplying a page's elements, before it is parsed.

The HTML standard's tree construction opens all formatting elements that were not closed anew in each block:
2,000 <b> with an attribute each, and then 2,000 <p>, are four million elements, made of 30 kB. Of those that
are alike, three are opened anew at most.
"""

from __future__ import annotations

import re
from collections import Counter

from worker.clean.document import names
from worker.clean.tags import NEITHER, TAG

FEW = 1400  # tags; fewer make half a million elements at most. Every other page has fewer
ALIKE = 3  # of one name, that are opened anew while they have no attributes

_NAMES = ("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
_ANY = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in name) for name in _NAMES)
# Opening tags wherever they stand, in comments, scripts and values too. Most tags are passed over by their
# first two letters.
_OPENING = re.compile(rf"<(?=[bceBCEfFiInNsStTuU][^p])({_ANY})(?=[ \t\n\f\r/>])")
_VARIED = re.compile(rf"{_OPENING.pattern}(?!>)")  # they have attributes
_SPACE = r" \t\n\f\r"
_VALUE = rf"""(?:"[^"<]*+"|'[^'<]*+'|[^{_SPACE}"'<>][^{_SPACE}<>]*+)"""
_ATTRIBUTE = rf"[{_SPACE}/]*+[^{_SPACE}/<>][^{_SPACE}/<=>]*+(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE})?+"
# Closed before another tag comes: up to that they look, and no further.
_PAIRED = rf"(?:{_ATTRIBUTE})*+[{_SPACE}/]*+>[^<]*+</(?i:\1)(?=[{_SPACE}/>])"
_PAIRS = {opening: re.compile(opening.pattern + _PAIRED) for opening in (_OPENING, _VARIED)}
# In them, or in part of them, a closing tag closes nothing outside.
_WALLS = names(
    "annotation-xml applet caption desc foreignobject iframe marquee mi mn mo ms mtext noembed noframes"
    " object plaintext script select style table td template textarea th title xmp"
)


def settled(html: str, most: int) -> str:
    """The page itself, or, where its formatting would come to more than `most` elements, the page with that
    formatting without attributes or, where that is still too much, without it.

    What is left out of a tag is another that stands alone: so all that follows is read as before.
    """
    tags = html.count("<")
    if tags <= FEW or not _suspect(html, tags, most) or _repeated(html, most) <= most:
        return html
    if _few_alike(tags, most):
        return _VARIED.sub(rf"<\1>{NEITHER}", html)
    return _OPENING.sub(NEITHER, html)


def _suspect(html: str, tags: int, most: int) -> bool:
    opening = _VARIED if _few_alike(tags, most) else _OPENING
    opened = len(opening.findall(html))
    return opened * tags > most and (opened - len(_PAIRS[opening].findall(html))) * tags > most


def _few_alike(tags: int, most: int) -> bool:
    """Could formatting that has no attributes not come to more."""
    return ALIKE * len(_NAMES) * tags <= most


def _repeated(html: str, most: int) -> int:
    """How many elements are opened anew at most, or some number above `most`.

    Whatever may not be what it looks like (in a comment, a script, a value) opens, but does not close.
    """
    opened: Counter[str] = Counter()
    anew = repeated = 0  # elements that a block would open anew, and that all have
    for tag in TAG.finditer(html):
        text, name = tag[0], (tag[2] or "").lower()
        inside = text.count("<", 1)
        if not name or inside or name in _WALLS:
            anew += len(_OPENING.findall(text, 1)) if inside else 0
            opened.clear()  # what was opened before is not closed any more
        elif name in _NAMES:
            change = 1 if not tag[1] else -1 if opened[name] else 0
            opened[name] += change
            anew += change
        repeated += (1 + inside) * anew
        if repeated > most:
            break
    return repeated
