"""The processes of a standalone Pith: what is killed starts again, and nothing outlives the supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api import listen
from api.standalone.child import Child
from api.standalone.failure import StartFailed
from api.standalone.folder import DataFolder
from api.standalone.supervisor import Plan, Supervisor
from config.settings import Settings
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
        # tether, Valkey, API, worker and what the worker started
        until(lambda: len(descendants(pith.process.pid)) >= 6)
        ours = descendants(pith.process.pid)
        run = Path((pith.data / "pith.lock").read_text().splitlines()[1])
        assert (run / "valkey.sock").exists()
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


def test_a_start_takes_away_what_a_supervisor_and_a_tether_left_that_were_killed(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        run = Path((pith.data / "pith.lock").read_text().splitlines()[1])
        ours = descendants(pith.process.pid)
        os.kill(pith.process.pid, signal.SIGSTOP)  # or it would start another tether
        os.kill(pith.child("tether.py"), signal.SIGKILL)
        pith.process.kill()
        pith.process.wait()
        for pid in ours:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(ours), 60)
        assert (run / "tmp").is_dir()
    with Standing(tmp_path / "data"):
        assert not run.exists()


class Counting(Child):
    """Counts how often it could not be started."""

    failures = 0

    async def start(self) -> None:
        """The child's own."""
        try:
            await super().start()
        except OSError:
            self.failures += 1
            raise


def test_a_child_that_cannot_be_started_for_a_while_is_started_when_it_can(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)

    async def die_and_come_back() -> None:
        child = Counting("sleeper", [str(program)], lambda _: None)
        await child.start()
        first = child.process
        assert first is not None
        keeping = asyncio.create_task(child.keep())
        away = program.rename(tmp_path / "away")
        first.kill()
        while not child.failures:
            assert not keeping.done()
            await asyncio.sleep(0.05)
        away.rename(program)
        while child.process is first:
            assert not keeping.done()
            await asyncio.sleep(0.05)
        keeping.cancel()
        child.kill()
        await child.ended()

    asyncio.run(die_and_come_back())


def test_an_api_that_ends_at_its_start_is_named_with_its_code(tmp_path: Path) -> None:
    settings = Settings()
    with listen.bound("127.0.0.1", 0) as listener:
        folder = DataFolder(tmp_path / "data")
        supervisor = Supervisor(settings, Plan("127.0.0.1", 0, tmp_path / "data", 1), folder, listener)
        supervisor.api.command = [sys.executable, "-c", "raise SystemExit(3)"]
        with pytest.raises(StartFailed, match="api ended with code 3"):
            asyncio.run(supervisor.run())
        folder.leave()


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
