"""What a rule is, and which are in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from worker.clean.scene import Scene

# What a dropped block can be; the names are the keys of a page's `removed`.
KINDS = (
    *("advert", "app_prompt", "author_bio", "breadcrumb", "browser_notice", "byline", "caption"),
    *("comment_prompt", "comments", "consent", "control", "duplicate", "excluded", "follow", "footer"),
    *("hidden", "navigation", "newsletter", "other", "pagination", "paywall", "read_more", "related"),
    *("share", "tags", "title"),
)


class Hit(NamedTuple):
    """Blocks that a rule names, and what gave them away: a selector, a phrase, a pattern."""

    blocks: range
    detail: str


class Signal(NamedTuple):
    """What a block looks like, and the rule that says so."""

    kind: str
    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    kind: str
    find: Callable[[Scene], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force: all, without those that are switched off; and the folder of the operator's own
    phrases, which they go by beside those of config/phrases.
    """

    off: frozenset[str] = frozenset()
    phrases: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every rule there is, the decision's own among them, in the order in which they are asked."""
        from worker.clean.rules import RULES

        return tuple(dict.fromkeys((*(rule.name for rule in RULES), *DECISIONS)))

    def without(self, *names: str) -> Rules:
        """The same rules with these switched off. Raises ValueError for a name that no rule has."""
        unknown = set(names) - set(self.names)
        if unknown:
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}; there are {', '.join(self.names)}")
        return replace(self, off=self.off | frozenset(names))


# Rules that are not about one block but about the page: see by_site, adverts, by_model, by_region, polish and
# verdict.
# With "model" off the page is decided as where there is no model.
DECISIONS = (
    *("site", "cosmetic", "model", "region", "edges", "link_list", "repeated", "bare_heading", "verdict"),
)
