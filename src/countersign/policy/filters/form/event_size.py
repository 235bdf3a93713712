"""Filter `event-size`: events that are too big."""

from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm


@dataclass(frozen=True, kw_only=True)
class EventSize(Filter):
    """Refuses an event that is bigger than the room allows.

    ## Why this harms
    One event may weigh 64 KiB. Walls of text push everyone's conversation off the screen, and
    big events with nothing to show in them fill every server's disk for ever.

    ## What it sees
    The size of the whole event as it travels between servers: canonical JSON in UTF-8, with its
    signatures. An ordinary message is about one kilobyte; a letter of most scripts is one to three
    bytes, an emoji four. Attached files are not part of an event and do not count.

    ## When it is wrong
    Long posts that people want to read, bots that send tables or code, and encrypted messages,
    which are a third bigger than what they hold. Raise the limit rather than exempt many people.
    """

    name: ClassVar[str] = "event-size"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    says: ClassVar[str] = (
        "Please shorten this message, or send it in parts: it is too long for this room."
    )

    max_bytes: int = option(
        32_768,
        minimum=256,
        maximum=65_536,
        unit="bytes",
        help="The most that one event may weigh.",
    )

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.size_bytes <= self.max_bytes:
            return None
        return self.refuse(
            f"is {event.size_bytes:,} bytes long; this room allows {self.max_bytes:,}",
            value=event.size_bytes,
            limit=self.max_bytes,
        )
