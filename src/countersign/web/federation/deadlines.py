"""Deadlines of short waits, with one timer for all of them."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, Final, NamedTuple

from countersign.ports.event_loop.short_waits import ShortWait

ROUNDS_PER_BUDGET: Final = 16
"""A wait that is overdue ends within a sixteenth of the budget."""


class WaitOutcome(NamedTuple):
    """Result of short waits.

    Attributes:
        is_done: the work has ended.
        value: what it returned, or else what it waits for now.
    """

    is_done: bool
    value: Any


class Deadlines:
    """Ends short waits with a `TimeoutError` when their request's time is used up.

    Args:
        budget_seconds: how long a request may take.
    """

    def __init__(self, budget_seconds: float) -> None:
        self._pause_seconds = budget_seconds / ROUNDS_PER_BUDGET
        self._deadlines: dict[ShortWait[Any], float] = {}
        self._is_round_due = False

    def __len__(self) -> int:
        return len(self._deadlines)

    @coroutine
    def run_short_waits(
        self, work: Coroutine[Any, Any, Any], waits_for: Any, deadline: float
    ) -> Generator[Any, Any, WaitOutcome]:
        """Continue a coroutine that runs without a task, as long as its waits are short.

        Args:
            work: the coroutine.
            waits_for: what its last step yielded.
            deadline: by the event loop's time.
        """
        try:
            while type(waits_for) is ShortWait:
                wait = waits_for
                self._deadlines[wait] = deadline
                if not self._is_round_due:
                    self._schedule_round()
                try:
                    yield wait
                except BaseException as error:  # noqa: BLE001 - the work's to handle, or its end
                    waits_for = work.throw(error)
                else:
                    waits_for = work.send(None)
                finally:
                    del self._deadlines[wait]
        except StopIteration as done:
            return WaitOutcome(is_done=True, value=done.value)
        return WaitOutcome(is_done=False, value=waits_for)

    def _schedule_round(self) -> None:
        self._is_round_due = True
        asyncio.get_running_loop().call_later(self._pause_seconds, self._end_overdue)

    def _end_overdue(self) -> None:
        self._is_round_due = False
        now = asyncio.get_running_loop().time()
        for wait, deadline in self._deadlines.items():
            if deadline <= now and not wait.done():
                wait.set_exception(TimeoutError())
        if self._deadlines:
            self._schedule_round()
