"""Filter `event-rate`: too many events in a short time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from countersign.policy.document.globs import Globs
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import LONG_CHARS, SHORT_CHARS, Aspect
from countersign.policy.event_kinds.follow_ups import follow_up_mistakes
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.pace.options import (
    is_long,
    most_events,
    only_follow_ups,
    only_long,
    only_short,
)
from countersign.policy.filters.pace.queued_messages import QueuedMessage, queued_message, was_heard
from countersign.policy.filters.pace.rates import Rate, RateQuestions
from countersign.policy.findings import Finding
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.counts import Attempts, AttemptsAboveMembers, SignedEvents
from countersign.policy.questions.sender_groups import Per
from countersign.protocol.rooms.state_events import MEMBER


class Among(StrEnum):
    """Groups of senders whose events are counted together."""

    EVERYONE = "everyone"
    NEWCOMERS = "newcomers"


@dataclass(frozen=True, kw_only=True)
class EventRate(Rate):
    """Refuses events above a limit in a time, for one sender, server or room, or for all.

    ## Why this harms
    A flood makes a room unreadable and delivers every other kind of spam. It spreads over rooms:
    the same account, or many accounts of one server, write everywhere at once.

    ## What it sees
    The filter counts the events that were signed within `per_seconds`, in all rooms of this policy
    together. Refused events do not count, so waiting always helps, and sending again does no harm.
    Not counted are events that are never blocked (leaves, kicks, bans and such), events of exempt
    people, and membership events unless the policy judges them. Nor are joins and changes of a name
    or picture, which each room of their sender gets, unless `types` names them; `join-rate` limits
    those.

    - With `max_attempts`, refused events count too: a sender who keeps writing is refused until
      they pause. A retry with the same words does not count.
    - With `types`, the filter counts and refuses only events of these types; with `follow_ups`,
      only events that act on another or belong to a call, such as edits; with `max_chars`, only
      short messages, which fill a room without saying anything; with `min_chars`, only long ones.
    - With `starts_threads`, the filter counts and refuses only first messages of threads, which
      answer the event that the thread is under, and no later one.
    - With `same_event`, several reactions of a sender to one event, as in a vote, are not a flood.
    - With `queued_events`, so many queued messages an hour pass at any pace, since a client that
      was offline sends all of them at once. Their sender had an event signed, was first seen at
      least 90 seconds ago, and had two of them refused at most. They have no contacts, mentions,
      pictures and files. Four at most have links, and six the same text, as copies that a client
      sends again.
    - With `members_pace`, senders pass who keep to the pace of members: four, known for a week,
      each of whom sent half as many events to the room in that time. A countdown is no flood then.

    ## When it is wrong
    Bots write for many people: exempt them. People who come over a bridge do not count for a server
    if the policy names the bridge under `bridges`. With `per: room` a lively evening in one room
    easily looks like a flood, and with `per: server` a big public homeserver does. Begin with
    `mode: shadow` there. A server that was restarted has lost its counts.
    """

    name: ClassVar[str] = "event-rate"
    says: ClassVar[str] = (
        "Please wait a little, then send it again: that was a lot in a short time."
    )

    per: Per = option(  # noqa: RUF009 - declares a field
        Per.SENDER,
        help="Whose events are counted together: one sender's, one server's, one room's, or "
        "everyone's.",
    )
    max_events: int = most_events(30)
    types: tuple[str, ...] = option(
        (),
        maximum=100,
        unit="globs",
        help="Event types that are counted, such as `m.room.message` or `m.*`; empty for all.",
    )
    follow_ups: tuple[str, ...] = only_follow_ups("all events")
    max_chars: int = only_short("messages that show", "all events")
    min_chars: int = only_long()
    among: Among = option(  # noqa: RUF009 - declares a field
        Among.EVERYONE,
        help="Whose events are counted and refused: everyone's, or only those of newcomers, "
        "who then have a limit of their own that does not affect members.",
    )
    max_attempts: int = option(
        0,
        minimum=0,
        maximum=1_000_000,
        unit="events",
        help="The most events in the time if refused ones count too; 0 for no limit.",
    )
    same_event: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="events",
        help="Once the sender has had an event on another event signed, so many on the same "
        "event pass, such as reactions to a vote, up to `max_attempts` in all; 0 for none.",
    )
    queued_events: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="events",
        help="So many messages of a sender pass within an hour at any pace, if they may have "
        "waited in a client that was offline; 0 for none.",
    )
    starts_threads: bool = option(
        default=False, help="Whether only messages that start a thread are counted."
    )
    members_pace: bool = option(
        default=False,
        help="Whether senders pass who keep to the pace of members in the room.",
    )
    _types: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if mistakes := follow_up_mistakes("follow_ups", self.follow_ups):
            raise OptionsInvalid(mistakes)
        object.__setattr__(self, "_types", Globs(self.types))

    @property
    def counted(self) -> str:
        """See `Rate.counted`."""
        return "events"

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        if self.types and not self._types.match("m.room.message"):
            return Aspect.OTHER_TYPE
        if self.starts_threads:
            return Aspect.RELATION
        if 0 < self.max_chars <= SHORT_CHARS:
            return Aspect.SHORT
        if self.min_chars >= LONG_CHARS:
            return Aspect.LONG
        return Aspect.FOLLOW_UP if self.follow_ups and not self.max_chars else None

    def asks_attempts(self) -> Callable[..., Attempts] | None:
        """See `Rate.asks_attempts`."""
        if self.members_pace:
            return AttemptsAboveMembers
        return Attempts if self.max_attempts else None

    def find_questions(self, event: Event) -> RateQuestions | None:
        """See `Rate.find_questions`."""
        questions = super().find_questions(event)
        if self.queued_events and questions is not None:
            queued = self._queued(event)
            return questions if queued is None else questions.with_more(*queued.all)
        if not self.same_event:
            return questions
        on_same = None if questions is None else self._on_same_event(event)
        if questions is None or on_same is None:
            return questions
        return questions.with_more(on_same)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        questions = event.worked_out(self, self.find_questions)
        if questions is None:
            return None
        question, attempts, _ = questions
        queued = self._queued(event) if was_heard(event) else None
        if queued is not None and queued.is_within(self.queued_events, facts):
            return None
        if self.members_pace and attempts is not None and facts[attempts] == 0:
            return None
        finding = self.judge_count(question, event, facts)
        if finding is not None:
            on_same = self._on_same_event(event)
            is_spared = on_same is not None and 0 < facts[on_same] < self.same_event
            if not is_spared:
                return finding
        if attempts is None or not self.max_attempts:
            return None
        attempts_before = facts[attempts]
        if attempts_before < self.max_attempts:
            return None
        key = question.key or "the community"
        return self.refuse(
            f"{key} sent {attempts_before} events in {self.per_seconds} seconds, refused ones "
            f"included; this community allows {self.max_attempts} per {self.per}",
            value=attempts_before,
            limit=self.max_attempts,
            expires_ts=event.later_ts(self.per_seconds),
        )

    def _queued(self, event: Event) -> QueuedMessage | None:
        if not self.queued_events:
            return None
        return event.worked_out(queued_message, queued_message)

    def _on_same_event(self, event: Event) -> SignedEvents | None:
        relation = event.seen.relation if self.same_event else None
        if relation is None or relation.event_id is None:
            return None
        types = ("on", relation.kind, relation.event_id)
        return SignedEvents(Per.SENDER, event.sender, types, self.per_seconds)

    def types_counted_for(self, event: Event) -> tuple[str, ...] | None:
        """See `Rate.types_counted_for`."""
        if self.starts_threads and not _starts_thread(event):
            return None
        types = self._types_counted_for(event)
        if self.starts_threads and types is not None:
            types = ("thread starts", *types)
        if types is None or self.among is Among.EVERYONE:
            return types
        is_newcomers = event.standing.level.rank <= Trust.NEW.rank and not event.is_bridged
        return ("newcomers", *types) if is_newcomers else None

    def _types_counted_for(self, event: Event) -> tuple[str, ...] | None:
        if self.types and not self._types.match(event.type):
            return None
        if self.max_chars:
            is_short = event.type == "m.room.message" and event.follow_up is None
            if not is_short or len(event.seen.normalized) > self.max_chars:
                return None
            return ("short", str(self.max_chars), *self.types)
        if self.min_chars:
            is_message = event.type == "m.room.message" and event.follow_up is None
            if not is_message or not is_long(event, self.min_chars):
                return None
            return ("long", str(self.min_chars), *self.types)
        if not self.follow_ups:
            return self.types if self.types or not _is_own_join(event) else None
        if event.follow_up not in self.follow_ups:
            return None
        return ("follow-ups", *self.follow_ups, *self.types)


def _starts_thread(event: Event) -> bool:
    relation = event.content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.thread":
        return False
    # Clients let later messages answer the one before, for those that show no threads.
    reply = relation.get("m.in_reply_to")
    answered = reply.get("event_id") if isinstance(reply, dict) else None
    return answered is None or answered == relation.get("event_id")


def _is_own_join(event: Event) -> bool:
    return event.type == MEMBER and event.content.get("membership") == "join"
