"""A measured extractor cannot reach for the network. In a process of its own: the hook stays for good."""

from __future__ import annotations

import subprocess
import sys

import pytest

TRY = """
import socket
from lab import offline
listener = socket.create_server(("127.0.0.1", 0))
{before}
try:
    {act}
except OSError as error:
    print(type(error).__name__, "stored pages" in str(error))
else:
    print("went through")
"""


def tried(act: str, *, held: bool) -> str:
    script = TRY.format(act=act, before="offline.stay()" if held else "")
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


@pytest.mark.parametrize(
    "act", ["socket.create_connection(listener.getsockname()).close()", "socket.getaddrinfo('localhost', 80)"]
)
def test_a_process_that_stays_offline_neither_connects_nor_looks_up_a_name(act: str) -> None:
    assert tried(act, held=False) == "went through"
    assert tried(act, held=True) == "ConnectionRefusedError True"
