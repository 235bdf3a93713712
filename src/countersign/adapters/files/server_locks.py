"""Locks on files, by which a server keeps others of its kind away; the system ends them."""

import fcntl
from contextlib import suppress
from time import sleep
from typing import Final

_CLAIM_ATTEMPTS: Final = 20
_CLAIM_PAUSE_SECONDS: Final = 0.05


def lock_for_server(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another server has it locked.

    Commands that check the lock hold it for a moment only, so this tries for a second.
    """
    for _ in range(_CLAIM_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(_CLAIM_PAUSE_SECONDS)
    return False
