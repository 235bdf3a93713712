"""Filter `event-type`: unwanted event types."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.text.edits import TYPES_OF_TEXT, message_type, pieces


class Among(StrEnum):
    """Events that the filter judges."""

    ALL = "all"
    STATE = "state"
    MESSAGES = "messages"


@dataclass(frozen=True, kw_only=True)
class EventType(Filter):
    """Refuses events whose type the room does not want, or which are not of the types it wants.

    ## Why this harms
    Most rooms use only a few event types. Polls, locations, widgets, calls and invented types can
    annoy a room, or carry something past clients and filters.

    ## What it sees
    The filter checks the event type, and the message type (`msgtype`) of messages and of the new
    content of edits. With `allow`, it refuses every other type; `deny` takes precedence over
    `allow`. Of an encrypted event only the type `m.room.encrypted` is visible, even if it is a
    poll.

    Redactions pass unless `deny` names them, because people must be able to take back what they
    wrote. Events that are never blocked, such as leaves, bans and the room's choice of its policy
    server, always pass.

    ## When it is wrong
    A list of allowed types soon gets out of date: clients support new types, and calls, polls and
    threads have old and new names (`m.poll.start`, `org.matrix.msc3381.poll.start`). Prefer `deny`,
    or begin with `mode: shadow`. The filter also judges state events of moderators, unless they are
    exempt or `among` is `messages`. If the policy judges membership, `allow` must name
    `m.room.member`.
    """

    name: ClassVar[str] = "event-type"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = (
        "Please send a plain message instead: this room does not take events of this kind."
    )

    deny: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="Event types that are refused, such as `m.call.*`.",
    )
    allow: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="The only event types that pass; empty for all.",
    )
    deny_message_types: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="Message types that are refused, such as `m.location`.",
    )
    among: Among = option(  # noqa: RUF009 - declares a field
        Among.ALL,
        help="Which events are judged: `all`, only `state` events, or only others (`messages`).",
    )
    _deny: Globs = field(init=False, repr=False, compare=False)
    _allow: Globs = field(init=False, repr=False, compare=False)
    _deny_message_types: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.deny or self.allow or self.deny_message_types):
            raise OptionsInvalid(
                [Mistake(path=(), found="no types", allowed="deny, allow or deny_message_types")]
            )
        object.__setattr__(self, "_deny", Globs(self.deny))
        object.__setattr__(self, "_allow", Globs(self.allow))
        object.__setattr__(self, "_deny_message_types", Globs(self.deny_message_types))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        is_text_allowed = not self.allow or self._allow.match("m.room.message")
        is_text_denied = self._deny.match("m.room.message") or any(
            map(self._deny_message_types.match, TYPES_OF_TEXT)
        )
        return Aspect.OTHER_TYPE | Aspect.MEDIA if is_text_allowed and not is_text_denied else None

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if self.among is not Among.ALL and event.is_state is (self.among is Among.MESSAGES):
            return None
        if self._deny.match(event.type):
            return self.refuse(f"is of the type {shown(event.type)}", value=event.type)
        is_wanted = not self.allow or self._allow.match(event.type)
        if not is_wanted and event.type != "m.room.redaction":
            return self.refuse(
                f"is of the type {shown(event.type)}, which is not among those allowed",
                value=event.type,
            )
        for msgtype in _message_types(event) if self.deny_message_types else ():
            if self._deny_message_types.match(msgtype):
                return self.refuse(f"is of the message type {shown(msgtype)}", value=msgtype)
        return None


def _message_types(event: Event) -> Iterator[str]:
    return filter(None, map(message_type, pieces(event.content)))
