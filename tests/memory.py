"""Measurement of the memory that a piece of code takes."""

import platform
import tracemalloc
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def measured_bytes():
    """Yield a function that returns the memory allocated in the block and still held, in bytes."""
    taken = 0
    tracemalloc.start()
    try:
        yield lambda: taken
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def huge_page_bytes(pid):
    """Return how much of a process's own data is on huge pages."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1_024 for line in lines if line.startswith("AnonHugePages"))


def gives_huge_pages():
    """Return True if this system makes huge pages for a program that asks: Linux 6.1 and later."""
    chosen = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    major, minor = map(int, platform.release().split("-")[0].split(".")[:2])
    return chosen.exists() and "[never]" not in chosen.read_text() and (major, minor) >= (6, 1)
