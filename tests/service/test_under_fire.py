"""What is accepted is done, whatever happens to Valkey meanwhile; and whoever asks is told, at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.site import Site
from tests.standing import Standing, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WAIT = {"Prefer": "wait=20"}
PROSE = "Page {n} tells of a river that runs past a mill, and of the miller who counts the days by it. "
HTML = "<title>Page {n}</title><article><h1>Page {n}</h1><p>" + PROSE * 4 + "</p></article>"
STOPPED = 10.0  # s
DISK = 24  # MiB, of the data folder


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Pages that take a second."""
    with Site() as site:
        for n in range(100):
            site.page(f"/{n}", HTML.format(n=n), delay=1.0)
        yield site


def batch_of(pith: Standing, site: Site, count: int) -> dict[str, Any]:
    """Accepted with 202."""
    answer = pith.api.post("/v1/batches", json={"urls": [site.url(f"/{n}") for n in range(count)]})
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.json()
    return batch


def done(pith: Standing, batch: dict[str, Any]) -> bool:
    """Are all of them? None may have failed."""
    counts = pith.api.get(batch["links"]["self"]).json()["counts"]
    assert not counts["failed"]
    return bool(counts["done"] == counts["total"])


def test_a_valkey_that_stands_still_is_a_503_and_all_goes_on_when_it_moves(
    site: Site, tmp_path: Path
) -> None:
    with Standing(tmp_path / "data") as pith:
        batch = batch_of(pith, site, 100)
        valkey = pith.child("valkey-server")
        os.kill(valkey, signal.SIGSTOP)
        moves_at = time.monotonic() + STOPPED
        try:
            said = set()
            while time.monotonic() < moves_at:
                for answer in (
                    pith.api.get(batch["links"]["self"]),
                    pith.api.post("/v1/jobs", json={"url": site.url("/0")}),
                ):
                    said.add((answer.status_code, answer.json()["code"], "Retry-After" in answer.headers))
                assert pith.api.get("/healthz").status_code == 200
        finally:
            os.kill(valkey, signal.SIGCONT)
        assert said == {(503, "store_unavailable", True)}
        until(lambda: done(pith, batch))
        assert pith.clean(site.url("/1"))["status"] == "done"


def test_what_was_accepted_a_second_before_valkey_was_killed_is_there_and_done(
    site: Site, tmp_path: Path
) -> None:
    with Standing(tmp_path / "data") as pith:
        batch = batch_of(pith, site, 100)
        time.sleep(1.5)  # more than the second after which the append-only file is on disk
        killed = pith.child("valkey-server")
        os.kill(killed, signal.SIGKILL)
        until(lambda: pith.api.get("/readyz").status_code == 200 and "child ended" in pith.words())
        until(lambda: done(pith, batch))
        found = pith.api.get(batch["links"]["results"]).content.splitlines()
        assert len(found) == 100


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of DISK MiB; skips where it cannot be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        pytest.skip(f"no small disk can be mounted here: {ended.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until there is no room. Raises OSError."""
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(2**12))


def test_a_full_disk_is_a_503_and_nothing_that_was_accepted_is_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with small_disk(data), Standing(data) as pith:
        job = pith.api.post("/v1/clean", json={"html": HTML.format(n=1)}, headers=WAIT).json()
        filler = data / "filler"
        with suppress(OSError):
            fill(filler)
        refused: set[tuple[str, bool]] = set()
        deadline = time.monotonic() + 20
        while not refused and time.monotonic() < deadline:
            answer = pith.api.post("/v1/clean", json={"html": HTML.format(n=2)})
            assert answer.status_code in (202, 503), answer.text
            if answer.status_code == 503:
                refused.add((answer.json()["code"], "Retry-After" in answer.headers))
        assert refused == {("store_refused", True)}
        assert pith.api.get(job["links"]["self"]).json()["page"] == job["page"]
        filler.unlink()

        def taken_again() -> bool:
            return pith.api.post("/v1/clean", json={"html": HTML.format(n=3)}).status_code == 202

        until(taken_again)
        again = pith.api.post("/v1/clean", json={"html": HTML.format(n=4)}, headers=WAIT)
        assert again.json()["status"] == "done"


def test_a_caller_that_heeds_retry_after_gets_all_its_jobs_done(site: Site, tmp_path: Path) -> None:
    with Standing(tmp_path / "data", PITH_QUEUE_LIMIT="60") as pith:
        jobs, refused = [], 0
        for n in range(100):
            while (answer := pith.api.post("/v1/jobs", json={"url": site.url(f"/{n}")})).status_code == 503:
                assert answer.json()["code"] == "queue_full"
                refused += 1
                time.sleep(int(answer.headers["Retry-After"]))
            assert answer.status_code == 202
            jobs.append(answer.json())
        assert refused
        for job in jobs:
            until(lambda at=job["links"]["self"]: pith.api.get(at).json()["status"] == "done")  # type: ignore[misc]
