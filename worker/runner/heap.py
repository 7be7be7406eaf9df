"""Memory that was freed goes back to the system, where the C library would keep it for a next time.

By itself glibc raises its thresholds up to 32 MiB with the pages it meets, and gives each thread a heap: a
worker that has met large pages then holds their memory for ever. mallopt(3).
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT = 128 * 1024  # bytes free at the end of the heap that are kept
MAPPED = 256 * 1024  # bytes from which on a piece is mapped by itself, and unmapped when it is freed


STATM = Path("/proc/self/statm")  # proc(5); Linux


def give_back() -> None:
    """From now on, in this process; nothing where the C library is another."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((M_TRIM_THRESHOLD, KEPT), (M_MMAP_THRESHOLD, MAPPED), (M_ARENA_MAX, 1)):
            mallopt(option, value)


def trim() -> None:
    """Give back what is free in the middle of the heap too, in about a millisecond. malloc_trim(3)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def held() -> int:
    """Bytes that this process has in memory, shared ones included; 0 where the system does not say."""
    with suppress(OSError):
        return int(STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
