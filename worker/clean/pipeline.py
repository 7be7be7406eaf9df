"""The road of a page, in order. This is the one module that knows more than one stage."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from worker.clean.adverts import adverts
from worker.clean.blocks import plain_document, walk
from worker.clean.by_model import by_model
from worker.clean.by_region import by_region
from worker.clean.by_site import advice, fields, rewritten, without_images
from worker.clean.decide import Decision, Wish
from worker.clean.decode import decode
from worker.clean.depth import BOUNDS
from worker.clean.images import base_address, images
from worker.clean.lexicon import lexicon
from worker.clean.metadata import Metadata, metadata
from worker.clean.model.block_model import probabilities
from worker.clean.model.kinds import kind
from worker.clean.page import Page
from worker.clean.polish import polish
from worker.clean.query import query
from worker.clean.receipts import receipts
from worker.clean.rules import signals
from worker.clean.rules.rule import Rules, Signal
from worker.clean.scene import scene
from worker.clean.selection import selected
from worker.clean.structure import structure
from worker.clean.verdict import EMPTY, THIN_WORDS, Verdict, verdict
from worker.clean.votes import votes
from worker.jobs.options import Options
from worker.sites.load import shipped
from worker.sites.rule import NO_SITE, host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from worker.clean.depth import Bounds
    from worker.clean.document import Document
    from worker.clean.scene import Scene
    from worker.sites.rule import Site, Sites

    Model = Callable[[Document], NDArray[np.float64] | None]

DEFAULT_OPTIONS = Options()
ALL_RULES = Rules()
SNIFFED = 4096  # characters, from the first that is no white space, in which a page of HTML shows a tag

_TAG = re.compile(r"<(?:!doctype|!--|/?[a-z][a-z0-9-]*(?:\s|/?>))", re.IGNORECASE)


def clean(
    body: bytes | str,
    *,
    url: str | None = None,
    charset: str | None = None,
    options: Options = DEFAULT_OPTIONS,
    rules: Rules = ALL_RULES,
    model: Model = probabilities,
    sites: Sites | None = None,
    bounds: Bounds = BOUNDS,
) -> Page:
    """The text of a page and a receipt for everything else on it. Pure: same input, same answer.

    `url` resolves relative links; `charset` is the Content-Type's. `model` gives each block its chance to be
    content; where it gives None a second reader votes. `sites`: by default the rules that come with Pith.
    What is beyond `bounds` is not read. Raises BadSelector; anything else is a bug.
    """
    text = decode(body, charset)
    if not _is_markup(text):
        return _plain(text, Frame(Metadata(), url, options))
    sites, host = sites or shipped(), host_of(url)
    site = _site(sites.of(host), options, rules)
    document = walk(text := rewritten(text, site), bounds)
    page = query(document, xpath=site.xpath)
    document = without_images(document, site, page) if options.images else document
    known = fields(metadata(document, url), site, page)
    view = scene(document, known, lexicon(rules.phrases))
    told = advice(view, site, page)
    chosen = selected(document, options)
    marked = {**signals(view, rules), **_adverts(view, sites, host, rules), **told.drop, **chosen}
    wish = Wish(options, rules, told.keep.difference(chosen), told.located)
    chances = model(document) if "model" not in rules.off else None
    if chances is None:
        decision = by_region(view, marked, votes(text, document, bounds.depth), wish)
    else:
        decision = by_model(view, marked, chances, wish)
    decision = polish(document, decision, rules)
    judged = verdict(view, decision, known) if "verdict" not in rules.off else Verdict("ok", 0.5)
    decision = decision.drop(_of_a_wall(decision, judged))
    return _page(document, decision, judged, Frame(known, url, options, told.notes))


def _of_a_wall(decision: Decision, judged: Verdict) -> dict[int, Signal]:
    """All that was kept, if the page is no more than what stands in its way."""
    signal = Signal(judged.name, "verdict", "nothing else is here")
    return dict.fromkeys(decision.kept, signal) if judged.name in EMPTY else {}


class Frame(NamedTuple):
    """What goes into a page as it is."""

    known: Metadata
    url: str | None
    options: Options
    notes: tuple[str, ...] = ()


def _site(site: Site | None, options: Options, rules: Rules) -> Site:
    """The site's rule as far as it is in force: a caller's `include` counts before its `text`."""
    if site is None or "site" in rules.off:
        return NO_SITE
    return replace(site, text=()) if options.include else site


def _adverts(view: Scene, sites: Sites, host: str, rules: Rules) -> dict[int, Signal]:
    known = sites.cosmetic
    return {} if known is None or "cosmetic" in rules.off else adverts(view, known, host)


def _is_markup(text: str) -> bool:
    return _TAG.search(text.lstrip()[:SNIFFED]) is not None


def _plain(text: str, frame: Frame) -> Page:
    document = plain_document(text)
    decision = Decision({}, len(document.blocks))
    words = sum(document.counts)
    return _page(document, decision, Verdict("ok" if words >= THIN_WORDS else "thin", 0.9), frame)


def _page(document: Document, decision: Decision, judged: Verdict, frame: Frame) -> Page:
    kept = decision.kept
    base = base_address(document, frame.url)
    return Page(
        url=frame.url,
        metadata=frame.known,
        pieces=structure(document, kept, base),
        images=images(document, kept, base) if frame.options.images else (),
        word_count=sum(document.counts[number] for number in kept),
        kind=kind(document, frame.url, kept),
        verdict=judged.name,
        confidence=judged.confidence,
        receipts=tuple(receipts(document, decision)),
        options=frame.options,
        notes=frame.notes,
    )
