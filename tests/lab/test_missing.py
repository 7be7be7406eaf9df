"""What a command of the lab lacks is one line, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lab.missing import ABSENT, MissingError, need
from lab.rig import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DATA = ["--data", "{nothing}"]
CACHE = [*DATA, "--cache", "{nothing}"]
COMMANDS = {
    **dict.fromkeys(("lab.train", "lab.holdout", "lab.kinds", "lab.unseen"), CACHE),
    **dict.fromkeys(
        ("lab.floors", "lab.footprint", "lab.leaks", "lab.named", "lab.replay", "lab.road"), DATA
    ),
    "lab.beside": [*DATA, "--tree", "{nothing}"],
    "lab.bench": ["throughput", *DATA],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_its_packages_or_pages_says_so_in_one_line(command: str, tmp_path: Path) -> None:
    arguments = [word.format(nothing=tmp_path) for word in COMMANDS[command]]
    ended = subprocess.run(
        [sys.executable, "-m", command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == ABSENT, ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr


def test_packages_that_are_not_installed_are_named_with_what_installs_them() -> None:
    need("sys", install="pip install it")
    with pytest.raises(MissingError, match="no_such_package not installed: pip install it"):
        need("sys", "no_such_package", install="pip install it")
