"""Which elements a reader never sees: by attribute, by inline style, by a plain <style> rule, by the kind of
tag.

A class name alone ("hidden", "d-none") hides nothing here: what it means stands in a style sheet that was
not read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from worker.clean.document import names
from worker.clean.hiding import Way, way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

# A formula once more, as TeX; small letters over a word, which tell how it is read.
ANNOTATIONS = names("annotation annotation-xml rp rt")
# Their text is for browsers that cannot show the thing itself, or names an icon.
HIDDEN_TAGS = ANNOTATIONS | names("audio canvas datalist iframe noembed noframes object svg video")
MAY_HIDE = HIDDEN_TAGS | {"dialog"}  # tags that hide without an attribute
LONG_STYLE = 200  # characters; longer ones are not remembered
# Pages hide everything until a script has run; what holds more than this share of the text is no hidden part
# of it.
MOST_OF_THE_PAGE = 0.5
MOST_UNSURE = 0.2  # the same of all that is faded together: scripts fade a page in part by part


_way = lru_cache(maxsize=200)(way)  # a page has the same style on many elements


def hides(tag: str, attrs: Mapping[str, str | None]) -> Way:
    """Does this element hide itself, by what stands in its own tag."""
    if tag in HIDDEN_TAGS or "hidden" in attrs or (tag == "dialog" and "open" not in attrs):
        return Way.HIDDEN
    style = attrs.get("style")
    if style and (found := _way(style) if len(style) <= LONG_STYLE else way(style)):
        return found
    return Way.UNSPOKEN if attrs.get("aria-hidden") == "true" else Way.SHOWN


def by_rule(
    attrs: Sequence[Mapping[str, str | None]], tokens: Mapping[str, Way]
) -> Iterator[tuple[int, Way]]:
    """Rows whose class or id is among `tokens`, and what that makes of them."""
    classes = {token[1:]: found for token, found in tokens.items() if token[0] == "."}
    ids = {token[1:]: found for token, found in tokens.items() if token[0] == "#"}
    known: dict[str | None, Way] = {None: Way.SHOWN}  # pages repeat the same attribute by the hundred
    for row, own in enumerate(attrs):
        value = own.get("class")
        found = known.get(value)
        if found is None:
            found = known[value] = max(classes.get(name, Way.SHOWN) for name in (*(value or "").split(), ""))
        if ids and "id" in own:
            found = max(found, ids.get(own["id"] or "", found))
        if found:
            yield row, found


def hidden_rows(rows: Mapping[int, Way], end: Sequence[int], chars: Sequence[int]) -> NDArray[np.bool_]:
    """Spread what is hidden at `rows` over their subtrees.

    `chars`: how many characters of text stand before each row's own, with one more entry for the whole.
    """
    found = {kind: np.zeros(len(end), bool) for kind in Way}
    whole, own = chars[-1], np.diff(chars)
    for row, kind in rows.items():
        if chars[end[row]] - chars[row] <= MOST_OF_THE_PAGE * whole:
            found[kind][row : end[row]] = True
    hidden = found[Way.HIDDEN]
    for unsure in (found[Way.FADED] & ~hidden, found[Way.UNSPOKEN] & ~hidden):
        if own[unsure].sum() <= MOST_UNSURE * whole:
            hidden = hidden | unsure
    return hidden
