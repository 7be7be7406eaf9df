"""The processes of a standalone Pith: what is killed starts again, and nothing outlives the supervisor."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.site import Site
from tests.standing import Standing, alive, children, descendants, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of two pages."""
    with Site() as site:
        for n in (1, 2):
            site.page(f"/{n}", f"<article><h1>Page {n}</h1><p>A river runs past a mill.</p></article>")
        yield site


def test_a_run_time_folder_has_room_for_the_longest_socket_that_is_made_in_it(tmp_path: Path) -> None:
    place = Path(tempfile.mkdtemp(dir="/tmp", prefix="p" * 50))
    try:
        with Standing(tmp_path / "data", XDG_RUNTIME_DIR=str(place)) as pith:
            assert pith.api.get("/readyz").status_code == 200
    finally:
        place.rmdir()


def test_children_that_die_are_started_again_on_the_same_port_with_the_same_jobs(
    site: Site, tmp_path: Path
) -> None:
    with Standing(tmp_path / "data") as pith:
        job = pith.clean(site.url("/1"))
        for part in ("-m api", "valkey-server"):
            killed = pith.child(part)
            os.kill(killed, signal.SIGKILL)
            until(lambda gone=killed: not alive({gone}))  # type: ignore[misc]
            until(lambda: pith.api.get("/readyz").status_code == 200)
        assert pith.api.get(job["links"]["self"]).json()["page"] == job["page"]
        assert pith.clean(site.url("/2"))["status"] == "done"
        assert pith.words().count("child ended") == 2


def test_a_supervisor_that_is_killed_takes_everything_with_it_and_can_start_again(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        ours = descendants(pith.process.pid)
        run = Path((pith.data / "pith.lock").read_text().splitlines()[1])
        assert (run / "valkey.sock").exists()
        assert len(ours) >= 6  # tether, Valkey, API, worker and what the worker started
        pith.process.kill()
        pith.process.wait()
        until(lambda: not alive(ours))
        assert not run.exists()
    with Standing(tmp_path / "data") as pith:
        assert pith.api.get("/readyz").status_code == 200
        pith.stop(signal.SIGTERM)
        assert pith.process.returncode == 0
    assert not list((tmp_path / "data").glob("*.sock"))


def test_a_killed_tether_is_started_again_and_does_its_work(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        first = pith.child("tether.py")
        os.kill(first, signal.SIGKILL)
        until(
            lambda: (
                [pid for pid, words in children(pith.process.pid).items() if "tether.py" in words]
                not in ([], [first])
            )
        )
        ours = descendants(pith.process.pid)
        run = Path((pith.data / "pith.lock").read_text().splitlines()[1])
        pith.process.kill()
        pith.process.wait()
        until(lambda: not alive(ours) and not run.exists())


def test_what_a_killed_worker_leaves_in_its_temporary_folder_goes_when_the_service_stops(
    site: Site, tmp_path: Path
) -> None:
    with Standing(tmp_path / "data") as pith:
        pith.clean(site.url("/1"))
        run = Path((pith.data / "pith.lock").read_text().splitlines()[1])
        left = list((run / "tmp").glob("pymp-*"))
        assert left  # the folder of the socket from which cleaning children are started
        os.kill(pith.child("-m worker"), signal.SIGKILL)
        until(lambda: len(list((run / "tmp").glob("pymp-*"))) > 1)
        assert left[0].exists()
        pith.stop()
        assert not run.exists()
