"""A policy that is replaced by its opposite, back and forth, while a campaign runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def changing_policy(change: Callable[[bool], None]) -> Iterator[None]:
    """Change the policy every second, until the block ends.

    Args:
        change: puts the strict policy in force, or the lenient one if it gets False; called in a
            thread.
    """
    is_over = threading.Event()

    def change_all() -> None:
        is_strict = True
        while not is_over.wait(1):
            is_strict = not is_strict
            change(is_strict)

    changing = threading.Thread(target=change_all, daemon=True)
    changing.start()
    try:
        yield
    finally:
        is_over.set()
        changing.join()
