"""Handling of signals in a program without an event loop, and their names."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_as_bytes(numbers: tuple[signal.Signals, ...]) -> Iterator[socket.socket]:
    """Return a socket at which signals arrive as bytes."""
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno())
        handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)


def in_words(status: int) -> str:
    """Return how a process ended."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
