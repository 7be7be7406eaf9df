"""Where keys and passwords are not, while all of Pith runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.standing import ROOT, Standing, command, descendants, environment, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

KEY, PASSWORD = "a-key-of-the-operators-own", "the-pr0xys-passw0rd"
SETTINGS = {
    "PITH_API_KEYS": KEY,
    "PITH_PROXY": f"http://pith:{PASSWORD}@127.0.0.1:9/",
    "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:9/0",  # not used by a Pith that stands alone
}


def told(pid: int, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_bytes().replace(b"\0", b"\n").decode(errors="replace")


def test_only_who_needs_a_secret_has_it_in_its_environment_and_nobody_in_its_command(tmp_path: Path) -> None:
    with Standing(tmp_path / "data", **SETTINGS) as pith:
        processes = descendants(pith.process.pid)
        commands = {pid: told(pid, "cmdline") for pid in processes | {pith.process.pid}}
        with_key = {commands[pid] for pid in processes if KEY in told(pid, "environ")}
        with_password = {commands[pid] for pid in processes if PASSWORD in told(pid, "environ")}
    assert len(processes) >= 6  # valkey, api, worker, tether, fork server, cleaning children
    assert all("\napi\n" in command for command in with_key)
    assert all("\nworker\n" in command for command in with_password)
    assert not [command for command in commands.values() if KEY in command or PASSWORD in command]


def test_a_named_key_is_made_for_a_pith_that_stands_alone_by_its_data_folder(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        made = subprocess.run(
            [sys.executable, "-m", "api", "keys", "--data", str(pith.data), "add", "laptop"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        key = made.stdout.strip()
        until(lambda: pith.api.get("/v1/jobs/x").status_code == 401)
        opened = pith.api.get("/v1/jobs/x", headers={"Authorization": f"Bearer {key}"})
        assert opened.status_code == 404
        pith.stop()
    with Standing(tmp_path / "data") as pith:  # it is kept, and the greeting says so
        assert "It wants an API key: one of PITH_API_KEYS, or a named one" in pith.words()
        assert "$PITH_KEY" in pith.words()
        assert key not in pith.words()


@pytest.mark.parametrize("name", ["PITH_PROXY", "REDIS_URL"])
def test_a_setting_that_cannot_be_used_is_named_without_its_password(tmp_path: Path, name: str) -> None:
    alone = command(tmp_path / "data")
    alone.remove("--standalone")
    ended = subprocess.run(
        alone,
        cwd=ROOT,
        env=environment(**{name: f"nonsense://pith:{PASSWORD}@[x"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert name in ended.stderr
    assert PASSWORD not in ended.stderr
