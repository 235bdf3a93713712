"""Work that is done again and again while the program runs."""

from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import structlog

from countersign.ports.clock import Clock
from countersign.protocol.errors import CountersignError

log = structlog.get_logger()


async def do_every(
    seconds: float, work: Callable[[], Coroutine[Any, Any, None]], clock: Clock, trouble: str
) -> NoReturn:
    """Do work now, and again after each pause, until cancelled.

    Args:
        seconds: the pause after a round of work.
        work: one round. One that fails for trouble that we know of, such as a database that does
            not answer, is logged; the next one comes as if it had not failed.
        clock: waits.
        trouble: a sentence for the log on what is not done then.
    """
    while True:
        try:
            await work()
        except CountersignError as error:
            log.warning(trouble, reason=str(error))
        await clock.sleep(seconds)
