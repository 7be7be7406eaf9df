"""What the API loads."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("selectolax", "trafilatura", "lxml", "worker.clean", "worker.fetch", "worker.runner")


def test_the_app_loads_no_extractor() -> None:
    program = (
        f"import sys, api.app, api.server, api.__main__; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
