"""Filter `mention-rate`: too many people mentioned in a short time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.counts import PeopleCalled
from countersign.policy.questions.messages import MessageRelatedTo
from countersign.policy.questions.question import Question
from countersign.policy.text.minhash import length_without_courtesies

_UNCOURTEOUS_PART: Final = 4
_WHOLE: Final = 5
"""Four fifths of `singly_chars`, for what words of courtesy leave of a text."""
_NAMES_SOMEBODY: Final = ("@", "https://matrix.to/")


@dataclass(frozen=True, kw_only=True)
class MentionRate(Filter):
    """Refuses events of a sender whose events together mention too many people in a time.

    ## Why this harms
    A sender who may not mention thirty people in one message mentions three in each of ten.

    ## What it sees
    The filter finds mentions as `mention-flood` does: `m.mentions`, pills, links and written user
    IDs. `@room` counts as `room_counts_as` people. The filter counts the different people in the
    sender's signed events, in all rooms of the community: a person who is mentioned nine times
    counts once. An event that mentions only the sender of the message that it answers always
    passes. With `max_singly`, events that mention one person each also pass, up to that many
    people, so that people can greet others. `singly_chars` limits this to short texts, and to texts
    of which four fifths as many are left without words of courtesy.

    ## When it is wrong
    Bots that mention everyone on a rota, or welcome everybody who comes. Exempt them.
    """

    name: ClassVar[str] = "mention-rate"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please wait a little, and name only those you need to reach: you mentioned a lot of "
        "people in a short time."
    )

    max_users: int = option(
        30,
        minimum=1,
        maximum=100_000,
        unit="users",
        help="The most users mentioned in the time, by all of a sender's events together.",
    )
    per_seconds: int = last_seconds(300)
    max_singly: int = option(
        0,
        minimum=0,
        maximum=100_000,
        unit="users",
        help="The most users mentioned in the time by events that mention one each; 0 for as many "
        "as `max_users`.",
    )
    singly_chars: int = option(
        0,
        minimum=0,
        maximum=65_536,
        unit="characters",
        help="The longest text for which `max_singly` holds; 0 for any.",
    )
    room_counts_as: int = option(
        10, minimum=0, maximum=1_000, unit="users", help="How many users `@room` counts as."
    )

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MENTIONS

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        # Computed once per event, since there may be thousands of user IDs to sort.
        called = event.worked_out(self, self._questions)
        question = _answered_message(event) if called else None
        return called if question is None else (*called, question)

    def _questions(self, event: Event) -> tuple[PeopleCalled, ...]:
        mentions = event.seen.mentions
        everybody = self.room_counts_as if mentions.is_room else 0
        people = mentions.user_ids | {f"@room {number}" for number in range(everybody)}
        if not people:
            return ()
        called = tuple(sorted(people)) if everybody else event.worked_out(_sorted, _sorted)
        return (PeopleCalled(event.sender, len(people), self.per_seconds, called),)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in event.worked_out(self, self._questions):
            called = facts[question] + question.called
            if called <= self.max_users:
                continue
            most = self.max_users
            if question.called == 1 and self._is_greeting(event):
                most = max(most, self.max_singly)
            if called > most and not _is_answer(event, facts):
                return self.refuse(
                    f"calls {question.called} users, {called} within {self.per_seconds} seconds; "
                    f"this community allows {most}",
                    value=called,
                    limit=most,
                    expires_ts=event.later_ts(self.per_seconds)
                    if question.called <= self.max_users
                    else None,
                )
        return None

    def _is_greeting(self, event: Event) -> bool:
        most = self.singly_chars
        if not most or all(
            len(text.raw) <= most or (text.raw.startswith(_NAMES_SOMEBODY) and " " not in text.raw)
            for text in event.seen.texts
        ):
            return True
        chars = length_without_courtesies(event.seen.main_text, most)
        return chars < len(event.seen.main_text) and chars * _WHOLE <= most * _UNCOURTEOUS_PART


def _answered_message(event: Event) -> MessageRelatedTo | None:
    """Return the question for the message that a reply with one mention answers; otherwise None."""
    relation = event.seen.relation
    if relation is None or relation.kind != "reply" or relation.event_id is None:
        return None
    mentions = event.seen.mentions
    is_one = len(mentions.user_ids) == 1 and not mentions.is_room
    return MessageRelatedTo(relation.event_id) if is_one else None


def _is_answer(event: Event, facts: Facts) -> bool:
    question = _answered_message(event)
    message = None if question is None else facts[question]
    return message is not None and {message.sender} == event.seen.mentions.user_ids


def _sorted(event: Event) -> tuple[str, ...]:
    return tuple(sorted(event.seen.mentions.user_ids))
