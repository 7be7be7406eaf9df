"""The extractors that are measured side by side, ours among them. Each turns a page's HTML into its text.

A peer that isn't installed is passed over with its reason; the extra `lab` of pyproject.toml brings them.
Peers stand at the settings that their own authors recommend for the text of an article.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lab.missing import MissingError
from lab.sets import Sample

Extract = Callable[[Sample], str]
PACKAGES = Path(__file__).with_name("node") / "package.json"  # of the extractors in JavaScript
OURS = "pith"
YARDSTICK = "trafilatura"  # the extractor that speed is a ratio of
# justext wants a stop list by name; a language without one gets the language-independent mode.
JUSTEXT = {
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "pl": "Polish",
    "ru": "Russian",
}


class MissingPeerError(MissingError):
    """The peer can't run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An extractor, the distribution it comes from, and how it is loaded (once, before any timing)."""

    name: str
    package: str
    load: Callable[[], Extract]


def _ours() -> Extract:
    from worker.clean import clean

    def extract(sample: Sample) -> str:
        page = clean(sample.html, url=sample.url)
        _ = page.markdown, page.receipts  # part of what a caller gets, so part of the time
        return str(page.text)

    return extract


def _trafilatura(mode: str = "") -> Callable[[], Extract]:
    def load() -> Extract:
        from trafilatura import extract

        options: dict[str, Any] = {mode: True} if mode else {}
        return lambda sample: extract(sample.html, include_comments=False, **options) or ""

    return load


def _readability() -> Extract:
    from lxml.html import fromstring
    from readability import Document

    def extract(sample: Sample) -> str:
        summary = Document(sample.html).summary(html_partial=True)
        return "\n".join(fromstring(summary).itertext()) if summary.strip() else ""

    return extract


def _resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda sample: str(extract_plain_text(sample.html, main_content=True, alt_texts=False))


def _magic_html() -> Extract:
    from lxml.html import fromstring
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()

    def extract(sample: Sample) -> str:
        body = extractor.extract(sample.html, base_url=sample.url or "http://localhost/")["html"]
        return "\n".join(fromstring(body).itertext()) if body.strip() else ""

    return extract


def _justext() -> Extract:
    import justext

    stops = {lang: justext.get_stoplist(name) for lang, name in JUSTEXT.items()}

    def extract(sample: Sample) -> str:
        stop = stops.get(sample.lang or "en", frozenset())
        options = {} if stop else {"stopwords_low": 0.0, "stopwords_high": 0.0}
        paragraphs = justext.justext(sample.html.encode(), stop, encoding="utf-8", **options)
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return extract


def _newspaper() -> Extract:
    from newspaper import Article

    class TextOnly(Article):  # type: ignore[misc]
        def fetch_images(self) -> None:
            """Its own setting of that name leaves one way open on which pictures are fetched."""

    def extract(sample: Sample) -> str:
        article = TextOnly(sample.url or "http://localhost/")
        article.download(input_html=sample.html)
        article.parse()
        return str(article.text)

    return extract


def _goose() -> Extract:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})
    return lambda sample: str(goose.extract(raw_html=sample.html).cleaned_text)


def _chromerag() -> Extract:
    from chromerag import ChromeRAG

    engine = ChromeRAG()
    return lambda sample: unescape(engine.extract(sample.html, url=sample.url or "").markdown)


def _javascript(name: str) -> Callable[[], Extract]:
    def load() -> Extract:
        from lab.javascript import Extractor

        return Extractor(name)

    return load


PEERS = (
    Peer(OURS, OURS, _ours),
    Peer("trafilatura", "trafilatura", _trafilatura()),
    Peer("trafilatura-precision", "trafilatura", _trafilatura("favor_precision")),
    Peer("trafilatura-recall", "trafilatura", _trafilatura("favor_recall")),
    Peer("trafilatura-fast", "trafilatura", _trafilatura("fast")),
    Peer("readability-lxml", "readability-lxml", _readability),
    Peer("resiliparse", "resiliparse", _resiliparse),
    Peer("magic-html", "magic-html", _magic_html),
    Peer("justext", "justext", _justext),
    Peer("newspaper4k", "newspaper4k", _newspaper),
    Peer("goose3", "goose3", _goose),
    Peer("chromerag", "chromerag", _chromerag),
    Peer("readability.js", "@mozilla/readability", _javascript("readability.js")),
    Peer("defuddle", "defuddle", _javascript("defuddle")),
)
NAMES = tuple(peer.name for peer in PEERS)


def load(peer: Peer) -> Extract:
    """The peer, ready to run. Raises MissingPeerError."""
    try:
        return peer.load()
    except ImportError as error:
        raise MissingPeerError(f"{peer.name}: passed over, {error}") from error


def chosen(names: Iterable[str]) -> list[Peer]:
    """Ours and the named peers, in the order of the table. Raises MissingPeerError for an unknown name."""
    wanted = {OURS, *names}
    if unknown := sorted(wanted.difference(NAMES)):
        raise MissingPeerError(f"no peer {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return [peer for peer in PEERS if peer.name in wanted]


def label(peer: Peer) -> str:
    """Name and version, as it stands in a table."""
    if wanted := json.loads(PACKAGES.read_text("utf-8"))["dependencies"].get(peer.package):
        return f"{peer.name} {wanted}"
    try:
        return f"{peer.name} {version(peer.package)}"
    except PackageNotFoundError:
        return peer.name
