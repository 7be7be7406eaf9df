"""Rules for sites as they are read: our own files, fivefilters' site configs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from structlog.testing import capture_logs

from config import files, wording, words
from config.settings import Settings, SettingsError, load
from worker.sites import ftr, toml
from worker.sites.load import load as load_sites
from worker.sites.load import shipped
from worker.sites.rule import Site, Sites, host_of
from worker.sites.selectors import xpath_fault

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGS = Path(__file__).parent / "configs"
RULE = 'hosts = ["harbour.example"]\nwhy = "a test"\n'


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("harbour.example", "harbour.example"),
        ("news.harbour.example", "harbour.example"),
        ("a.b.harbour.example", "harbour.example"),
        ("own.harbour.example", "own.harbour.example"),
        ("a.quay.example", None),
        ("quay.example", "quay.example"),
        ("notharbour.example", None),
        ("example", None),
    ],
)
def test_a_rule_is_for_its_host_and_if_it_says_so_for_all_below(host: str, rule: str | None) -> None:
    one, own, flat = Site("harbour.example"), Site("own.harbour.example"), Site("quay.example")
    exact = {site.name: site for site in (one, own, flat)}
    found = Sites(exact, {"harbour.example": one}).of(host)
    assert (found and found.name) == rule


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Harbour.example:8443/a", "harbour.example"),
        ("http://harbour.example./", "harbour.example"),
        ("https://www.zürich.example/", "xn--zrich-kva.example"),
        ("mailto:a@b.example", ""),
        (None, ""),
    ],
)
def test_the_host_of_a_page_is_what_rules_call_it(url: str | None, host: str) -> None:
    assert host_of(url) == host


def test_a_host_is_written_as_people_write_it(tmp_path: Path) -> None:
    text = 'hosts = ["www.Zürich.example"]\nwhy = "a test"\ndrop = [".promo"]\nsubdomains = true\n'
    sites = toml.read_folder(written(tmp_path, text))
    assert sites.of("xn--zrich-kva.example") == sites.of("news.xn--zrich-kva.example")
    assert sites.exact["xn--zrich-kva.example"].drop == (".promo",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (RULE + 'drop = [".ok", "div["]', "drop.1: Value error, 'div[' is not a CSS selector"),
        (RULE + 'dorp = [".promo"]', "dorp: Extra inputs are not permitted"),
        (RULE + "drop = [.promo]", "line 3"),
        (RULE, "it says nothing"),
        ('hosts = ["a.example"]\ndrop = [".promo"]', "why: Field required"),
        ('hosts = ["https://a.example/b"]\nwhy = "w"\ndrop = ["p"]', "hosts.0: Value error"),
        ('hosts = []\nwhy = "w"\ndrop = ["p"]', "hosts: List should have at least 1 item"),
        (RULE + "drop = " + "[" * 100_000, "recursion"),
        (RULE + "drop = " + "9" * 10_000, "digits"),
        ('hosts = ["com"]\nwhy = "w"\ndrop = ["p"]\nsubdomains = true', "subdomains of 'com'"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        toml.read_folder(written(tmp_path, text))
    assert str(tmp_path / "a.toml") in str(refused.value)
    assert named in str(refused.value)


def test_two_rules_for_one_host_are_refused(tmp_path: Path) -> None:
    written(tmp_path, RULE + 'drop = ["p"]')
    with pytest.raises(SettingsError, match=r"b.toml: hosts: harbour.example has a rule already, in a.toml"):
        toml.read_folder(written(tmp_path, RULE + 'keep = ["p"]', "b.toml"))


def test_the_operators_rule_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (host,) = shipped().exact
    text = f'hosts = ["{host}"]\nwhy = "a test"\nkeep = [".mine"]\n'
    sites = load_sites(Settings(sites_dir=written(tmp_path, text), ftr_dir=CONFIGS))
    assert sites is not None
    assert sites.exact[host].keep == (".mine",)
    assert sites.exact["harbour.example"].xpath


def test_a_folder_that_is_not_there_is_named_with_its_setting() -> None:
    with pytest.raises(SettingsError, match=r"PITH_SITES_DIR='/no/such/folder'"):
        load({"PITH_SITES_DIR": "/no/such/folder"})


def test_without_rules_of_the_operators_nothing_is_read() -> None:
    assert load_sites(Settings()) is None


def test_a_site_config_is_read_and_what_cannot_be_done_is_told_with_its_line() -> None:
    read = ftr.read_folder(CONFIGS)
    site = read.sites.exact["harbour.example"]
    assert site.title == ('//meta[@property="og:title"]/@content', "//h1")
    assert len(site.drop) == 3
    assert site.replace == (("<blink", "<span"), ("</blink>", "</span>"))
    assert site.no_images == ("/pixel/",)
    assert read.ignored["next_page_link"] == 1
    lines = (CONFIGS / "harbour.example.txt").read_text().splitlines()
    assert {lines[skipped.line - 1]: skipped.why.split(":")[0] for skipped in read.skipped} == {
        "strip: //p[php:function('strtoupper', 'x')]": "XPath 1.0 has no php",
        "strip: //div[@class='unclosed'": "not XPath 1.0",
        "strip: //p[$name]": "there are no variables",
        "frobnicate: yes": "no directive that is known",
        "just words": "not `directive",
    }


def test_each_skipped_line_is_one_warning_with_file_and_line() -> None:
    said = structlog.get_config()  # an earlier test may have asked for fewer words
    structlog.reset_defaults()
    with capture_logs() as logs:
        load_sites(Settings(ftr_dir=CONFIGS))
    structlog.configure(**said)
    warnings = [event for event in logs if event["log_level"] == "warning"]
    assert {event["file"] for event in warnings} == {"harbour.example.txt"}
    assert len({event["line"] for event in warnings}) == len(warnings) == 5
    assert [event["not_followed"] for event in logs if event["log_level"] == "info"] == [3]


def test_lines_past_the_most_of_a_site_config_are_skipped_with_a_warning(tmp_path: Path) -> None:
    used, unused = ["body: //article"] * ftr.MOST_LINES, ["strip: //aside"] * 2
    (tmp_path / "a.example.txt").write_text("\n".join(used + unused))
    read = ftr.read_folder(tmp_path)
    assert not read.sites.exact["a.example"].drop
    assert [skipped[:2] for skipped in read.skipped] == [("a.example.txt", ftr.MOST_LINES + 1)]


def test_a_site_config_that_is_no_text_is_skipped_whole(tmp_path: Path) -> None:
    (tmp_path / "a.example.txt").mkdir()
    (tmp_path / "b.example.txt").write_bytes(b"body: //main\xff")
    written(tmp_path, "body: //main", "c.example.txt")
    read = ftr.read_folder(tmp_path)
    assert [skipped[:2] for skipped in read.skipped] == [("a.example.txt", 0), ("b.example.txt", 0)]
    assert list(read.sites.exact) == ["c.example"]
    assert wording.digest(Settings(ftr_dir=tmp_path)) != wording.digest(Settings())


def test_a_file_without_end_is_refused_or_skipped_by_its_name(tmp_path: Path) -> None:
    for name in ("a.toml", "a.example.txt"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(files.MOST + 1)  # a file with a hole: it takes no disk
    (tmp_path / "b.example.txt").write_text("body: //main")
    with pytest.raises(SettingsError, match=rf"a\.toml: it is longer than {files.MOST} bytes"):
        load_sites(Settings(sites_dir=tmp_path))
    read = ftr.read_folder(tmp_path)
    assert [skipped[:2] for skipped in read.skipped] == [("a.example.txt", 0)]
    assert list(read.sites.exact) == ["b.example"]


@pytest.mark.parametrize("made", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_regular_file_is_refused_or_skipped_by_its_name(
    tmp_path: Path, made: Callable[[Path], None]
) -> None:
    for name in ("a.toml", "a.example.txt"):
        made(tmp_path / name)
    (tmp_path / "b.example.txt").write_text("body: //main")
    for read_folder in (toml.read_folder, words.read):
        with pytest.raises(SettingsError, match=r"a\.toml: it is no regular file"):
            read_folder(tmp_path)
    read = ftr.read_folder(tmp_path)
    assert [skipped[:2] for skipped in read.skipped] == [("a.example.txt", 0)]
    assert list(read.sites.exact) == ["b.example"]
    assert wording.digest(Settings(phrases_dir=tmp_path)) != wording.digest(Settings())


def test_a_path_of_one_endless_name_is_looked_through_once() -> None:
    assert "not XPath" in xpath_fault("//p[" + "x" * 10_000_000)


def test_a_config_with_a_dot_is_for_what_stands_below_its_host_alone() -> None:
    sites = ftr.read_folder(CONFIGS).sites
    below = sites.of("sport.harbour.example")
    assert below
    assert (below.name, below.text) == (".harbour.example", ("//main",))
    assert sites.of("harbour.example") is not below
