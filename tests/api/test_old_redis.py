"""A Redis that is too old: a server that speaks the protocol as far as a version goes."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Redis62(socketserver.StreamRequestHandler):
    """Answers INFO as 6.2 does, and says OK to everything else."""

    def handle(self) -> None:
        while (head := self.rfile.readline()).startswith(b"*"):
            words = []
            for _ in range(int(head[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2])
            info = b"# Server\r\nredis_version:6.2.14\r\n"
            answer = b"$%d\r\n%s\r\n" % (len(info), info)
            self.wfile.write(answer if words[0].upper() == b"INFO" else b"+OK\r\n")


def test_a_redis_older_than_the_oldest_tested_is_one_line_that_names_both(tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Redis62) as old:
        old.daemon_threads = True
        threading.Thread(target=old.serve_forever, daemon=True).start()
        url = f"redis://127.0.0.1:{old.server_address[1]}/0?protocol=2"
        for program in (["api", "--port", "0", "--data", str(tmp_path)], ["worker"]):
            ended = subprocess.run(
                [sys.executable, "-m", *program],
                env={**os.environ, "REDIS_URL": url},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert ended.returncode != 0
            assert ended.stderr.count("\n") == 1, ended.stderr
            assert "6.2.14" in ended.stderr
            assert "7.0" in ended.stderr
        old.shutdown()
