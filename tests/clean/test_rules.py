"""The registry of rules, the words behind them, and verdicts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from worker.clean import Options, Rules, clean
from worker.clean.lexicon import LONGEST_START, lexicon, normal
from worker.clean.naming import named
from worker.clean.rules import RULES
from worker.clean.rules.rule import DECISIONS, KINDS

CONFIG = Path(__file__).parents[2] / "config"
PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)


def test_every_rule_has_one_name_and_a_known_kind() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {rule.kind for rule in RULES} <= set(KINDS)
    assert set(Rules().names) == {*names, *DECISIONS}


def test_a_rule_that_is_not_there_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="no such rule: nonsense"):
        Rules().without("caption", "nonsense")


def test_paragraphs_that_differ_in_their_numbers_are_not_said_twice() -> None:
    line = "In the year {n} the river rose by {n} centimetres, and nobody in the lower town was surprised."
    text = clean(
        "<article>" + "".join(f"<p>{line.format(n=n)}</p>" for n in (3, 14, 159, 3)) + "</article>"
    ).text
    assert [text.count(f"year {n} ") for n in (3, 14, 159)] == [1, 1, 1]


@pytest.mark.parametrize("line", [PROSE.strip(), "河水在夜里上涨了十一厘米，下城里没有人感到惊讶。"])
def test_a_paragraph_that_is_said_twice_is_there_once_in_any_script(line: str) -> None:
    others = "".join(f"<p>{word}{line}</p>" for word in ("One ", "Two "))
    assert clean(f"<article>{others}<p>{line}</p><p>{line}</p></article>").text.count(line) == 3


def test_a_rule_switched_off_leaves_its_blocks_in_the_text() -> None:
    caption = "<figure><figcaption>Ice at the weir</figcaption></figure>"
    html = f"<main><p>{PROSE}</p>{caption}<p>{PROSE[::-1]}</p></main>"
    assert "Ice" not in clean(html).text
    assert "Ice" not in clean(html, rules=Rules().without("model")).text
    assert "Ice" in clean(html, rules=Rules().without("model", "caption")).text


def kinds(html: str) -> dict[str, str]:
    """The kind of each line that the rules alone take out."""
    page = clean(f"<html lang=en><title>The Valley Paper</title>{html}", rules=Rules().without("model"))
    return {receipt.text: receipt.kind for receipt in page.receipts}


def test_the_name_of_the_site_behind_its_copyright_is_a_footer_and_no_title() -> None:
    found = kinds(f"<h1>The Valley Paper</h1><p>{PROSE * 2}</p><p>© The Valley Paper</p>")
    assert found == {"The Valley Paper": "title", "© The Valley Paper": "footer"}


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ('<div role="navigation">Herons</div>', "navigation"),
        ('<div role="ContentInfo ">Herons</div>', "footer"),
        ('<div role="search">Herons</div>', "control"),
        ('<div role="dialog">Herons</div>', "other"),
        ('<p>To: <a href="https://x.com/intent/post?u=a">Post</a></p>', "share"),
        ('<p>1 <a href="/2">2</a> <a href="/3">3</a></p>', "pagination"),
    ],
)
def test_what_stands_around_a_text_has_the_kind_of_its_role_or_shape(box: str, kind: str) -> None:
    assert list(kinds(f"<p>{PROSE * 2}</p>{box}<p>{PROSE[::-1] * 2}</p>").values()) == [kind]


BACK = PROSE[::-1].strip()
SIZES = "Boots (<a href=/m>Men’s</a> / <a href=/w>Women’s</a>)"
POSTS = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'


@pytest.mark.parametrize(
    ("html", "line"),
    [
        (f'<p>{PROSE * 2}</p><section id="cookies"><h2>Cookies</h2><p>{PROSE}</p></section>', "Cookies"),
        (f'<p>{PROSE * 5}</p><div role="tablist"><h3>Why?</h3><p>{BACK}</p></div>', BACK),
        (f"<p>{PROSE * 2}</p><h3><button>Why was it so?</button></h3><p>It was.</p>", "Why was it so?"),
        (f"<p>{PROSE * 2}</p><ul><li>{SIZES}</ul>", "Boots (Men’s / Women’s)"),
        (f'<p>{BACK * 2}</p><h4>{PROSE}</h4><p class="related">Rivers</p>', PROSE.strip()),
        (f'{POSTS}<p>{PROSE * 7}</p><div class="comments"><p>{BACK}</p></div>', BACK),
    ],
    ids=["id-of-a-heading", "tablist-of-answers", "question-in-a-button", "slashes", "long-heading", "forum"],
)
def test_what_only_looks_like_a_box_or_a_bar_is_kept(html: str, line: str) -> None:
    assert (
        line in clean(f"<html lang=en><body>{html}", rules=Rules().without("model", "region", "edges")).text
    )


def test_a_box_called_as_its_heading_that_asks_for_consent_is_one() -> None:
    said = "<h2>Cookie notice</h2><p>Ours are of oats.</p><button>Accept all</button>"
    found = kinds(f'<p>{PROSE * 2}</p><div id="cookie-notice">{said}</div>')
    assert found["Ours are of oats."] == "consent"


def test_a_telephone_number_is_no_list_of_pages() -> None:
    assert "pagination" not in kinds(f'<p>{PROSE * 2}</p><p><a href="tel:555">555 0142</a></p>').values()


@pytest.mark.parametrize(("below", "name"), [("Ada Quill", True), ("A river in the night", False)])
def test_a_name_goes_with_the_word_by_that_stands_alone_above_it(below: str, *, name: bool) -> None:
    found = kinds(f"<p>{PROSE * 2}</p><p>By</p><p>{below}</p><p>{PROSE[::-1] * 2}</p>")
    assert found == ({"By": "byline", below: "byline"} if name else {"By": "byline"})


@pytest.mark.parametrize("path", sorted((CONFIG / "phrases").glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_of_phrases_is_sorted_and_says_nothing_twice(path: Path) -> None:
    tables = tomllib.loads(path.read_text("utf-8"))
    for name in tables.keys() - {"grammar"}:
        for items in tables[name].values():
            assert items == sorted(items, key=str.casefold)
            forms = [normal(item) for item in items]
            assert all(forms)
    for name in ("starts", "openings"):
        beginnings = [normal(item) for items in tables.get(name, {}).values() for item in items]
        assert max((len(form.split()) for form in beginnings), default=0) <= LONGEST_START


def test_a_line_is_known_whatever_its_case_punctuation_and_digits() -> None:
    phrases = lexicon().said.lines[normal("  128 KOMMENTARE: ")]
    assert ("comments", "de") in {phrase[:2] for phrase in phrases}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("jp-relatedposts", "related"), ("relatedArticles", "related"), ("sd-sharing-enabled", "share")),
        *(
            ("wp-caption-text", "caption"),
            ("cookie-law-info-bar", "consent"),
            ("author-bio__text", "author_bio"),
        ),
        *(("css-1x9k0r", None), ("has-sidebar", None), ("no-comments", None), ("shareholder", None)),
        *(("entry-content", None), ("article-body", None), ("x" * 500, None)),
    ],
)
def test_class_names_say_what_a_box_is(name: str, kind: str | None) -> None:
    assert next((hit.kind for hit in named({"class": name})), None) == kind


@pytest.mark.parametrize(
    ("html", "verdict"),
    [
        ("", "thin"),
        ("<p>Closed on Mondays.</p>", "thin"),
        (f"<article><h1>River</h1><p>{PROSE * 4}</p></article>", "ok"),
        ("<title>Just a moment...</title><p>Checking your browser before you go on.</p>", "bot_wall"),
        ("<title>404</title><h1>Page not found</h1><p>It may have moved.</p>", "error_page"),
        (
            "<p>We use cookies to improve your experience. Accept?</p><button>Accept all</button>",
            "consent_wall",
        ),
        (f"<p>{PROSE * 2}</p><h2>Subscribe to continue reading</h2>", "paywall"),
    ],
)
def test_a_page_has_a_verdict(html: str, verdict: str) -> None:
    page = clean(html)
    assert page.verdict == verdict
    assert 0 <= page.confidence <= 1
    assert not (page.text and verdict in ("consent_wall", "bot_wall"))


@pytest.mark.parametrize(
    ("line", "verdict"), [("Your privacy choices", "thin"), ("Hmm, something went wrong", "ok")]
)
def test_a_line_of_a_long_page_that_has_other_things_to_say_is_no_wall(line: str, verdict: str) -> None:
    menu = "".join(f'<li><a href="/{n}">The river in the year {n}</a></li>' for n in range(1900, 1980))
    text = f"<p>{PROSE * (3 if verdict == 'ok' else 1)}</p>"
    page = clean(f"<main><h1>High water</h1>{text}</main><nav><ul>{menu}</ul></nav><footer>{line}</footer>")
    assert page.verdict == verdict
    assert PROSE.strip() in page.text


def test_an_error_that_nobody_sees_is_none() -> None:
    lines = "<p>The ferry does not run on Mondays.</p><p {}>Something went wrong</p>"
    assert clean(lines.format("")).verdict == "error_page"
    assert clean(lines.format("hidden")).verdict == "thin"


def test_plain_text_is_not_parsed() -> None:
    page = clean(b"One < two,\nand more.\n\nIf a&amp;b then c.")
    assert page.text == "One < two,\nand more.\n\nIf a&amp;b then c."
    assert page.receipts == ()


def test_plain_text_without_spaces_between_words_is_not_thin() -> None:
    assert clean("河水在夜里上涨了十一厘米，下城里没有人感到惊讶。" * 8).verdict == "ok"


def test_a_page_that_begins_with_thousands_of_blank_lines_is_no_plain_text() -> None:
    assert clean("\r\n" * 3000 + f"<html><main><p>{PROSE}</p></main>").text == PROSE.strip()


def test_an_empty_page_is_a_page() -> None:
    stored = clean(b"", options=Options()).to_dict()
    assert stored["page"]["text"] == ""
    assert stored["receipts"] == []
