"""What stands around a page's content, told by tag or role: menus, footers, forms, buttons; and what nobody
sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.hidden import ANNOTATIONS
from worker.clean.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from worker.clean.scene import Scene

# In the order in which they are asked: a set has another one in each process, and the receipts would differ.
CONTROLS = ("button", "input", "label", "legend", "optgroup", "option", "select", "textarea")
# An <aside> that says it belongs to the text: notes of documentation.
CALLOUTS = (
    "admonition",
    "alert",
    "callout",
    "info",
    "note",
    "pullquote",
    "tip",
    "warning",
    "pull-quote",
    "sidenote",
)
PART_OF = {"footer": ("blockquote",), "header": ("article", "main", "section")}  # inside them, of the text
ROLES = {
    "alertdialog": "other", "banner": "navigation", "complementary": "other", "contentinfo": "footer",
    "dialog": "other", "directory": "navigation", "menu": "navigation", "menubar": "navigation",
    "navigation": "navigation", "search": "control", "tablist": "control", "toolbar": "control",
}  # fmt: skip
BARS = ("menu", "menubar", "tablist", "toolbar")  # no text in them; a list that opens is called a tablist too
MOST = 0.4  # of the page's prose: an element that holds more is no furniture, whatever its tag says
FORM_MOST = 0.15
MUST_SHOW = 40  # words of prose: a page that shows fewer, and hides more, isn't what it looks without scripts
HEADER_WORDS = 60  # a longer <header> holds a summary that is to be read


def _hidden(scene: Scene) -> Iterator[Hit]:
    hidden_words = sum(
        words for words, hidden in zip(scene.prose, scene.document.hidden, strict=True) if hidden
    )
    if sum(scene.prose) - hidden_words < MUST_SHOW < hidden_words:
        return  # tabs and accordions that a script opens hold all that there is
    for number, hidden in enumerate(scene.document.hidden.tolist()):
        if hidden:
            yield Hit(range(number, number + 1), "hidden")


def _annotations(scene: Scene) -> Iterator[Hit]:
    for tag in sorted(ANNOTATIONS):
        for row in scene.document.rows_by_tag.get(tag, ()):
            yield Hit(scene.document.blocks_of(row), f"<{tag}>")


def _tagged(tag: str, most: float = MOST) -> Callable[[Scene], Iterator[Hit]]:
    def find(scene: Scene) -> Iterator[Hit]:
        rows = scene.document.rows_by_tag.get(tag, ())
        of_the_text = scene.document.inside(*PART_OF.get(tag, ())) if rows else ()
        for row in rows:
            blocks = scene.document.blocks_of(row)
            furniture = scene.prose_share(blocks) <= most and not of_the_text[row]
            if blocks and furniture and not _exempt(scene, row, tag):
                yield Hit(blocks, f"<{tag}>")

    return find


def _exempt(scene: Scene, row: int, tag: str) -> bool:
    """Does an element say of itself that it belongs to the text."""
    if tag == "aside":
        name = (scene.document.elements.attrs[row].get("class") or "").casefold()
        return any(word in name for word in CALLOUTS)
    return tag == "header" and _holds_text(scene, row)


def _holds_text(scene: Scene, row: int) -> bool:
    """Is there more in this <header> than a logo and a menu."""
    blocks = scene.document.blocks_of(row)
    return scene.prose_in(blocks) > 0 and scene.words_in(blocks) > HEADER_WORDS


def _roles(kind: str) -> Callable[[Scene], Iterator[Hit]]:
    def find(scene: Scene) -> Iterator[Hit]:
        elements = scene.document.elements
        for row in scene.document.noted:
            role = (elements.attrs[row].get("role") or "").strip().lower()
            if ROLES.get(role) == kind and elements.tags[row] not in ("body", "main", "html"):
                blocks = scene.document.blocks_of(row)
                most = 0 if role in BARS else MOST
                if blocks and scene.prose_share(blocks) <= most:
                    yield Hit(blocks, f"[role={role}]")

    return find


def _controls(scene: Scene) -> Iterator[Hit]:
    elements = scene.document.elements
    for tag in CONTROLS:
        for row in scene.document.rows_by_tag.get(tag, ()):
            blocks = scene.document.blocks_of(row)
            if blocks and not scene.prose_in(blocks) and not scene.document.headings[blocks.start]:
                yield Hit(blocks, f"<{tag}>")
    for row in scene.document.rows_by_tag.get("a", ()):
        if elements.attrs[row].get("role") == "button":
            yield Hit(scene.document.blocks_of(row), "a[role=button]")


FIRST = (Rule("annotation", "hidden", _annotations), Rule("hidden", "hidden", _hidden))
LAST = (
    Rule("nav", "navigation", _tagged("nav")),
    Rule("footer", "footer", _tagged("footer")),
    Rule("aside", "other", _tagged("aside")),
    Rule("site_header", "navigation", _tagged("header", 0.2)),
    Rule("form", "control", _tagged("form", FORM_MOST)),
    *(Rule(f"role_{kind}", kind, _roles(kind)) for kind in ("navigation", "footer", "control", "other")),
    Rule("control", "control", _controls),
)
