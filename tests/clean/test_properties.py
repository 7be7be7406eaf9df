"""What holds for every page there is."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.clean.pages import BROKEN_PAGES, NESTED_PAGES, PAGES, SENTENCES
from worker.clean import Options, Rules, clean
from worker.clean.blocks import walk
from worker.clean.decide import Decision
from worker.clean.depth import BOUNDS
from worker.clean.polish import polish
from worker.clean.rows import CUT_OUT, SKIPPED

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tokens(texts: list[str]) -> Counter[str]:
    return Counter(token for text in texts for token in re.findall(r"\w+", text))


def source_text(html: str) -> str:
    """Every character of text outside the skipped elements, by a walk of the test's own."""
    skipped: set[int] = set()
    found = []
    root = LexborHTMLParser(html).root
    assert root is not None
    for node in root.traverse(include_text=True):
        above = node.parent.mem_id if node.parent is not None else 0
        if above in skipped or node.tag in SKIPPED:
            skipped.add(node.mem_id)
        elif node.is_text_node:
            found.append(node.text_content or "")
    return "".join("".join(found).split())


@FEW
@given(PAGES)
def test_every_character_of_text_is_in_exactly_one_block(html: str) -> None:
    blocks = "".join("".join(block.text.split()) for block in walk(html).blocks)
    assert Counter(blocks) == Counter(source_text(html))


@FEW
@given(PAGES)
def test_the_runs_of_a_block_are_its_text(html: str) -> None:
    for block in walk(html).blocks:
        assert "".join(run.text for run in block.runs) == block.text
        assert block.text.strip()


@FEW
@given(PAGES)
def test_a_span_goes_from_the_first_to_the_last_block_of_its_descendants(html: str) -> None:
    document = walk(html)
    # A line is written when it ends, what is cut out of it before: only then a stranger may stand in between.
    cut_out = any(tag in CUT_OUT for tag in document.elements.tags) or document.elements.hidden.any()
    for row in range(len(document.elements)):
        inside = [b.number for b in document.blocks if row in document.elements.ancestors(b.element)]
        span = list(document.blocks_of(row))
        assert span[:1] + span[-1:] == inside[:1] + inside[-1:]
        assert cut_out or span == inside


@FEW
@given(PAGES)
def test_every_word_is_accounted_for(html: str) -> None:
    page = clean(html)
    kept = [piece.text for piece in page.pieces]
    dropped = [receipt.text for receipt in page.receipts]
    assert tokens(kept + dropped) == tokens([block.text for block in walk(html).blocks])


@FEW
@given(PAGES, st.sampled_from(["http://h.example/a/b", None]))
def test_the_same_page_gives_the_same_answer(html: str, url: str | None) -> None:
    assert clean(html, url=url).to_dict() == clean(html, url=url).to_dict()


@FEW
@given(PAGES)
def test_polishing_twice_changes_nothing(html: str) -> None:
    document = walk(html)
    once = polish(document, Decision({}, len(document.blocks)), Rules())
    assert polish(document, once, Rules()) == once


@FEW
@given(PAGES)
def test_no_html_that_comes_out_can_run(html: str) -> None:
    everything = Options(title=True, captions=True, comments=True)
    out = LexborHTMLParser(clean(html, url="https://valley.example/", options=everything).html)
    assert not out.css("script, style, iframe, form, input, button, [onclick], [style], [srcdoc]")
    assert all(
        (link.attributes.get("href") or "").startswith(("http", "mailto", "tel")) for link in out.css("a")
    )


@settings(FEW, max_examples=200)
@given(BROKEN_PAGES)
def test_broken_pages_are_cleaned_and_every_word_is_accounted_for(html: str) -> None:
    html = "<html>" + html  # or it may be plain text
    page = clean(html, url="http://h.example/a/b", options=Options(title=True, comments=True))
    assert page.to_dict()
    written = [piece.text for piece in page.pieces] + [receipt.text for receipt in page.receipts]
    assert tokens(written) == tokens([block.text for block in walk(html).blocks])


@settings(FEW, max_examples=25)
@given(NESTED_PAGES)
def test_pages_nested_deeper_than_any_are_cleaned(html: str) -> None:
    page = clean(html)
    assert page.verdict
    assert int(walk(html).elements.depth.max()) <= 5 * BOUNDS.depth


@FEW
@given(
    SENTENCES, st.sampled_from(["alt", "title", "aria-label", "data-text", "placeholder", "content"]), PAGES
)
def test_nothing_of_an_attribute_is_in_the_text(words: str, name: str, html: str) -> None:
    said = f"Zebra{''.join(words.split())}"
    hidden = f"<img {name}='{said}'><p {name}='{said}'>plain words</p><input {name}='{said}'>"
    assert said not in clean(html.replace("<body>", "<body>" + hidden)).text


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_page(body: bytes) -> None:
    assert clean(body).verdict
