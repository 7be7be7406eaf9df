"""What is left of the children when the supervisor is gone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from api.standalone import tether

if TYPE_CHECKING:
    from pathlib import Path


def test_when_the_pipe_closes_the_groups_that_still_run_and_the_run_time_folder_go(tmp_path: Path) -> None:
    run = tmp_path / "pith-run"
    run.mkdir()
    (run / "valkey.sock").touch()
    sleepers = [subprocess.Popen(["sleep", "600"], process_group=0) for _ in range(2)]
    with subprocess.Popen([sys.executable, "-IS", tether.__file__, run], stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        ended = sleepers[1].pid
        program.stdin.write(b"+%d\n+%d\n-%d\n" % (sleepers[0].pid, ended, ended))
        program.stdin.close()
        assert program.wait(60) == 0
    assert sleepers[0].wait(60) == -9
    assert sleepers[1].poll() is None
    assert not run.exists()
    sleepers[1].kill()
    sleepers[1].wait()
