"""Filter `group-flood`: floods by several people, each of whom writes at a permitted pace."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import LONG_CHARS, SHORT_CHARS, Aspect
from countersign.policy.event_kinds.follow_ups import FollowUp, follow_up_mistakes
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import (
    is_long,
    last_seconds,
    only_follow_ups,
    only_long,
    only_short,
)
from countersign.policy.filters.pace.rates import MAX_QUESTIONS
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.counts import FreshAboveMembers, FreshAttempts
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.questions.question import Question
from countersign.policy.questions.sender_groups import Per

_AGAIN_SHARE: Final = 2
"""Divisor: half of the senders must have written twice; in an arriving crowd, each writes once."""
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_LONGER: Final = 3
"""Number of windows over which the events of a sender who pauses are counted."""


@dataclass(frozen=True, kw_only=True)
class GroupFlood(Filter):
    """Refuses the next message of each of several people who flood a room together.

    ## Why this harms
    A dozen accounts that write every five seconds make a room unreadable, although each writes no
    faster than somebody in a lively conversation.

    ## What it sees
    The filter counts the messages sent to a room within `per_seconds`, including refused ones,
    their senders, and the senders of two or more. It is a flood if there are `max_events` messages,
    `people` people sent two or more, and these are at least half of all senders. During a flood,
    people must wait if they wrote less than `pause_seconds` ago, or `own_events` times in the last
    three times `per_seconds`. Everybody else can write, however many others flood. So can those who
    keep to the pace of members: four, known for a week, each of whom sent half as many to the room
    in that time, and two at least.

    Not counted are

    - events that this filter does not judge: with `applies_to: new` only newcomers count, so that
      members can go on;
    - reactions, edits and other follow-ups, state events, and messages from bridges;
    - a retry of a refused message, and twelve copies an hour of a person's last text, which a
      client sends again if it got no answer;
    - the messages of one person that come after six of theirs within twenty seconds.

    With `follow_ups`, only these kinds of follow-ups count and are refused; with `max_chars`, only
    messages that show at most so many characters; with `min_chars`, only messages with a text of
    so many or more; with `wordy`, only texts with a word of two letters or more, such as reactions
    with words.

    ## When it is wrong
    In a heated conversation of many people, each may write twice within `per_seconds`. A sender who
    was refused can write again after `pause_seconds` of silence or, after writing often, after a
    minute. Many accounts that each write four times a minute are not a flood for this filter.
    """

    name: ClassVar[str] = "group-flood"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please wait a little, then send it again: that was a lot in a short time."
    )

    max_events: int = option(
        16,
        minimum=2,
        maximum=10_000,
        unit="events",
        help="The number of messages in a room within the time that makes a flood, including "
        "refused ones.",
    )
    people: int = option(
        4,
        minimum=2,
        maximum=60,
        unit="senders",
        help="The number of people who wrote twice within the time that makes a flood.",
    )
    per_seconds: int = last_seconds(20, maximum=3_600)
    pause_seconds: int = option(
        10,
        minimum=1,
        maximum=3_600,
        unit="seconds",
        help="During a flood, a sender whose last message is at least this old can write.",
    )
    own_events: int = option(
        4,
        minimum=1,
        maximum=10_000,
        unit="events",
        help="During a flood, a sender with so many messages in three times `per_seconds` must"
        " wait in any case.",
    )
    follow_ups: tuple[str, ...] = only_follow_ups("messages")
    max_chars: int = only_short("what shows", "no limit")
    min_chars: int = only_long()
    wordy: bool = option(
        default=False, help="Whether only what has a word of two letters or more counts."
    )

    def __post_init__(self) -> None:
        if mistakes := follow_up_mistakes("follow_ups", self.follow_ups):
            raise OptionsInvalid(mistakes)

    def counts_others(self) -> bool:
        """See `Filter.counts_others`."""
        return True

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        if 0 < self.max_chars <= SHORT_CHARS and not self.follow_ups:
            return Aspect.SHORT
        if self.min_chars >= LONG_CHARS and not self.follow_ups:
            return Aspect.LONG
        return Aspect.FOLLOW_UP if self.follow_ups and not self.max_chars else None

    def asks(self, event: Event) -> tuple[Question[Any], ...]:
        """See `Filter.asks`."""
        return event.worked_out(self, self._questions)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if not (questions := self.asks(event)):
            return None
        messages, writers_before, just_now, longer = questions
        messages_before, writers = facts[messages], facts[writers_before]
        if messages_before < self.max_events or writers.again < max(
            self.people, len(writers.senders) / _AGAIN_SHARE
        ):
            return None
        own = facts[longer]
        if own == 0 or (own < self.own_events and facts[just_now] == 0):
            return None
        return self.refuse(
            f"is one of {messages_before + 1} {self._counted} that {len(writers.senders)} people "
            f"sent to this room within {self.per_seconds} seconds, {writers.again} of them more "
            f"than one; from {self.max_events} on it is a flood",
            value=messages_before + 1,
            limit=self.max_events,
            expires_ts=event.later_ts(self.per_seconds),
        )

    def _questions(self, event: Event) -> tuple[Question[Any], ...]:
        if event.is_bridged or not self._counts(event):
            return ()
        counter = self._counter
        return _about_room(event.room_id, counter, self.per_seconds) + _about_sender(
            event.sender, event.room_id, counter, self.pause_seconds, _LONGER * self.per_seconds
        )

    @property
    def _counted(self) -> str:
        return f"{' and '.join(self.follow_ups)} events" if self.follow_ups else "messages"

    def _counts(self, event: Event) -> bool:
        if self.follow_ups:
            if event.follow_up not in self.follow_ups:
                return False
        elif event.type != "m.room.message" or event.follow_up is not None:
            return False
        if self.min_chars and not is_long(event, self.min_chars):
            return False
        if not self.max_chars and not self.wordy:
            return True
        text = _visible_text(event)
        if self.max_chars and len(text) > self.max_chars:
            return False
        return not self.wordy or _WORD.search(text) is not None

    @property
    def _counter(self) -> tuple[str, ...]:
        """Name of the counter."""
        kinds = [*self.follow_ups]
        if self.wordy:
            kinds.append("wordy")
        if self.min_chars:
            kinds.append(f"long {self.min_chars}")
        if self.max_chars:
            kinds.append(str(self.max_chars))
        return ("group", *kinds)


def _visible_text(event: Event) -> str:
    """Return the text that an event shows: a reaction's key, unless that is a picture."""
    if event.follow_up is not FollowUp.REACTION:
        return event.seen.normalized
    relation = event.content.get("m.relates_to")
    key = relation.get("key") if isinstance(relation, dict) else None
    return key if isinstance(key, str) and not key.startswith("mxc://") else ""


@lru_cache(MAX_QUESTIONS)
def _about_room(
    room_id: str, counter: tuple[str, ...], per_seconds: int
) -> tuple[FreshAttempts, SentBefore]:
    """Return the questions for the number of messages in a room, and for their senders."""
    kind = " ".join(("message", *counter[1:]))
    return (
        FreshAttempts(Per.ROOM, room_id, counter, per_seconds),
        SentBefore(f"{kind} to {room_id}", per_seconds),
    )


@lru_cache(MAX_QUESTIONS)
def _about_sender(
    sender: str, room_id: str, counter: tuple[str, ...], pause_seconds: int, long_seconds: int
) -> tuple[FreshAttempts, FreshAboveMembers]:
    """Return the questions for the number of messages of one sender in a room."""
    own = (Per.SENDER, sender, (*counter, room_id))
    return FreshAttempts(*own, pause_seconds), FreshAboveMembers(*own, long_seconds)
