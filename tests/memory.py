"""Measurement of the memory that a piece of code takes."""

import tracemalloc
from contextlib import contextmanager


@contextmanager
def measured_bytes():
    """Yield a function that tells how much memory was taken within the block and is still held."""
    taken = 0
    tracemalloc.start()
    try:
        yield lambda: taken
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
