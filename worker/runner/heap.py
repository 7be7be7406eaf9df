"""Memory that was freed goes back to the system, where the C library would keep it for a next time.

By itself glibc raises its thresholds up to 32 MiB with the pages it meets, and gives each thread a heap: a
worker that has met large pages then holds their memory for ever. mallopt(3).
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from config.settings import MIB

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT = 4 * MIB  # bytes free at the end of the heap that are kept; 128 kB cost a page .5 ms and more in faults
MAPPED = 4 * MIB  # bytes from which on a piece is mapped by itself, and unmapped when it is freed

LOOSE = 8 * MIB  # bytes by which a heap has grown when it is looked through for what is free
ROOM = 64 * MIB  # bytes that pages may leave behind in a child; a thousand of the benchmark leave 25 MiB
STATM = Path("/proc/self/statm")  # proc(5); Linux


def give_back() -> None:
    """From now on, in this process; nothing where the C library is another."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((M_TRIM_THRESHOLD, KEPT), (M_MMAP_THRESHOLD, MAPPED), (M_ARENA_MAX, 1)):
            mallopt(option, value)


class Heap:
    """What pages left behind in this process, which is as it should be when this is made."""

    def __init__(self) -> None:
        self._fresh = self._low = held()

    def is_full(self) -> bool:
        """Is it more than ROOM. What is free is given back first, once there may be some."""
        if held() - self._low > LOOSE:
            trim()
            self._low = held()
        return self._low - self._fresh > ROOM


def trim() -> None:
    """Give back what is free in the middle of the heap too, in about a millisecond. malloc_trim(3)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def held() -> int:
    """Bytes that this process has in memory, shared ones included; 0 where the system does not say."""
    with suppress(OSError):
        return int(STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
