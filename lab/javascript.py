"""Extractors that run in node, each in a process of its own that is asked page by page. See lab/node."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.sets import Sample

FOLDER = Path(__file__).with_name("node")


class NodeError(ImportError):
    """node or its packages are not here; the message says which and what to do."""


class PageError(RuntimeError):
    """The extractor gave up on a page."""


class Extractor:
    """One extractor of lab/node/extract.js, started once. Raises NodeError.

    `seconds` is the CPU time of the last page: of node, so that it can stand beside what runs here.
    """

    def __init__(self, name: str, folder: Path = FOLDER) -> None:
        node = shutil.which("node")
        if node is None or not (folder / "node_modules").is_dir():
            raise NodeError("node and its packages are needed: npm ci --ignore-scripts --prefix lab/node")
        self.process = subprocess.Popen(
            [node, str(folder / "extract.js"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        atexit.register(self.process.kill)
        self.seconds = 0.0
        if self._answer() != "ready\n":
            raise NodeError(f"{name} does not start: npm ci --ignore-scripts --prefix lab/node")

    def _answer(self) -> str:
        assert self.process.stdout is not None  # noqa: S101  # opened above
        return self.process.stdout.readline()

    def __call__(self, sample: Sample) -> str:
        """The text of a page. Raises PageError."""
        assert self.process.stdin is not None  # noqa: S101  # opened above
        page = {"html": sample.html, "url": sample.url or "http://localhost/"}
        self.process.stdin.write(json.dumps(page) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self._answer())
        self.seconds = float(answer["seconds"])
        if "error" in answer:
            raise PageError(answer["error"])
        return str(answer["text"])
