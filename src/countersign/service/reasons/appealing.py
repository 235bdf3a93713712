"""Acceptance of appeals from people who have the reference of a refusal."""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.ports.stores.review.appeals import (
    Appeal,
    AppealAdded,
    AppealLimits,
    AppealStore,
)
from countersign.service.policies.policies_in_force import Policies
from countersign.service.reasons.explanations import Explanation

MAX_TEXT_CHARS: Final = 1_000
"""Maximum length of the text of an appeal; the page refuses a longer one."""
MAX_OPEN_OF_SENDER: Final = 3
"""Maximum number of open appeals of one sender in one community."""


class Appealing:
    """Accepts appeals, one for each refusal.

    The person who appeals is not identified: only the sender was told the reference. The number of
    open appeals against refusals of one sender is limited, so that one account cannot fill a
    community's queue.

    Args:
        store: keeps appeals.
        policies: map a room to its community.
        metrics: counts appeals.
        answer_within_days: time within which an answer is due.
        per_day: maximum number of appeals of one community in 24 hours.
    """

    def __init__(
        self,
        store: AppealStore,
        policies: Policies,
        clock: Clock,
        metrics: Metrics,
        *,
        answer_within_days: int,
        per_day: int,
    ) -> None:
        self._store = store
        self._policies = policies
        self._clock = clock
        self._answer_within_ms = answer_within_days * DAY_MS
        self._per_day = per_day
        self._made = metrics.counter(
            "countersign_appeals_total",
            "Appeals that were sent from the page on a refusal, by what became of them.",
            result=[result.value for result in AppealAdded],
        )

    async def find(self, reason: Explanation) -> Appeal | None:
        """Return the appeal against a refusal; None if there is none.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        return await self._store.find(reason.recorded.key)

    async def make(self, reason: Explanation, text: str, language: str) -> AppealAdded:
        """Store an appeal against a refusal.

        Args:
            reason: the refusal.
            text: the person's reason, as `cleaned_text` returned it; may be empty.
            language: a language tag, that of the page or chat.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        recorded, now_ts = reason.recorded, self._clock.now_ts()
        added = await self._store.add(
            Appeal(
                key=recorded.key,
                reference=recorded.reference,
                community=self._policies.for_room(recorded.room_id).name,
                room_id=recorded.room_id,
                sender=recorded.sender,
                text=text,
                language=language,
                made_ts=now_ts,
                due_ts=now_ts + self._answer_within_ms,
            ),
            AppealLimits(
                since_ts=now_ts - DAY_MS, per_day=self._per_day, open_of_sender=MAX_OPEN_OF_SENDER
            ),
        )
        self._made.inc(added.value)
        return added


def cleaned_text(text: str) -> str:
    """Return the text of an appeal with LF as line ends, and without unprintable characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    printable = ("".join(each for each in line if each.isprintable()) for line in lines)
    return "\n".join(printable).strip()
