"""Filter `random-letters`: many messages of letters typed at random."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.questions.question import Question
from countersign.policy.text.prose.letter_pairs import is_random_letters

_NO_QUESTIONS: Final[tuple[SentBefore, ...]] = ()


@dataclass(frozen=True, kw_only=True)
class RandomLetters(Filter):
    """Refuses messages of letters typed at random, once one person or several sent some to a room.

    ## Why this harms
    Accounts that write random letters fill a room and have nothing in common that other filters
    could compare.

    ## What it sees
    The filter looks at the first 120 characters of the longest text of a message, without code and
    quotations, and counts the pairs of letters in its words. A text is random if an eighth of these
    pairs are ones that none of 37 languages uses often, such as `fq` or `jx`, and half of its words
    have one. Words with digits, signs or letters beyond ASCII have no such pairs.

    Such a message is refused if, within `per_seconds`, its sender sent `own_events` to the room
    before, or `senders` other people did. Refused ones count. Only messages that this filter judges
    count: with `applies_to: new` only those of newcomers.

    ## When it is wrong
    A crowd that hits its keys for joy, several words at a time, is asked to use words. About one of
    1,800 honest texts is taken for random letters, such as a row of abbreviations.
    """

    name: ClassVar[str] = "random-letters"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please wait a little, then send it again: that was a lot in a short time."
    )

    own_events: int = option(
        3,
        minimum=1,
        maximum=1_000,
        unit="events",
        help="The most such messages of one sender in a room in the time.",
    )
    senders: int = option(
        4,
        minimum=1,
        maximum=60,
        unit="senders",
        help="The number of other people whose such messages let no further one pass.",
    )
    per_seconds: int = last_seconds(600)

    def asks(self, event: Event) -> tuple[Question[Any], ...]:
        """See `Filter.asks`."""
        return event.worked_out(self, self._questions)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in event.worked_out(self, self._questions):
            before = facts[question]
            others = len(before.senders - {event.sender})
            if before.by_sender >= self.own_events or others >= self.senders:
                return self.refuse(
                    f"is letters typed at random, as its sender wrote {before.by_sender} times and "
                    f"{others} others did within {self.per_seconds} seconds; from "
                    f"{self.own_events} or {self.senders} on that is refused",
                    value=others,
                    limit=self.senders,
                    expires_ts=event.later_ts(self.per_seconds),
                )
        return None

    def _questions(self, event: Event) -> tuple[SentBefore, ...]:
        if event.type != "m.room.message" or event.follow_up is not None:
            return _NO_QUESTIONS
        if event.is_bridged or not is_random_letters(event.seen.main_text):
            return _NO_QUESTIONS
        return (SentBefore(f"random letters to {event.room_id}", self.per_seconds),)
