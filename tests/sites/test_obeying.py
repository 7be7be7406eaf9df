"""What rules for sites do to a page."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.clean.test_golden import golden
from worker.clean import Options, Page, Rules, clean
from worker.sites import cosmetic, ftr
from worker.sites.load import SHIPPED, shipped
from worker.sites.rule import Site, Sites, host_of

CONFIGS = ftr.read_folder(Path(__file__).parent / "configs").sites
URL = "https://www.harbour.example/a"
LINES = [
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it.",
    "The bakers had carried their flour upstairs on the day before, and the school sent the children home.",
    "By noon the water stood at the third step of the town hall, as it does in every other year.",
]
STORY = "".join(f"<p>{line}</p>" for line in LINES)
FUND = "Our fund has paid for the swimming lessons of four hundred children since it was begun in the spring."
PROMO = "Come to the open day of the harbour on Sunday and bring your friends, your boats and your best hats."


def cleaned(
    html: str, site: Site | None = None, rules: Rules | None = None, **options: tuple[str, ...]
) -> Page:
    sites = Sites({"harbour.example": site}) if site else CONFIGS
    return clean(html, url=URL, sites=sites, rules=rules or Rules(), options=Options(**options))  # type: ignore[arg-type]


def reasons(page: Page) -> dict[str, str]:
    return {receipt.text: f"{receipt.kind} {receipt.rule}" for receipt in page.receipts}


@pytest.mark.parametrize("off", [(), ("model",)], ids=["model", "no-model"])
def test_what_is_to_be_kept_is_kept_against_model_and_rules(off: tuple[str, ...]) -> None:
    box = "<aside class='related'><h2>Read also</h2><a href='/b'>The other bank</a></aside>"
    html = f"<main>{STORY}{box}</main>"
    without, rule = Rules().without(*off), Site("harbour.example", keep=("aside.related",))
    assert "The other bank" not in cleaned(html, Site("harbour.example"), without).text
    assert "The other bank" in cleaned(html, rule, without).text
    assert "The other bank" not in cleaned(html, rule, without.without("site")).text


def test_what_is_to_be_kept_is_kept_wherever_it_stands_without_the_model() -> None:
    html = f"<main>{STORY * 3}</main><div><div class=away><a href='/c'>The old crane</a></div></div>"
    rule, without = Site("harbour.example", keep=(".away",)), Rules().without("model")
    assert "The old crane" not in cleaned(html, Site("harbour.example"), without).text
    assert "The old crane" in cleaned(html, rule, without).text


def test_of_two_elements_that_a_rule_names_the_inner_one_counts() -> None:
    html = f"<main>{STORY}<div class=box><p>{FUND}</p><div class=note><p>{PROMO}</p></div></div></main>"
    inner_kept = cleaned(html, Site("harbour.example", keep=(".note",), drop=(".box",)))
    assert (FUND in inner_kept.text, PROMO in inner_kept.text) == (False, True)
    inner_dropped = cleaned(html, Site("harbour.example", keep=(".box",), drop=(".note",)))
    assert (FUND in inner_dropped.text, PROMO in inner_dropped.text) == (True, False)
    assert reasons(inner_dropped)[PROMO] == "excluded site:harbour.example: .note"


def test_drops_that_would_leave_nothing_to_read_are_void_and_the_log_is_told() -> None:
    html = f"<nav><a href='/'>Home</a></nav><main>{STORY}</main>"
    page = cleaned(html, Site("harbour.example", drop=("main",)))
    assert page.text.splitlines()[0] == LINES[0]
    assert page.notes == ("site:harbour.example: drop takes all there is to read, so it is void",)
    assert cleaned(html, Site("harbour.example", drop=("nav",))).notes == ()


def test_a_place_of_the_text_without_text_is_passed_over_for_the_next() -> None:
    html = f"<div id=old></div><div id=new>{STORY}</div><div id=else><p>{PROMO}</p></div>"
    page = cleaned(html, Site("harbour.example", text=("#gone", "#old", "#new")))
    assert page.text.split("\n\n") == LINES
    assert reasons(page)[PROMO] == "excluded site:harbour.example: outside #new"
    assert cleaned(html, Site("harbour.example", text=("#gone", "#old"))).text == cleaned(html, Site("")).text


def test_a_callers_own_selectors_come_before_the_rule() -> None:
    html = f"<main>{STORY}<p class=fund>{FUND}</p></main><div id=else><p>{PROMO}</p></div>"
    keeping, rule = Site("harbour.example", keep=(".fund",)), Site("harbour.example", text=("#else",))
    assert FUND not in cleaned(html, keeping, exclude=(".fund",)).text
    assert cleaned(html, rule).text == PROMO
    assert cleaned(html, rule, include=(".fund",)).text == FUND


def test_title_authors_and_day_are_read_where_a_rule_says() -> None:
    head = "<div class=t>High water again</div><div><i class=a>Ines Tolland</i></div>"
    html = f"{head}<time datetime=2026-02-03></time>{STORY}"
    known = Site("harbour.example", title=("div.t",), authors=(".none", "i.a"), published=("time",))
    page = cleaned(html, known)
    assert (page.title, page.authors, page.published) == ("High water again", ("Ines Tolland",), "2026-02-03")
    assert page.text.split("\n\n") == LINES
    assert reasons(page)["Ines Tolland"] == "byline byline: site:harbour.example i.a"


FTR_PAGE = f"""<!doctype html><meta property="og:title" content="High water again"><title>x</title>
<div class="top"><p>{PROMO}</p></div>
<div class="lead story wide"><h1>Water</h1><span class="writer">Ines Tolland</span>
<time datetime="2026-02-03T10:00:00Z"></time>{STORY}<blink><p>Wet &amp; cold.</p></blink>
<img src="/pixel/1.gif" width=400><img src="/crane.jpg" width=400>
<div class="promo"><img src="/promo.jpg" width=400></div></div>
<div class="story"><p>{FUND}</p><div id="big-promo-box"><p>{PROMO[::-1]}</p></div></div>
<footer>Imprint</footer><p>After the footer stands one more line, as long as any other of this page.</p>"""


def test_a_site_config_of_fivefilters_is_obeyed() -> None:
    page = cleaned(FTR_PAGE)
    assert (page.title, page.authors) == ("High water again", ("Ines Tolland",))
    assert page.published == "2026-02-03T10:00:00+00:00"
    assert page.text.split("\n\n")[:3] == LINES
    why = reasons(page)
    assert why[FUND].startswith("excluded site:harbour.example: //div[@class='story']//p[starts-with")
    assert why[PROMO[::-1]].startswith("excluded site:harbour.example: //*[contains(@class, 'promo')")
    assert why[PROMO].startswith("excluded site:harbour.example: outside //div[contains(concat")
    assert why["Imprint"].startswith("excluded site:harbour.example: //footer/self::footer")


def test_pictures_that_a_rule_drops_or_names_by_address_are_not_listed() -> None:
    page = clean(FTR_PAGE, url=URL, sites=CONFIGS, options=Options(images=True))
    assert [image["url"] for image in page.images] == ["https://www.harbour.example/crane.jpg"]


def test_strings_are_replaced_before_the_page_is_parsed_and_it_cannot_be_blown_up() -> None:
    swap = Site("harbour.example", replace=(("<q>", "<p class=x>"), ("", "never")), drop=("p.x",))
    assert "quietly" not in cleaned(f"<main>{STORY}<q>They went quietly.</main>", swap).text
    bomb = Site("harbour.example", replace=(("a", "a" * 1_000_000),))
    assert cleaned(f"<main>{STORY}</main>", bomb).text.split("\n\n") == LINES


def test_any_markup_can_be_asked_by_xpath() -> None:
    odd = "<o:p w:x='1' @click='a'>x\x01\x0cy</o:p><svg><path d=1></svg><a{b}>z</a{b}><p \x07=1>\ufffe"
    html = odd + STORY
    page = cleaned(html, Site("harbour.example", drop=("//p[3]",), xpath=True))
    assert LINES[0] in page.text


def test_a_path_that_has_no_answer_on_a_page_finds_nothing() -> None:
    site = Site("harbour.example", drop=("//p[$unknown]", "count(//p)", "//p/@class"), xpath=True)
    assert cleaned(f"<main>{STORY}</main>", site).text.split("\n\n") == LINES


def listed(tmp_path: Path, text: str, html: str, rules: Rules | None = None) -> Page:
    (tmp_path / "list.txt").write_text(text)
    sites = Sites(cosmetic=cosmetic.read_list(tmp_path / "list.txt"))
    return clean(html, url=URL, sites=sites, rules=rules or Rules())


@pytest.mark.parametrize(
    "rule",
    [
        "##.zq7",
        "###zq8",
        "##div.zq7[id]",
        "##main > .zq7",
        '##div[data-zq="one"]',
        '##div[data-zq^="o"]',
        '##[data-link^="https://ads.example/click/"]',
        '##div[data-zq*="ne"]',
        "##div[data-zq]",
        "##.none, .zq7",
        "##zq-box",
        "harbour.example##.zq7",
        "other.example,harbour.example##div[data-zq]",
    ],
)
def test_a_selector_of_a_list_takes_its_element_out_whatever_its_form(tmp_path: Path, rule: str) -> None:
    box = "<div class='zq7 b' id=zq8 data-zq=one data-link='https://ads.example/click/7'><zq-box>"
    html = f"<main>{STORY}{box}<p>{PROMO}</p></zq-box></div></main>"
    assert PROMO in listed(tmp_path, "##.nothing", html).text
    page = listed(tmp_path, f"! a list\n{rule}\n", html)
    assert page.text.split("\n\n") == LINES
    assert reasons(page)[PROMO].startswith("advert cosmetic: list.txt:2 ")


@pytest.mark.parametrize("rule", ["#@#.zq7", "harbour.example#@#.zq7", "example#@#.zq7"])
def test_an_exception_leaves_the_element_in(tmp_path: Path, rule: str) -> None:
    html = f"<main>{STORY}<div class=zq7><p>{PROMO}</p></div></main>"
    assert PROMO in listed(tmp_path, f"##.zq7\n{rule}\n", html).text


@pytest.mark.parametrize("off", [(), ("model",)], ids=["model", "no-model"])
def test_a_selector_that_takes_a_good_part_of_the_text_is_not_believed(
    tmp_path: Path, off: tuple[str, ...]
) -> None:
    html = f"<body class=zq7><main><div class=zq8>{STORY}</div></main>"
    page = listed(tmp_path, "##.zq7\n##.zq8\n", html, Rules().without(*off))
    assert page.text.split("\n\n") == LINES


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_rule_names_a_golden_page_that_fails_without_it(path: Path) -> None:
    """That it fails is what `guards` means: test_golden.py switches the rule off."""
    said = tomllib.loads(path.read_text("utf-8"))
    page = golden(said["golden"])
    assert "site" in page.guards
    assert shipped().of(host_of(page.string("url"))) == shipped().exact[said["hosts"][0]]
