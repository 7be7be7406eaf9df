"""A real Chromium, without a screen, to which loopback is the whole network."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")

EVIL = "evil.example"
# No name is looked up: one is this machine, and no other is known.
LOOPBACK_ONLY = f"MAP {EVIL} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-extensions", f"--host-resolver-rules={LOOPBACK_ONLY}"),
)
PATIENCE = 60.0  # s; a browser on a machine that does other things too
RUN_SCRIPTS = "--virtual-time-budget=3000"  # ms of the page's own clock; it waits for answers


@contextmanager
def browsing(url: str, folder: Path) -> Iterator[None]:
    """A browser that has `url` open, and its profile in `folder`."""
    command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={folder}", "--remote-debugging-port=0", url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            yield
        finally:
            browser.terminate()


def shown(url: str, folder: Path, *more: str) -> str:
    """The HTML of a page once it is loaded, with `RUN_SCRIPTS` once its scripts have run for a while too."""
    return subprocess.run(
        [str(CHROMIUM), *OPTIONS, f"--user-data-dir={folder}", *more, "--dump-dom", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout
