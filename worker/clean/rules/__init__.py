"""Rules that say what a block is when it is not what a person came to read.

A rule is a function over the scene that yields hits: blocks, and what gave them away. Each has a name under
which a receipt names it and a caller can switch it off. The tuple RULES is the order: the first rule that
hits a block says why it is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.clean.rules.boxes import around, by_heading, by_name, headed_more
from worker.clean.rules.furniture import FIRST, LAST
from worker.clean.rules.lines import bylines, days, links_only, names_below, whole
from worker.clean.rules.onward import arrows, labelled, read_also
from worker.clean.rules.prompts import asking, browser_notices, consent_sentences, several_networks, shared
from worker.clean.rules.rule import Hit, Rule, Rules, Signal
from worker.clean.rules.shapes import (
    breadcrumbs,
    contents,
    copyrights,
    figcaptions,
    page_numbers,
    posters,
    share_links,
    tag_links,
    titles,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from worker.clean.scene import Scene


def _any_of(*finders: Callable[[Scene], Iterator[Hit]]) -> Callable[[Scene], Iterator[Hit]]:
    def find(scene: Scene) -> Iterator[Hit]:
        for finder in finders:
            yield from finder(scene)

    return find


def _rule(kind: str, *finders: Callable[[Scene], Iterator[Hit]], name: str = "") -> Rule:
    return Rule(name or kind, kind, _any_of(*finders))


RULES: tuple[Rule, ...] = (
    *FIRST,
    _rule("consent", by_name("consent"), consent_sentences, whole("consent"), name="consent_box"),
    _rule("title", titles),
    _rule("breadcrumb", by_name("breadcrumb"), breadcrumbs),
    _rule("comment_prompt", asking("comment_prompt"), whole("comment_prompt")),
    _rule("comments", by_name("comments"), by_heading("comments")),
    _rule("related", by_name("related"), by_heading("related"), whole("related")),
    _rule("related", headed_more, name="more_from"),
    _rule("related", read_also, labelled, arrows, name="read_also"),
    _rule(
        "newsletter",
        by_name("newsletter"),
        by_heading("newsletter"),
        asking("newsletter"),
        whole("newsletter"),
    ),
    _rule("app_prompt", asking("app_prompt")),
    _rule(
        "follow",
        by_name("follow"),
        by_heading("follow"),
        asking("follow"),
        several_networks,
        whole("follow"),
    ),
    _rule(
        "share", by_name("share"), by_heading("share"), share_links, shared, asking("share"), whole("share")
    ),
    _rule("other", asking("contact"), name="contact_prompt"),
    _rule("browser_notice", by_name("browser_notice"), browser_notices, whole("browser_notice")),
    _rule("advert", by_name("advert"), whole("advert")),
    _rule("read_more", whole("read_more")),
    _rule("author_bio", by_name("author_bio"), by_heading("author_bio")),
    _rule("tags", by_name("tags"), by_heading("tags"), tag_links, whole("tags")),
    _rule(
        "pagination", by_name("pagination"), page_numbers, links_only(("navigation", "related", "read_more"))
    ),
    _rule("caption", figcaptions, by_name("caption")),
    _rule("byline", by_name("byline"), bylines, names_below, days, whole("byline")),
    _rule("byline", posters, name="poster"),
    _rule("paywall", by_name("paywall"), around("paywall")),
    _rule("footer", copyrights, name="copyright"),
    _rule("navigation", contents, name="contents"),
    *LAST,
    _rule(
        "navigation", by_name("navigation"), by_heading("navigation"), whole("navigation"), name="nav_links"
    ),
)

__all__ = ["RULES", "Hit", "Rule", "Rules", "Signal", "signals"]


def signals(scene: Scene, rules: Rules) -> dict[int, Signal]:
    """What each block that any rule hits looks like, by block number."""
    found: dict[int, Signal] = {}
    for rule in RULES:
        if rule.name not in rules.off:
            before = range(0)
            for blocks, detail in rule.find(scene):
                if blocks.start in before and blocks.stop <= before.stop:
                    continue  # such elements may stand inside one another, a thousand deep
                signal = Signal(rule.kind, rule.name, detail)
                for number in blocks:
                    found.setdefault(number, signal)
                before = blocks
    return found
