"""All of Pith on one command: the road of a page, and that nothing is lost on it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from api.shapes import JobAnswer
from tests.site import Site
from tests.standing import (
    ROOT,
    STARTS_IN,
    STOPS_IN,
    Standing,
    command,
    environment,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PARAGRAPH = (
    "Number {n} of the pages tells of a river that runs past a mill, of the miller who counts the days by "
    "the turns of the wheel, and of the long road on which the grain is brought to the town in autumn."
)
HTML = (
    "<!doctype html><html lang=en><head><title>Page {n}</title></head><body><nav><a href=/>Home</a></nav>"
    "<article><h1>Page {n}</h1><p>" + PARAGRAPH + "</p><p>" + PARAGRAPH + "</p></article></body></html>"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of 200 pages that take their time, and one that takes longer."""
    with Site() as site:
        for n in range(200):
            site.page(f"/{n}", HTML.format(n=n), delay=0.3)
        site.page("/slow", HTML.format(n="slow"), delay=3.0)
        site.page("/slowest", HTML.format(n="slowest"), delay=3600.0)
        yield site


def results(pith: Standing, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """All results of a batch, page by page."""
    found, at = [], batch["links"]["results"] + "?limit=90"
    while at:
        answer = pith.api.get(at)
        found += [orjson.loads(line) for line in answer.content.splitlines()]
        at = answer.links["next"]["url"] if "next" in answer.links else ""
    return found


def counts(pith: Standing, batch: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = pith.api.get(batch["links"]["self"]).json()["counts"]
    return found


def test_200_pages_survive_a_worker_killed_half_way_and_each_counts_once(site: Site, tmp_path: Path) -> None:
    urls = [site.url(f"/{n}") for n in range(200)]
    with Standing(tmp_path / "data") as pith:
        batch = pith.api.post("/v1/batches", json={"urls": urls}).json()
        until(lambda: counts(pith, batch)["done"] >= 50)
        before = counts(pith, batch)
        os.kill(pith.child("-m worker"), signal.SIGKILL)
        assert before["done"] < 200
        until(lambda: counts(pith, batch)["done"] == 200, 90)
        found = results(pith, batch)
        assert sorted(job["url"] for job in found) == sorted(urls)
        assert len({job["id"] for job in found}) == 200
        assert {job["status"] for job in found} == {"done"}
        assert all("past a mill" in job["page"]["text"] for job in found)
        for job in found:
            JobAnswer.model_validate(job)  # what /openapi.json promises, of a page that was really cleaned
        assert counts(pith, batch)["total"] == 200
        pith.stop()
        assert pith.process.returncode == 0
    with Standing(tmp_path / "data") as pith:
        assert results(pith, batch) == found
        assert pith.api.get(f"{found[0]['links']['self']}/text").text == found[0]["page"]["text"]
        assert pith.clean(site.url("/1"))["status"] == "done"


def test_ctrl_c_in_a_terminal_lets_the_page_in_flight_finish(site: Site, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    said = bytearray()

    def listen(until_said: bytes) -> None:
        deadline = time.monotonic() + STARTS_IN
        while until_said not in said and time.monotonic() < deadline:
            if select.select([screen], [], [], 0.1)[0]:
                said.extend(os.read(screen, 65536))
        assert until_said in said, said

    program = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *command(tmp_path / "data")],
        cwd=ROOT,
        env=environment(PITH_GRACE="60", PITH_LEASE="60"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    try:
        listen(b"Try:")
        address = re.search(rb"Pith is up: (\S+)", said)
        assert address
        with httpx.Client(base_url=address[1].decode(), trust_env=False, timeout=60) as api:
            posted = api.post("/v1/jobs", json={"url": site.url("/slow")}).json()
            until(lambda: api.get(posted["links"]["self"]).json()["status"] == "running")
        os.write(screen, b"\x03")
        assert program.wait(STOPS_IN) == 0
    finally:
        program.kill()
        program.wait()
        os.close(screen)
        os.close(terminal)
    assert b"Traceback" not in said
    with Standing(tmp_path / "data") as pith:
        job = pith.api.get(posted["links"]["self"]).json()
        assert (job["status"], job["attempts"]) == ("done", 1)


def test_a_second_signal_stops_at_once_and_the_page_is_fetched_again_later(
    site: Site, tmp_path: Path
) -> None:
    patient = {f"PITH_{name}": "3600" for name in ("GRACE", "FETCH_TIMEOUT", "JOB_TIMEOUT")}

    def stopped() -> bool:
        pith.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            pith.process.wait(0.5)
        return pith.process.returncode is not None

    with Standing(tmp_path / "data", **patient) as pith:
        job = pith.api.post("/v1/jobs", json={"url": site.url("/slowest")}).json()
        until(lambda: pith.api.get(job["links"]["self"]).json()["status"] == "running")
        until(stopped)
    site.page("/slowest", HTML.format(n="now fast"))
    with Standing(tmp_path / "data") as pith:
        until(lambda: pith.api.get(job["links"]["self"]).json()["status"] == "done")


def test_the_line_that_is_printed_works_as_printed(site: Site, tmp_path: Path) -> None:
    key_file = tmp_path / "a folder" / "key"
    with Standing(tmp_path / "data", PITH_KEY_FILE=str(key_file)) as pith:
        assert str(key_file) in pith.words()
        assert key_file.read_text().strip() not in pith.words()
        assert pith.api.post("/v1/jobs", json={"url": site.url("/1")}).status_code == 401
        line = pith.words().partition("Try:")[2].splitlines()[0]
        asked = ["sh", "-c", line.replace("https://example.com/", site.url("/1"))]
        ended = subprocess.run(asked, capture_output=True, check=True)
        assert orjson.loads(ended.stdout)["status"] == "done"


def test_a_page_in_the_body_is_read_as_it_was_sent_whatever_its_meta_says(tmp_path: Path) -> None:
    words = "Zażółć gęślą jaźń, powiedział młynarz, który przez całą jesień woził zboże do miasta."
    html = (
        f"<html><head><meta charset=iso-8859-2></head><body><article><p>{words}</p></article></body></html>"
    )
    with Standing(tmp_path / "data") as pith:
        answer = pith.api.post("/v1/clean", json={"html": html}, headers={"Prefer": "wait=20"})
        assert (answer.status_code, answer.json()["url"]) == (200, None)
        assert answer.json()["page"]["text"].strip() == words


def test_options_in_a_request_change_the_page_that_comes_back(tmp_path: Path) -> None:
    html = HTML.format(n=1).replace("</article>", "<table><tr><td>Day<td>Ferries</table></article>")
    options = {"title": True, "tables": False, "formats": ["markdown"], "exclude": ["article > p + p"]}
    with Standing(tmp_path / "data") as pith:
        asked = {"html": html, **options}
        answer = pith.api.post("/v1/clean", json=asked, headers={"Prefer": "wait=20"})
        page = answer.json()["page"]
        assert page["markdown"] == "# Page 1\n\n" + PARAGRAPH.format(n=1)
        assert (page["text"], page["html"]) == (None, None)


def test_a_full_valkey_refuses_new_jobs_with_503_and_takes_them_again_when_there_is_room(
    tmp_path: Path,
) -> None:
    with Standing(tmp_path / "data", PITH_VALKEY_MEMORY=str(8 * 2**20)) as pith:
        html = "".join(f"<p>{os.urandom(40_000).hex()}</p>" for _ in range(8))
        held, refused = [], None
        while refused is None:
            answer = pith.api.post("/v1/clean", json={"html": html}, headers={"Prefer": "wait=20"})
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                refused = answer
            else:
                held.append(answer.json())
        assert refused.json()["code"] == "queue_full"
        assert int(refused.headers["Retry-After"]) > 0
        for job in held:
            assert job["status"] == "done"
            assert pith.api.delete(job["links"]["self"]).status_code == 204
        again = pith.api.post("/v1/clean", json={"html": html}, headers={"Prefer": "wait=20"})
        assert (again.status_code, again.json()["status"]) == (200, "done")
