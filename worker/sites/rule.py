"""What is known of the pages of one site, and how the rule for a page's address is found.

Rules come from three places: `config/sites`, the operator's own folder of the same format, and a folder of
fivefilters' site configs. They are read once, as a worker starts, and handed down as values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.jobs.urls import UrlError, plain_host, target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.sites.cosmetic import CosmeticList


@dataclass(frozen=True, slots=True)
class Site:
    """One rule. Queries are CSS selectors, or XPath 1.0 where `xpath` says so."""

    name: str  # as a receipt says it: the host, with a leading dot where only its subdomains are meant
    text: tuple[str, ...] = ()  # the first that finds any text says where the text stands
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    title: tuple[str, ...] = ()  # of these three the first that finds anything
    authors: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    no_images: tuple[str, ...] = ()  # parts of the addresses of pictures that are none
    replace: tuple[tuple[str, str], ...] = ()  # in the page's markup, before it is parsed
    xpath: bool = False


NO_SITE = Site("")  # what is known of the pages of any other site


@dataclass(frozen=True, slots=True)
class Sites:
    """All rules. A host's own comes before one that covers it as a subdomain."""

    exact: Mapping[str, Site] = field(default_factory=dict)  # by host, without www.
    below: Mapping[str, Site] = field(default_factory=dict)  # by the domain whose subdomains it covers
    cosmetic: CosmeticList | None = None

    def of(self, host: str) -> Site | None:
        """The rule for the pages of this host, if there is one."""
        found = self.exact.get(host)
        parents = domains(host)[1:] if found is None and self.below else []
        return next((self.below[name] for name in parents if name in self.below), found)

    def over(self, other: Sites) -> Sites:
        """These rules, and the other's for what they say nothing of."""
        return Sites(
            {**other.exact, **self.exact}, {**other.below, **self.below}, self.cosmetic or other.cosmetic
        )


def host_of(url: str | None) -> str:
    """The host of a page as rules name it; empty where there is none."""
    try:
        return plain_host(target(url).host) if url else ""
    except UrlError:
        return ""


def domains(host: str) -> list[str]:
    """The host and each domain above it, the longest first: a.b.example, b.example, example."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
