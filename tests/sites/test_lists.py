"""Lists of adverts' selectors as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from worker.sites import cosmetic
from worker.sites.needs import Need, alternatives, need

if TYPE_CHECKING:
    from pathlib import Path

LIST = """[Adblock Plus 2.0]
! Title: a list
||ads.example^$third-party
@@||good.example^
##.ad-slot
###sponsor
www.a.example,~www.b.a.example##.own
~c.example##.not-on-c
d.example#@#.ad-slot
#@#.a-mistake
##.a-mistake
##.one, .two
##div:has-text(Sponsored)
##+js(set, ads, false)
#?#div:-abp-contains(Ad)
##^script:has-text(ads)
google.*##.shopping
##p[
"""


def test_a_list_is_read_and_what_is_not_used_is_counted(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(LIST, "utf-8")
    known = cosmetic.read_list(tmp_path / "list.txt")
    assert dict(known.unused) == {"network": 2, "procedural": 4, "pattern of hosts": 1, "not CSS": 1}
    tables = known.everywhere.values()
    everywhere = {entry.selector for table in tables for entries in table.values() for entry in entries}
    assert everywhere == {".ad-slot", "#sponsor", ".not-on-c", ".a-mistake", ".one", ".two"}
    assert [entry.line for entry in known.everywhere["."]["ad-slot"]] == [5]
    assert [entry.selector for entry in known.for_host("x.a.example")] == [".own"]
    assert not list(known.for_host("b.example"))
    assert known.exceptions("e.example") == {".a-mistake"}
    assert known.exceptions("b.a.example") == {".a-mistake", ".own"}
    assert known.exceptions("www.d.example") == {".a-mistake", ".ad-slot"}
    assert known.exceptions("c.example") == {".a-mistake", ".not-on-c"}


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        (".ad", Need(".", "ad")),
        ("#top > .ad", Need("#", "top")),
        ("div.ad:not(.story)", Need(".", "ad")),
        ("div:has(> .ad)", Need(".", "ad")),
        ("div:has(.a, .b)", Need("<", "div")),
        (r".md\:ad", Need(".", "md:ad")),
        ('a[href^="https://ads.example/click?"]', Need("^href", "https://ads.example/clic")),
        ('a[href^="//ads"]', Need("*href", "//ads")),
        ('div[data-ad="top"]', Need("=data-ad", "top")),
        ('[class*="sponsored"][id]', Need("*class", "sponsored")),
        ('[title="a.b, c]"]', Need("=title", "a.b, c]")),
        ("[data-ad]", Need("[", "data-ad")),
        ('[title="AD" i]', Need("[", "title")),
        ("amp-ad", Need("<", "amp-ad")),
        ("*", Need("")),
    ],
)
def test_a_selector_is_looked_up_by_what_it_cannot_do_without(selector: str, wanted: Need) -> None:
    assert need(selector) == wanted


def test_a_list_of_selectors_is_cut_at_its_own_commas() -> None:
    given = '.a, div:is(.b, .c), [title="d, e"] > p'
    assert alternatives(given) == [".a", "div:is(.b, .c)", '[title="d, e"] > p']
