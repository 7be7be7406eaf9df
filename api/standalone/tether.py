"""Ends the children when the supervisor is gone, however it went. Runs as a small process of its own.

Its standard input is a pipe that only the supervisor holds: `+12` and `-12` say that process group 12 began
or ended. When the pipe closes, what is left is killed. On Linux the kernel does it too, for the children
themselves (PR_SET_PDEATHSIG, in child.py); this reaches the children's children, and works on macOS.
Last it takes away the run-time folder, its one argument, which a killed supervisor leaves behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path


def main() -> None:
    """Read until the pipe closes, then kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the supervisor does, not before
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    folder = Path(sys.argv[1])
    with suppress(OSError):
        (folder / "valkey.sock").unlink(missing_ok=True)
        shutil.rmtree(folder / "tmp", ignore_errors=True)
        folder.rmdir()


if __name__ == "__main__":
    main()
