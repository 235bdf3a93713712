"""Filter `encryption`: encrypted events in unencrypted rooms, and the reverse."""

from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm

# Types that clients encrypt in an encrypted room; they send reactions, redactions and state plain.
_PRIVATE: Final = frozenset(
    {"m.room.message", "m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start"}
)


@dataclass(frozen=True, kw_only=True)
class Encryption(Filter):
    """Refuses encrypted events in a room that is not encrypted, and optionally the reverse.

    ## Why this harms
    No filter can read an encrypted event. In a room that is not encrypted, the only use of
    encrypted events is to show something to some people and hide it from the policy. Turning on
    encryption blinds the policy for good, because encryption cannot be turned off again.

    ## What it sees
    Three things, each by itself:

    - events of the type `m.room.encrypted` in a room without encryption,
    - with `refuse_plaintext`, unencrypted messages, stickers and polls in an encrypted room;
      reactions, redactions and state events are never encrypted,
    - `m.room.encryption`, which turns encryption on, from people below `enabling_power_level`.

    ## When it is wrong
    We may learn late that encryption was turned on. The first messages after that are then refused,
    and pass when they are sent again. Bridges and bots that cannot encrypt send plain text in
    encrypted rooms: exempt them before you set `refuse_plaintext`.
    """

    name: ClassVar[str] = "encryption"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = (
        "Please let your client load this room again, then send it once more, or ask the "
        "moderators. Whether this message is encrypted does not fit the room."
    )

    refuse_encrypted: bool = option(
        default=True, help="Whether encrypted events are refused in rooms without encryption."
    )
    refuse_plaintext: bool = option(
        default=False, help="Whether unencrypted messages are refused in encrypted rooms."
    )
    enabling_power_level: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="power",
        help="The lowest power level that may turn on encryption; 0 leaves it to the room.",
    )

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return None if self.refuse_plaintext else Aspect.OTHER_TYPE

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.type == "m.room.encrypted":
            if self.refuse_encrypted and not event.is_encrypted_room:
                return self.refuse("is encrypted; this room is not")
        elif event.type in _PRIVATE:
            if self.refuse_plaintext and event.is_encrypted_room and not event.is_state:
                return self.refuse("is not encrypted; this room is")
        elif event.type == "m.room.encryption":
            return self._judge_enabling(event)
        return None

    def _judge_enabling(self, event: Event) -> Finding | None:
        level = event.sender_power_level
        if self.enabling_power_level == 0 or level >= self.enabling_power_level:
            return None
        return self.refuse(
            f"turns encryption on with power level {level}; "
            f"this room asks for {self.enabling_power_level}",
            value=level,
            limit=self.enabling_power_level,
        )
