"""Filter `event-size`: events that are too big."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.text.edits import EDIT_KEYS
from countersign.protocol.canonical_json import encode_canonical

_NOT_SHOWN: Final = frozenset({*EDIT_KEYS, "m.relates_to"})
_COPIES: Final = 4


@dataclass(frozen=True, kw_only=True)
class EventSize(Filter):
    """Refuses an event that is bigger than the room allows.

    ## Why this harms
    An event may have up to 64 KiB. Walls of text push everyone's conversation off the screen. Big
    events without visible content fill every server's disk for ever.

    ## What it sees
    The filter checks the size of the whole event as servers exchange it: canonical JSON in UTF-8,
    with its signatures. An ordinary message has about one kilobyte. A letter has one to three bytes
    in most scripts, and an emoji four. Attached files are not part of an event and do not count. An
    edit contains its text twice, once for clients that do not support edits; the text counts once.
    With `max_unseen_bytes` it also checks how much of a message is neither text nor a link: tags
    that show nothing, and fields that no client reads. Encrypted messages are left out there. If an
    event is refused for its size, all filters read only its first 4,096 characters, so that it
    costs no more time. This does not apply to edits, to a lower limit, or to a step with `exempt`,
    `weight` or another `mode`.

    ## When it is wrong
    Long posts that people want to read, bots that send tables or code, and encrypted messages,
    which are a third bigger than their content. Raise the limit instead of exempting many people.
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
        help="The greatest size of one event.",
    )
    max_unseen_bytes: int = option(
        0,
        minimum=0,
        maximum=65_536,
        unit="bytes",
        help="The most bytes of a message that nobody sees, such as tags without text; 0 for no "
        "limit.",
    )

    def most_bytes(self) -> int | None:
        """See `Filter.most_bytes`."""
        return self.max_bytes

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.size_bytes > self.max_bytes:
            size_bytes = event.size_bytes - _said_twice_bytes(event)
            if size_bytes > self.max_bytes:
                return self.refuse(
                    f"is {size_bytes:,} bytes long; this room allows {self.max_bytes:,}",
                    value=size_bytes,
                    limit=self.max_bytes,
                )
        if not self.max_unseen_bytes or event.size_bytes <= self.max_unseen_bytes:
            return None
        unseen = _unseen_bytes(event)
        if unseen <= self.max_unseen_bytes:
            return None
        return self.refuse(
            f"has {unseen:,} bytes that nobody sees; this room allows {self.max_unseen_bytes:,}",
            value=unseen,
            limit=self.max_unseen_bytes,
        )


def _unseen_bytes(event: Event) -> int:
    """Return the bytes of a message's content that no client shows; 0 for other events."""
    if event.type != "m.room.message":
        return 0
    # A text may occur several times: plain, formatted, and in the fallback of an edit.
    texts = _COPIES * sum(len(text.raw.encode("utf-8", "replace")) for text in event.seen.texts)
    links = sum(len(link.target) for link in event.seen.links)
    return _size_bytes(event.content) - texts - links


def _said_twice_bytes(event: Event) -> int:
    """Return the bytes of an edit's fallback, which repeats its text for clients without edits."""
    if event.follow_up is not FollowUp.EDIT:
        return 0
    edited = [event.content[key] for key in EDIT_KEYS if key in event.content]
    rest = {key: value for key, value in event.content.items() if key not in _NOT_SHOWN}
    return min(_size_bytes(rest), max(map(_size_bytes, edited), default=0))


def _size_bytes(value: Any) -> int:
    return len(encode_canonical(value, strict=False))
