"""Where a page is cut, and what a block knows."""

from __future__ import annotations

import pytest

from worker.clean import clean
from worker.clean.blocks import Block, plain_document, walk
from worker.clean.depth import Bounds
from worker.clean.document import Marks
from worker.clean.tags import MAX_ATTRIBUTES

DEEP = 100_000


def texts(html: str) -> list[str]:
    return [block.text for block in walk(html).blocks]


def only(html: str) -> Block:
    (block,) = walk(html).blocks
    return block


def test_white_space_is_folded_and_inline_tags_do_not_cut() -> None:
    assert texts("<p> one\n <b>two</b>, th<i>r</i>ee  </p>") == ["one two, three"]


def test_bare_text_beside_a_paragraph_is_a_block() -> None:
    assert texts("<div>bare<p>inside</p>again</div>") == ["bare", "inside", "again"]


def test_two_breaks_cut_and_one_is_a_line_end() -> None:
    assert texts("<div>a<br>b<br><br>c<br/> <br/>d</div>") == ["a\nb", "c", "d"]


def test_code_keeps_its_white_space() -> None:
    assert texts("<pre>\n  if x:\n    y\n</pre>") == ["  if x:\n    y"]


def test_menu_entries_without_white_space_are_words_of_their_own() -> None:
    assert texts("<div><a href=/a>News</a><a href=/b>Sport</a></div>") == ["News Sport"]


def test_so_are_those_in_hangul() -> None:
    assert texts("<div><a href=/a>뉴스</a><a href=/b>연예</a></div>") == ["뉴스 연예"]
    assert texts("<div><a href=/a>新闻</a><a href=/b>体育</a></div>") == ["新闻体育"]


def test_how_a_word_is_read_and_a_formula_in_tex_are_no_part_of_the_line() -> None:
    ruby = "<p><ruby>川<rp>(</rp><rt>かわ</rt><rp>)</rp></ruby>が流れる</p>"
    formula = "<p>So <math><mi>E</mi><annotation encoding=tex>\\mathrm E</annotation></math> it is</p>"
    document = walk(ruby + formula)
    shown = [block.text for block in document.blocks if not document.hidden[block.number]]
    assert shown == ["川が流れる", "So E it is"]


def test_a_page_that_says_how_each_of_its_words_is_read_has_the_words_alone() -> None:
    line = "<ruby>川<rt>かわかわかわ</rt></ruby>が<ruby>流<rt>ながながなが</rt></ruby>れる、静かな夜の町。"
    assert clean(f"<article><p>{line}</p><p>{line * 2}</p></article>").text.count("かわ") == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two 3", 3), ("河水上涨了", 3), ("แม่น้ำสูงขึ้นในคืนนี้", 5), ("川 rises", 2), ("🇬🇧 🎉 go", 3)],
)
def test_words_are_counted_where_no_spaces_stand_between_them(text: str, words: int) -> None:
    assert walk(f"<p>{text}").counts == [words]


def test_a_drop_cap_stays_in_its_word() -> None:
    assert texts('<p><span class="cap">O</span>nce</p>') == ["Once"]


def test_soft_hyphens_are_no_part_of_a_word() -> None:
    assert texts("<p>Donau&shy;dampf\u200bschiff</p>") == ["Donaudampfschiff"]


def test_a_mark_without_width_makes_no_run_of_code() -> None:
    block = only("<pre>\u200b<b>x = 1</b></pre>")
    assert [run.text for run in block.runs] == ["x = 1"]


def test_a_class_hidden_in_capitals_and_comments_is_hidden_and_one_shown_again_is_not() -> None:
    css = "A.off{DISPLAY : None} /* .p{display:none} */ .tab{display:none} .tab.open{display:block}"
    document = walk(f"<style>{css}</style><p class=p>one</p><p class=tab>two</p><p class=off>three</p>")
    assert document.hidden.tolist() == [False, False, True]


def test_what_follows_the_last_node_of_a_deep_branch_is_read() -> None:
    assert texts(
        "<div><ul><li><a><b>one</b></a></li></ul></div><p>two</p><!-- end --></body></html><p>three"
    ) == [
        "one",
        "two",
        "three",
    ]


def test_a_button_or_hidden_text_in_a_sentence_is_a_block_of_its_own() -> None:
    html = "<p>one <button>Copy</button> two <span style='display: none'>secret</span> three</p>"
    document = walk(html)
    assert [b.text for b in document.blocks] == ["Copy", "secret", "one two three"]
    assert document.hidden.tolist() == [False, True, False]


def test_links_are_counted_and_runs_know_their_format() -> None:
    block = only('<p>see <a href="/x">the <em>map</em></a></p>')
    assert block.link_chars == len(" the map")
    assert [(run.href, run.marks) for run in block.runs] == [("", 0), ("/x", 0), ("/x", Marks.EMPHASIS)]


def test_scripts_styles_templates_and_the_head_are_in_no_block() -> None:
    html = "<head><title>t</title></head><script>a</script><style>b</style><template>c</template><p>d</p>"
    assert texts(html) == ["d"]


@pytest.mark.parametrize(
    "frame",
    [
        "<noscript><iframe src=/a height=0 /></noscript>",
        "<noscript><iframe src=/a></noscript><noscript><iframe src=/b></iframe></noscript>",
        "<noscript></noscript><noscript><img><iframe src=/a /></noscript><script></script>",
    ],
)
def test_a_frame_that_is_not_closed_takes_nothing_of_the_page(frame: str) -> None:
    assert texts(f"<body>{frame}<p>one</p><p>two</p>") == ["one", "two"]


def test_noscript_is_visible() -> None:
    assert not walk("<noscript><p>shown</p></noscript>").hidden.any()


@pytest.mark.parametrize(
    "html",
    [
        "<p hidden>x</p><p>a b</p>",
        '<p style="color:red; DISPLAY : none">x</p><p>a b</p>',
        "<style>p.gone { color: red; display:none }</style><p class='a gone'>x</p><p>a b</p>",
        "<style>#gone,.b{visibility:hidden}</style><div id=gone><p>x</p></div><p>a b</p>",
        "<dialog>x</dialog><p>a b</p>",
        "<svg><text>x</text></svg><p>a b</p>",
    ],
)
def test_what_a_page_hides_is_hidden(html: str) -> None:
    document = walk(html)
    assert {b.text for b in document.blocks if document.hidden[b.number]} == {"x"}


@pytest.mark.parametrize(
    "html",
    [
        '<p class="hidden">x</p><p>y</p>',
        "<style>@media print{.a{display:none}}</style><p class=a>x</p><p>y</p>",
        "<style>.a{display:none} .a.open{display:block}</style><p class=a>x</p><p>y</p>",
        "<style>.a .b{display:none}</style><p class=b>x</p><p>y</p>",
        '<body style="visibility:hidden"><p>x</p></body>',
        '<p aria-hidden="true">x</p><p>y</p>',
    ],
)
def test_what_only_might_be_hidden_is_not(html: str) -> None:
    assert not walk(html).hidden.any()


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "a", "font", "p><b"])
def test_a_hundred_thousand_nested_tags_are_still_one_block(tag: str) -> None:
    (block,) = walk(f"<{tag}>" * DEEP + "deep").blocks
    assert block.text == "deep"


def test_what_follows_the_last_node_that_may_be_read_is_not() -> None:
    document = walk("<p>one<p>two<p>three", Bounds(nodes=7))  # html, head, body, p, text, p, text
    assert [block.text for block in document.blocks] == ["one", "two"]


def test_a_tag_is_parsed_without_the_attributes_that_are_too_many() -> None:
    found = walk("<p " + " ".join(f"a{n}={n}" for n in range(5000)) + ">word</p>")
    assert max(map(len, found.elements.attrs)) == MAX_ATTRIBUTES
    assert found.blocks[0].text == "word"


def test_plain_text_is_cut_at_blank_lines() -> None:
    assert [b.text for b in plain_document("a\nb\n\n\nc < d\r\n\r\ne").blocks] == ["a\nb", "c < d", "e"]


@pytest.mark.parametrize(
    "html", ["", "\0", "<", "<!doctype html>", "<frameset><frame></frameset>", "\ud800<p>"]
)
def test_a_page_without_text_has_no_blocks(html: str) -> None:
    assert not walk(html).blocks or html == "<"
