"""What the processes of a standing Pith cost, by role, read from /proc (Linux)."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # of CPU time, in a second
ROLES = ("worker", "cleaning", "api", "valkey", "supervisor")
SIGNS = (
    ("valkey-server", "valkey"),
    ("--standalone", "supervisor"),
    ("tether", "supervisor"),
    ("-m api", "api"),
    ("-m worker", "worker"),
    ("lab.sleeper", "worker"),
    ("lab.plain", "worker"),
)


class Watch:
    """Looks at a supervisor and all that came of it.

    `peak` is the most bytes of PSS by role, `most` the most of all together.
    """

    def __init__(self, supervisor: int) -> None:
        self._supervisor = supervisor
        self._roles: dict[int, str] = {}
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self.peak: Counter[str] = Counter()
        self.most = 0

    def look(self) -> None:
        """Take stock; what ended since the last look is remembered as it was then."""
        memory: Counter[str] = Counter()
        known = bool(self._roles)
        for pid in family(self._supervisor):
            try:
                role, seconds, size = role_of(pid), cpu_of(pid), pss_of(pid)
            except OSError:
                continue  # it ended meanwhile
            self._roles[pid] = role
            self._first.setdefault(pid, 0.0 if known else seconds)  # one born later counts from its birth
            self._last[pid] = seconds
            memory[role] += size
        self.peak |= memory
        self.most = max(self.most, memory.total())

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU by role, since the first look."""
        spent = dict.fromkeys(ROLES, 0.0)
        for pid, role in self._roles.items():
            spent[role] += self._last[pid] - self._first[pid]
        return spent


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, tasks.read_text().split())
            except OSError:
                continue
    return found


def role_of(pid: int) -> str:
    """By its command line; what none of them is was started by the worker to clean. Raises OSError."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return next((role for sign, role in SIGNS if sign in words), "cleaning")


def cpu_of(pid: int) -> float:
    """Seconds of user and system time (proc(5), stat fields 14 and 15). Raises OSError."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_of(pid: int) -> int:
    """Bytes, what is shared counted in proportion. Raises OSError."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
