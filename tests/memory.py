"""Measurement of the memory that a piece of code takes."""

import tracemalloc
from contextlib import contextmanager


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
