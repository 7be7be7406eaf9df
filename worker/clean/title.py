"""A page's title: the heading that its head confirms, else what the head says, without the site's name."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from worker.clean import jsonld
from worker.clean.lexicon import normal
from worker.clean.told import LONGEST_TITLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.clean.told import Told

TITLE_PART = 3  # words of a part of <title> that is taken for the title; shorter ones are section names
SITE_WORDS = 4  # a longer last part of a title belongs to it
HOST_WORD = 4  # letters of a part of a host that is looked for in a title
MOST_HEADLINES = 20  # of JSON-LD: a list of articles has one for each
SUBHEADINGS = 5  # of each kind that are looked at where no <h1> is the title
CONFIRMED = 0.5  # share of a heading's words that the head of the page says too
METAS = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title", "parsely-title", "title")

_SEPARATOR = re.compile(r"\s+[|\-–—·•»:/~]+\s+|\s*[|»]\s*")


class Title(NamedTuple):
    """`said`: the normal forms of everything that the page calls its title."""

    text: str | None
    said: frozenset[str]


def title(told: Told, site: str | None) -> Title:
    whole, named = told.whole_title, _named(told)
    parts = _SEPARATOR.split(whole) if whole else []
    claimed = [normal(text) for text in [*named, whole] if text]
    headings = [text for _, text in told.headings["h1"]]
    heading = (
        _exact(told, {normal(text) for text in named}, ("h1", "h2", "h3"))
        or _confirmed([text for text in headings if not _is_site(text, site, told.host)], claimed)
        or _exact(told, {*claimed, *map(normal, parts)}, ("h2", "h3"))
    )
    best = heading or without_site(next(iter(named), "") or whole, site, told.host)
    if not best and headings:
        best = headings[0]
    said = {normal(text) for text in (best, whole, heading, *named) if text}
    said |= {normal(part) for part in parts if len(normal(part).split()) >= TITLE_PART}
    if len(headings) == 1 and best:
        said.add(normal(headings[0]))
    return Title(best or None, frozenset(said - {""}))


def _named(told: Told) -> list[str]:
    """What the head names as the title, the likeliest first."""
    headlines = (item["headline"] for item in told.about if isinstance(item.get("headline"), str))
    named = [jsonld.plain(text) for text in islice(headlines, MOST_HEADLINES)] + [
        told.meta[key] for key in METAS if key in told.meta
    ]
    return [text[:LONGEST_TITLE] for text in named]


def _confirmed(headings: Sequence[str], claimed: Sequence[str]) -> str | None:
    """The heading whose words the head says the most of; of equals the longest."""
    words = [set(text.split()) for text in claimed]
    ranked = []
    for text in headings:
        own = set(normal(text).split())
        share = max((len(own & each) / len(own) for each in words if own), default=0.0)
        ranked.append((share, len(text), text))
    best = max(ranked, default=None)
    return best[2] if best and best[0] >= CONFIRMED else None


def _exact(told: Told, claimed: set[str], tags: Sequence[str]) -> str | None:
    """A heading that is just what the head says; a page's <h1> may be its site's name."""
    for tag in tags:
        for _, text in told.headings[tag][:SUBHEADINGS]:
            if normal(text) in claimed and len(normal(text).split()) >= TITLE_PART:
                return text
    return None


def _is_site(text: str, site: str | None, host: str) -> bool:
    """Is a text the site's name, or its host written as one."""
    plain = normal(text)
    squeezed = plain.replace(" ", "")
    labels = host.split(".")
    return bool(plain) and (plain == normal(site or "") or squeezed in labels or squeezed == "".join(labels))


def _names_site(text: str, site: str | None, host: str) -> bool:
    """Is a part of a title the site's name, or its name with something more: "Aura Official Site"."""
    if _is_site(text, site, host):
        return True
    words = normal(text).split()
    labels = [label for label in host.split(".")[:-1] if len(label) >= HOST_WORD]
    initials = "".join(word[0] for word in words)
    spelled = any(label in "".join(words) or label == initials for label in labels)
    return 0 < len(words) <= SITE_WORDS + 1 and spelled


def without_site(text: str, site: str | None, host: str) -> str:
    """A title without the name of its site at the beginning or the end."""
    marks = list(_SEPARATOR.finditer(text))
    if not marks:
        return text
    first, last = text[: marks[0].start()], text[marks[-1].end() :]
    if _names_site(last, site, host):
        return without_site(text[: marks[-1].start()], site, host)
    if _is_site(first, site, host):
        return without_site(text[marks[0].end() :], site, host)
    if len(normal(last).split()) <= SITE_WORDS and len(text) - len(last) > 2 * len(last):
        return text[: marks[-1].start()]
    return text
