"""When the garbage collector looks, in a process that holds much for long."""

import gc
from typing import Final

COLLECT_AFTER: Final = (50_000, 20, 100)
"""When the garbage collector looks; a full round stops the event loop for all that lives."""


def spare_garbage_collector() -> None:
    """Have it leave alone what stays for good, rooms and word lists, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
