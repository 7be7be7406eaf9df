"""A start that cannot be is one clear line, and not a success."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.standing import ROOT, Standing, command, environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def bad_start(data: Path, port: int = 0, **settings: str) -> str:
    """What a start that cannot be says; it must be one line, and not a success."""
    ended = subprocess.run(
        command(data, port),
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("pith: ")
    return ended.stderr


def test_a_port_in_use_is_one_line_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1 port {port}" in bad_start(tmp_path / "data", port)
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_one_line_that_names_it(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        said = bad_start(tmp_path / "data")
        assert str(tmp_path / "data") in said
        assert f"process {pith.process.pid}" in said


def test_other_bad_starts_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in bad_start(tmp_path / "file")
    assert "PITH_NONSENSE" in bad_start(tmp_path / "data", PITH_NONSENSE="1")
    assert "PITH_CONCURRENCY" in bad_start(tmp_path / "data", PITH_CONCURRENCY="many")
    assert "16 characters" in bad_start(tmp_path / "data", PITH_API_KEYS="short")
    assert "port 99999" in bad_start(tmp_path / "data", 99999)


def test_a_worker_takes_settings_and_no_arguments(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "worker", "--queue", "mine"],
        cwd=ROOT,
        env=environment(REDIS_URL=f"unix://{tmp_path}/none"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "unrecognized arguments: --queue mine" in ended.stderr


def test_a_setting_that_a_worker_finds_wrong_only_as_it_begins_is_one_line_too(
    redis_url: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env=environment(REDIS_URL=redis_url, PITH_CA_FILE=str(tmp_path / "none.pem")),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert f"pith worker: PITH_CA_FILE='{tmp_path}/none.pem' cannot be read" in ended.stderr


def test_an_append_only_file_that_valkey_cannot_read_is_one_line(tmp_path: Path) -> None:
    with Standing(tmp_path / "data") as pith:
        pith.stop()
    (manifest,) = (tmp_path / "data" / "appendonlydir").glob("*.manifest")
    manifest.write_text("nonsense\n")
    assert "valkey ended with code" in bad_start(tmp_path / "data")
