"""Two copies of the code, page by page in turn: here a copy that was changed by hand."""

from __future__ import annotations

import lzma
import re
import shutil
from typing import TYPE_CHECKING

import orjson
import pytest

from lab import beside, rig

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised. " * 9


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    page = {"id": "1", "url": "http://h.example/", "html": f"<main><p>{PROSE}</p></main>"}
    (folder / "own.jsonl.xz").write_bytes(lzma.compress(orjson.dumps(page) + b"\n"))
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    for part in ("config", "lab", "worker"):
        shutil.copytree(rig.ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def heard(data: Path, tree: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert beside.main(["--data", str(data), "--tree", str(tree)]) == 0
    return capsys.readouterr().out


def test_a_copy_answers_the_same_and_each_stage_has_its_times(
    data: Path, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = heard(data, copy, capsys)

    assert "1 pages" in said
    assert "; 0 answered otherwise" in said
    assert re.search(r"^\| walk( \| \d+\.\d+){6} \|$", said, re.MULTILINE)


def test_a_copy_that_cleans_otherwise_is_told(
    data: Path, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = copy / "worker" / "clean" / "page.py"
    code = page.read_text("utf-8")
    page.write_text(code.replace('"word_count": ', '"word_count": 1 + ', 1), "utf-8")

    assert "; 1 answered otherwise" in heard(data, copy, capsys)
