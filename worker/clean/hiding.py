"""Which CSS declarations hide an element: those of a `style` attribute, or of a rule of a style sheet.

Known is only what stands in the page: not the sheets that it links to. So the colour of a background is known
where the same declarations set both, and a class name says nothing.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final


class Way(IntEnum):
    """How sure it is that what these declarations are for is never seen."""

    SHOWN = 0
    UNSPOKEN = 1  # aria-hidden: not for screen readers, so decoration mostly, but the eye may see it
    FADED = 2  # scripts fade text in, a box of size 0 may hold text of another size: see MOST_UNSURE
    HIDDEN = 3


# All of declarations in lower case.
_FAR = r"-(?:9{3,}|[2-9]\d{3}|\d{5,})(?:\.\d+)?px|-\d{3,}(?:\.\d+)?r?em|-\d{4,}(?:\.\d+)?(?:%|v[wh])"
_ZERO = r"(?:0++(?:\.0++)?|\.0++)(?:px|r?em|%|pt)?\s*(?:!\s*important\s*)?(?:;|\Z)"
_AT = r"(?:^|[;{\s])"

_HIDING: Final = re.compile(
    rf"{_AT}(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|text-indent\s*:\s*(?:{_FAR})"
    r"|clip\s*:\s*rect\(\s*([01])(?:px)?[\s,]+\1(?:px)?[\s,]+\1(?:px)?[\s,]+\1(?:px)?\s*\)"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%)",
)
_HIDING_WORDS: Final = ("none", "visibility", "indent", "clip")
_FADING: Final = re.compile(rf"{_AT}(?:opacity|font-size)\s*:\s*{_ZERO}")
_TAKEN_OUT: Final = re.compile(rf"{_AT}position\s*:\s*(?:absolute|fixed)")
_FAR_AWAY: Final = re.compile(
    rf"{_AT}(?:(?:margin-)?(?:left|right|top|bottom)\s*:\s*(?:{_FAR})|transform\s*:\s*translate\w*\(\s*(?:{_FAR}))",
)
_POINT: Final = tuple(
    re.compile(rf"{_AT}(?:max-)?{side}\s*:\s*(?:0|[01]px)\s*(?:!\s*important\s*)?(?:;|\Z)")
    for side in ("width", "height")
)
_CUT_OFF: Final = re.compile(rf"{_AT}overflow\s*:\s*(?:hidden|clip)")
_COLOURS: Final = re.compile(rf"{_AT}(color|background(?:-color)?)\s*:\s*([^;!]+)")
_NAMED: Final = {"white": "#fff", "black": "#000", "rgb(255,255,255)": "#fff", "rgb(0,0,0)": "#000"}
_DOUBLED: Final = re.compile(r"#(\w)\1(\w)\2(\w)\3(?:ff)?")


def way(declarations: str) -> Way:
    """What the declarations of one element or one rule make of its text.

    A word that a pattern cannot do without is looked for first: most declarations have none of them.
    """
    lower = declarations.lower()
    if any(map(lower.__contains__, _HIDING_WORDS)) and _HIDING.search(lower):
        return Way.HIDDEN
    if ("position" in lower and _off_screen(lower)) or ("overflow" in lower and _a_point(lower)):
        return Way.HIDDEN
    if ("opacity" in lower or "font-size" in lower) and _FADING.search(lower):
        return Way.FADED
    coloured = "background" in lower and _in_the_colour_of_its_background(lower)
    return Way.HIDDEN if coloured else Way.SHOWN


def _off_screen(declarations: str) -> bool:
    return bool(_FAR_AWAY.search(declarations) and _TAKEN_OUT.search(declarations))


def _a_point(declarations: str) -> bool:
    """No wider and no higher than a pixel, and what does not fit is cut off: text for screen readers."""
    return all(side.search(declarations) for side in _POINT) and bool(_CUT_OFF.search(declarations))


def _in_the_colour_of_its_background(declarations: str) -> bool:
    found = {name[:5]: _colour(value) for name, value in _COLOURS.findall(declarations)}
    return found.get("color", "-") == found.get("backg")


def _colour(value: str) -> str:
    """A colour as it can be compared."""
    plain = "".join(value.split())
    plain = _NAMED.get(plain, plain)
    doubled = _DOUBLED.fullmatch(plain)
    return f"#{doubled[1]}{doubled[2]}{doubled[3]}" if doubled else plain
