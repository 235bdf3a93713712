"""Filter `shape`: events whose content does not match the schema of their type."""

from dataclasses import dataclass, field
from typing import ClassVar

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import path_text, shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.text.edits import levels
from countersign.policy.text.schema_faults import find_fault
from countersign.policy.text.type_schemas import KNOWN_MESSAGE_TYPES, KNOWN_TYPES


@dataclass(frozen=True, kw_only=True)
class Shape(Filter):
    """Refuses events of known types whose content is not what clients expect.

    ## Why this harms
    A number in place of a text has crashed many clients, for everyone in the room and at every
    start. Other malformed events are visible in some clients but not in others, nor to their
    filters.

    ## What it sees
    The filter checks messages, edits, stickers, reactions, polls, calls, redactions, encrypted
    events, relations to other events, mentions, memberships and the usual state events. Required
    fields must be present and must be a text, a number, a list and so on. Media need an address
    that begins with `mxc://`. Messages must not be state events, and events of state types must be.

    Additional fields pass, and so does null in place of an optional field. The filter does not
    check unknown types. With `allow_unknown_types` or `allow_unknown_message_types` set to false it
    refuses them. Known types are those of the specification and of proposals that clients already
    support.

    ## When it is wrong
    Scripts and new bots send malformed content that happens to work, such as a size in quotes: tell
    their authors, or name the types in `skip_types`. Refusing unknown types blocks everything that
    clients will support in future; `event-type` refuses types by a list of your own.
    """

    name: ClassVar[str] = "shape"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = (
        "Please tell the makers of your client: it sent something that other clients cannot read."
    )

    skip_types: tuple[str, ...] = option(
        (), maximum=1_000, unit="globs", help="Event types that are not checked."
    )
    allow_unknown_types: bool = option(default=True, help="Whether unknown event types pass.")
    allow_unknown_message_types: bool = option(
        default=True, help="Whether unknown message types (`msgtype`) pass."
    )
    _skip_types: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_skip_types", Globs(self.skip_types))

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if self._skip_types and self._skip_types.match(event.type):
            return None
        fault = find_fault(event.type, event.content, is_state=event.is_state)
        if fault is not None:
            place = f" in {path_text(fault.path)}" if fault.path else ""
            return self.refuse(f"has {fault.found}{place}; allowed: {fault.allowed}")
        if not self.allow_unknown_types and event.type not in KNOWN_TYPES:
            return self.refuse(f"is of the unknown type {shown(event.type)}", value=event.type)
        if not self.allow_unknown_message_types and event.type == "m.room.message":
            return self._judge_message_types(event)
        return None

    def _judge_message_types(self, event: Event) -> Finding | None:
        for level in levels(event.content):
            message_type = level.get("msgtype")
            if message_type not in KNOWN_MESSAGE_TYPES:
                return self.refuse(f"is of the unknown message type {shown(message_type)}")
        return None
