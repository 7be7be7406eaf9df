"""What a caller may choose, as a caller sees it: each option changes what it names and nothing else."""

from __future__ import annotations

import dataclasses

import pytest
from selectolax.lexbor import LexborHTMLParser

from worker.clean import Options, Page, clean

FIRST = (
    "The swing bridge at Hollin Quay will stay shut until the middle of March, the harbour board said on "
    "Tuesday, after divers found a second crack in its western bearing, which was cast in 1931."
)
SECOND = (
    "Lorries are being sent round by the Marl Road, which adds eleven kilometres to the way to the grain "
    "store, and the ferry takes foot passengers free of charge for as long as the work goes on."
)
COMMENT = "My grandfather greased that bearing every second Sunday, and nobody has done it since he died."
HTML = f"""<!DOCTYPE html>
<html lang="en"><head><title>Swing bridge shut until March | Quay Courier</title>
<meta property="og:title" content="Swing bridge shut until March"><meta name="author" content="Imke Tallow">
<base href="/2026/harbour/">
</head><body><main><article>
<h1>Swing bridge shut until March</h1>
<p class="byline">By Imke Tallow</p>
<p>{FIRST}</p>
<figure><img src="crack.jpg" alt="The crack"><figcaption>The crack, seen from a boat</figcaption></figure>
<p>{SECOND} The <a href="map.html">map</a> shows the way.</p>
<table><tr><th>Day</th><th>Ferries</th></tr><tr><td>Sunday</td><td>6</td></tr></table>
</article>
<section id="comments" class="comments"><h2>1 comment</h2><div class="comment"><p>{COMMENT}</p></div>
<form><textarea></textarea><button>Post comment</button></form></section>
</main></body></html>"""
URL = "https://quay-courier.example/2026/bridge.html"
USUAL = f"{FIRST}\n\n{SECOND} The map shows the way.\n\nDay | Ferries\nSunday | 6"


def page(**options: object) -> Page:
    return clean(HTML, url=URL, options=dataclasses.replace(Options(), **options))  # type: ignore[arg-type]


def test_by_default_the_text_is_the_article_alone() -> None:
    assert page().text == USUAL


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"title": True}, f"Swing bridge shut until March\n\n{USUAL}"),
        ({"byline": True}, f"By Imke Tallow\n\n{USUAL}"),
        ({"captions": True}, USUAL.replace(FIRST, f"{FIRST}\n\nThe crack, seen from a boat")),
        ({"tables": False}, USUAL.rsplit("\n\n", 1)[0]),
        ({"include": ("article p:not(.byline)",)}, USUAL.rsplit("\n\n", 1)[0]),
        ({"exclude": ("table",)}, USUAL.rsplit("\n\n", 1)[0]),
        ({"links": False}, USUAL),
    ],
)
def test_an_option_changes_what_it_names_and_nothing_else(options: dict[str, object], text: str) -> None:
    assert page(**options).text == text


def test_comments_are_in_the_text_when_asked_for() -> None:
    assert COMMENT not in page().text
    found = page(comments=True).text
    assert found.startswith(USUAL)
    assert COMMENT in found


def test_links_and_images_are_resolved_against_the_base_of_the_page() -> None:
    found = page(images=True)
    assert found.links == ({"url": "https://quay-courier.example/2026/harbour/map.html", "text": "map"},)
    assert found.images == (
        {"url": "https://quay-courier.example/2026/harbour/crack.jpg", "alt": "The crack"},
    )
    assert "(https://quay-courier.example/2026/harbour/map.html)" in found.markdown
    assert 'href="https://quay-courier.example/2026/harbour/map.html"' in found.html


@pytest.mark.parametrize(
    ("attributes", "address"),
    [
        ('srcset="big.jpg 2x, small.jpg 1x"', "big.jpg"),
        ('srcset=", big.jpg, small.jpg"', "big.jpg"),
        ('srcset="w_300,h_200/big.jpg 300w, w_60,h_40/big.jpg 60w"', "w_300,h_200/big.jpg"),
        ('srcset=" , " src="plain.jpg"', "plain.jpg"),
        (f'src="plain.jpg" width="{"9" * 5000}"', "plain.jpg"),
        ('src="dot.gif" width="1"', None),
    ],
)
def test_a_picture_has_the_first_address_that_it_names(attributes: str, address: str | None) -> None:
    found = clean(f"<main><p>{FIRST}</p><img {attributes}></main>", url=URL, options=Options(images=True))
    assert [image["url"] for image in found.images] == [
        f"https://quay-courier.example/2026/{name}" for name in [address] if name
    ]


@pytest.mark.parametrize("scheme", ["javascript:alert(1)//", "data:text/html,x//"])
def test_a_base_that_runs_resolves_no_link(scheme: str) -> None:
    found = clean(HTML.replace('<base href="/2026/harbour/">', f'<base href="{scheme}">'), url=URL)
    hrefs = [link.attributes.get("href") or "" for link in LexborHTMLParser(found.html).css("a")]
    assert all(href.startswith("https://quay-courier.example/") for href in hrefs)
    assert scheme.split(":", maxsplit=1)[0] + ":" not in found.markdown


def test_targets_of_links_are_left_out_of_markdown_and_html() -> None:
    found = page(links=False)
    assert "](" not in found.markdown
    assert "<a" not in found.html
    assert "The map shows the way." in found.markdown
    assert "The map shows the way." in found.html


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_only_the_format_asked_for_is_stored(form: str) -> None:
    stored = page(formats=(form,)).to_dict()["page"]
    assert [name for name in ("text", "markdown", "html") if stored[name]] == [form]
