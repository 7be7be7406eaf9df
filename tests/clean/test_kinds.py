"""What kind of page it is."""

from __future__ import annotations

import numpy as np
import pytest

from worker.clean import clean
from worker.clean.model.kinds import Kinds

PROSE = (
    "The ferry left the old quay an hour late, because the master could not find the key to the gate. "
    "By noon the fog had gone, and the crew said that they had never seen the bay so still in October. "
)
ARTICLE = f"<html><body><article><h1>A ferry in the fog</h1>{f'<p>{PROSE}</p>' * 6}</article>"
PRODUCT = (
    '<html><head><meta property="og:type" content="product"><meta property="product:price" content="9">'
    '<script type="application/ld+json">{"@type": "Product", "offers": {"@type": "Offer"}}</script></head>'
    '<body class="single-product"><h1>Brass lamp</h1><p>A lamp of brass for the desk, with a cord.'
    f"<h2>Details</h2><ul>{'<li>Brass, 1.2 kg</li>' * 4}</ul>"
)
THREAD = (
    '<html><head><script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script></head>'
    '<body class="forum topic"><h1>Which oil for a bicycle chain?</h1>'
    + f'<div class="post"><a href="/u">rider 12</a><div class="message">{PROSE}</div></div>'
    * 8
)


@pytest.mark.parametrize(
    ("html", "url", "kind"),
    [
        (ARTICLE, "https://paper.example/2026/10/ferry-in-the-fog", "article"),
        (PRODUCT, "https://shop.example/product/brass-lamp", "product"),
        (THREAD, "https://talk.example/forum/threads/which-oil.812/", "forum"),
        (ARTICLE, None, "article"),
        (ARTICLE, "https://[no address", "article"),
    ],
)
def test_the_kind_of_a_page_is_told(html: str, url: str | None, kind: str) -> None:
    assert clean(html, url=url).kind == kind


def test_a_page_without_text_is_of_no_known_kind() -> None:
    assert clean("<html><body><nav><a href=/a>Home</a></nav>").kind == "unknown"


def test_the_kind_is_in_what_is_stored() -> None:
    assert clean(ARTICLE).to_dict()["page"]["kind"] == "article"


def test_what_no_kind_is_probable_enough_for_is_unknown() -> None:
    torn = Kinds(["article", "forum", "product"], {"url forum": np.array([0, 2, 0], np.float32)})
    assert torn.likeliest({"url news"}) == "unknown"
    assert torn.likeliest({"url forum"}) == "forum"
