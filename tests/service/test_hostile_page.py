"""A page that tries to run where its text is shown: cleaned by a real worker, shown by a real Chromium."""

from __future__ import annotations

import re
import sys
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.browser import RUN_SCRIPTS, needs_chromium, shown
from tests.site import Site
from tests.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = [needs_chromium, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

RUN = "document.documentElement.setAttribute('data-ran',1)"
RAN = re.compile(r"<html[^>]* data-ran")
WORST = (
    f"""Water "'></title></textarea></script><script>{RUN}</script><img src=x onerror="{RUN}">\u202e\u2066"""
)
LINKS = (
    f"javascript:{RUN}",
    f" \x01java\tscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
)
PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)
SAID = escape(WORST)
PAGE = f"""<!doctype html><html lang="{SAID}"><head><title>{SAID}</title>
<meta property="og:title" content="{SAID}"><meta property="og:site_name" content="{SAID}">
<meta name="author" content="{SAID}"><meta property="og:image" content="javascript:{RUN}">
<meta property="article:published_time" content="{SAID}"><link rel="canonical" href="javascript:{RUN}"></head>
<body><nav><a href="/">{SAID}</a></nav><article><h1>{SAID}</h1><p>By {SAID}</p><p>{PROSE * 4}{SAID}</p>
<p>{PROSE}{"".join(f'<a href="{escape(link)}">{SAID}</a>' for link in LINKS)}</p>
<p onclick="{RUN}" style="background:url(javascript:{RUN})">{PROSE}
<img src="x" onerror="{RUN}" alt="{SAID}"></p>
<svg onload="{RUN}"><script>{RUN}</script></svg><iframe srcdoc="<script>parent.{RUN}</script>"></iframe>
<pre><code class="{SAID}">{SAID}</code></pre><p>{PROSE * 4}</p></article>
<div class="related"><h2>Read also</h2><a href="javascript:{RUN}">{SAID}</a></div></body></html>"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/worst", PAGE)
        yield site


@pytest.fixture(scope="module")
def pith(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with Standing(tmp_path_factory.mktemp("hostile") / "data") as pith:
        yield pith


@pytest.fixture(scope="module")
def links(pith: Standing, site: Site) -> dict[str, str]:
    """What there is of the page, by name; its title is as bad as it was."""
    job = pith.clean(site.url(f"/worst?{WORST}"))
    assert job["status"] == "done", job
    assert RUN in job["page"]["title"]
    assert RUN in job["page"]["text"]
    found: dict[str, str] = job["links"]
    return {name: f"{pith.url.rstrip('/')}{path}" for name, path in found.items()} | {
        "page for people": f"{pith.url}#job={job['id']}"
    }


def test_chromium_runs_it_where_nothing_is_cleaned(site: Site, tmp_path: Path) -> None:
    assert RAN.search(shown(site.url("/worst"), tmp_path, RUN_SCRIPTS))


@pytest.mark.parametrize("name", ["page for people", "self", "text", "markdown", "html", "removed"])
def test_nothing_of_a_page_runs_where_it_is_shown(links: dict[str, str], name: str, tmp_path: Path) -> None:
    dom = shown(links[name], tmp_path, RUN_SCRIPTS)
    assert "setAttribute" in dom
    assert not RAN.search(dom)


def test_what_a_page_says_of_itself_does_not_turn_our_words_around(
    links: dict[str, str], tmp_path: Path
) -> None:
    dom = shown(links["page for people"], tmp_path, RUN_SCRIPTS)
    (facts,) = re.findall(r'<p class="facts"[^>]*>(.*?)</p>', dom, re.DOTALL)
    assert "\u202e" in facts
    assert "\u202e" not in re.sub("<bdi>.*?</bdi>", "", facts, flags=re.DOTALL)


def test_no_link_of_the_html_runs(links: dict[str, str], pith: Standing) -> None:
    html = pith.api.get(links["html"]).text
    tags = re.findall(r"<[a-z][^>]*>", html)
    assert "lower town" in html
    assert not [tag for tag in tags if re.search(r"script|vbs|data:| on[a-z]+=|style", tag, re.IGNORECASE)]


@pytest.mark.parametrize(
    "path",
    ["#job={}", "?{}#job={}", "docs?{}", "nothing/{}", "v1/jobs/{}", "v1/batches/{}/results?cursor={}"],
)
def test_nothing_of_an_address_runs(pith: Standing, path: str, tmp_path: Path) -> None:
    address = path.replace("{}", quote(WORST, safe="<>'\"=()"))
    assert not RAN.search(shown(f"{pith.url}{address}", tmp_path, RUN_SCRIPTS))


def test_nothing_of_a_failed_jobs_address_runs(pith: Standing, site: Site, tmp_path: Path) -> None:
    job = pith.clean(site.url(f"/gone?{WORST}"))
    dom = shown(f"{pith.url}#job={job['id']}", tmp_path, RUN_SCRIPTS)
    assert "HTTP status 404" in dom
    assert not RAN.search(dom)


def test_our_own_scripts_make_no_markup_of_text(pith: Standing) -> None:
    for name in ("home.js", "docs.js"):
        script = pith.api.get(f"/static/{name}").text
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", script
        )
