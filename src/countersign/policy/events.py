"""Events as filters see them."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any, Final, Self, TypeVar

from countersign.basics.records import record
from countersign.policy.document.computed_once import computed_once
from countersign.policy.event_kinds.aspects import LONG_CHARS, SHORT_CHARS, Aspect
from countersign.policy.event_kinds.follow_ups import FollowUp, find_follow_up
from countersign.policy.event_kinds.memberships import MembershipKind, kind_of
from countersign.policy.measures.trust import UNKNOWN, Standing
from countersign.policy.text.content import Content
from countersign.policy.text.edits import TYPES_OF_TEXT
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.indicators.joining import RecentMessages, join_texts
from countersign.policy.text.indicators.kinds import Indicator
from countersign.policy.text.prose.fair_shares import beginning_of
from countersign.policy.text_model import contents
from countersign.policy.text_model.contents import ContentPrediction, ReadText, WeighedText
from countersign.policy.text_model.shipped import shipped_model
from countersign.protocol.canonical_json import to_safe_integer, with_safe_integers
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.events.sticky_events import sticky_ms_of

T = TypeVar("T")

_OTHER_TYPE: Final = Aspect.OTHER_TYPE.value
_FOLLOW_UP: Final = Aspect.FOLLOW_UP.value
_RELATION: Final = Aspect.RELATION.value
_STATE: Final = Aspect.STATE.value
_STICKY: Final = Aspect.STICKY.value
_MEDIA: Final = Aspect.MEDIA.value
_PLACES: Final = Aspect.PLACES.value
_MENTIONS: Final = Aspect.MENTIONS.value
_BEYOND_ASCII: Final = Aspect.BEYOND_ASCII.value
_SHORT: Final = Aspect.SHORT.value
_LONG: Final = Aspect.LONG.value
_KEYS_OF_TEXT: Final = frozenset(
    {"msgtype", "body", "format", "formatted_body", "m.mentions", "m.relates_to"}
)
PART_CHARS: Final = 4_096
"""Number of characters that filters read of an event that is refused for its size."""


@record(frozen=True, kw_only=True)
class Event:
    """An event with verified hash and signatures, and facts about its room.

    Attributes:
        type: the event type.
        sender: the sender's user ID.
        server: the sender's server name.
        room_id: the room's ID.
        state_key: None unless it is a state event.
        content: the content as received; databases and programs get `safe_content`.
        origin_server_ts: the time that the sender's server claims, in ms since the epoch; not
            trustworthy.
        size_bytes: the size of the event's canonical JSON, signatures included.
        is_encrypted_room: True if the room is encrypted.
        sender_power_level: the sender's power level, brought into the canonical range of integers;
            the largest one for a creator of a room of version 12 or later.
        received_ts: time of receipt, in ms since the epoch; 0 if not known for certain.
        sticky_ms: the stickiness that it asks for (MSC4354), in ms; None without one.
        standing: the community's trust in the sender, with its reason.
        depth: the depth that its sender claims, brought into the canonical range of integers.
        membership_before: for a membership event, its user's membership before; None if unknown.
        is_bridged: the sender is in a bridge's namespace that the policy names.
        recent_messages: its sender's last short messages and this one; None if there are none.
        is_joined: it consists of several messages that are read together.
        owns_quotation: the quotation of a reply counts as its sender's own text.
        is_read_in_part: `seen` holds its beginning only; the event must be refused.
    """

    type: str
    sender: str
    server: str
    room_id: str
    state_key: str | None
    content: dict[str, Any]
    origin_server_ts: int
    size_bytes: int
    is_encrypted_room: bool = False
    sender_power_level: int = 0
    received_ts: int = 0
    sticky_ms: int | None = None
    standing: Standing = UNKNOWN
    membership_before: str | None = None
    is_bridged: bool = False
    depth: int = 0
    recent_messages: RecentMessages | None = None
    is_joined: bool = False
    owns_quotation: bool = False
    is_read_in_part: bool = False

    @classmethod
    def of(
        cls,
        pdu: Pdu,
        *,
        is_encrypted_room: bool = False,
        sender_power_level: int = 0,
        received_ts: int = 0,
        standing: Standing = UNKNOWN,
        membership_before: str | None = None,
        is_bridged: bool = False,
    ) -> Self:
        """Return `pdu` as filters see it."""
        return cls(
            type=pdu.type,
            sender=pdu.sender,
            server=pdu.sender_server,
            room_id=pdu.room_id,
            state_key=pdu.state_key,
            content=pdu.content,
            origin_server_ts=to_safe_integer(pdu.origin_server_ts),
            size_bytes=pdu.size_bytes,
            is_encrypted_room=is_encrypted_room,
            sender_power_level=to_safe_integer(sender_power_level),
            received_ts=received_ts,
            sticky_ms=sticky_ms_of(pdu.json),
            standing=standing,
            membership_before=membership_before,
            is_bridged=is_bridged,
            depth=to_safe_integer(pdu.depth),
        )

    @computed_once
    def seen(self) -> Content:
        """The visible content: what a client may show or notify people of."""
        content = beginning_of(self.content, PART_CHARS) if self.is_read_in_part else self.content
        return Content(content, self.type, owns_quotation=self.owns_quotation)

    @computed_once
    def with_own_quotation(self) -> "Event":
        """The same event with the quotation of a reply read as its sender's own text."""
        own = replace(self, owns_quotation=True)
        # All else is read already.
        seen = own.__dict__["seen"] = copy(self.seen)
        seen.owns_quotation = True
        seen.__dict__.pop("quoted", None)
        return own

    @computed_once
    def indicators(self) -> tuple[Indicator, ...]:
        """Links, contacts and wallets in it, `MAX_INDICATORS` at most."""
        return indicators_of(self.seen, self.room_id)

    @computed_once
    def with_recent_messages(self) -> "Event | None":
        """The event read together with its sender's last messages; None if there are none."""
        if self.recent_messages is None or self.is_joined:
            return None
        return self.read_with(self.recent_messages)

    def read_with(self, recent: RecentMessages) -> "Event":
        """Return the event with these messages joined to one text.

        The same messages are joined once, for all filters.
        """
        joined = self._read_with.get(recent)
        if joined is None:
            joined = self._read_with[recent] = self._join(recent)
        return joined

    def _join(self, recent: RecentMessages) -> "Event":
        joined = replace(
            self,
            content={"msgtype": "m.text", "body": join_texts(recent.texts)},
            recent_messages=recent,
            is_joined=True,
        )
        if joined.indicators:
            single = {each for text in recent.texts for each in self._indicators_in(text)}
            only = tuple([each for each in joined.indicators if each not in single])
            joined.__dict__["indicators"] = only
        return joined

    @computed_once
    def _indicators_in(self) -> Callable[[str], tuple[Indicator, ...]]:
        """Return a function that extracts the indicators of one message, once for each text."""
        content, event_type, room_id = {"msgtype": "m.text"}, self.type, self.room_id
        return cache(
            lambda body: indicators_of(Content(content | {"body": body}, event_type), room_id)
        )

    @computed_once
    def _read_with(self) -> dict[RecentMessages, "Event"]:
        return {}

    @computed_once
    def follow_up(self) -> FollowUp | None:
        """The kind of follow-up, such as a reaction; None for other events."""
        return find_follow_up(self.type, self.content, state_key=self.state_key)

    def aspects(self, mask: int) -> int:
        """Return the aspects that it has, as flags of `Aspect`.

        Args:
            mask: the aspects to look for, as flags.
        """
        has = 0
        if self.type != "m.room.message":
            has |= _OTHER_TYPE
        if mask & _FOLLOW_UP and self.follow_up is not None:
            has |= _FOLLOW_UP
        if "m.relates_to" in self.content:
            has |= _RELATION
        if self.state_key is not None:
            has |= _STATE
        if self.sticky_ms is not None:
            has |= _STICKY
        if mask & _MEDIA and self._may_hold_media:
            has |= _MEDIA
        if mask & _PLACES and self.seen.may_name_place:
            has |= _PLACES
        if mask & _MENTIONS and (self.seen.mentions.user_ids or self.seen.mentions.is_room):
            has |= _MENTIONS
        if mask & _BEYOND_ASCII and not self.seen.is_ascii:
            has |= _BEYOND_ASCII
        if mask & _SHORT and len(self.seen.normalized) <= SHORT_CHARS:
            has |= _SHORT
        if mask & _LONG and len(self.seen.normalized) >= LONG_CHARS:
            has |= _LONG
        return has & mask

    @property
    def _may_hold_media(self) -> bool:
        seen = self.seen
        return (
            not (self.type == "m.room.message" and self.content.keys() <= _KEYS_OF_TEXT)
            or self.content.get("msgtype") not in TYPES_OF_TEXT
            or bool(seen.media or seen.pictures)
        )

    @computed_once
    def text_prediction(self) -> ContentPrediction | None:
        """The text model's result; None if no feature suggests abuse."""
        return contents.predict(self._weighed_texts, shipped_model())

    @property
    def most_text_points(self) -> int:
        """Upper bound of the points of `text_prediction`; cheaper, as no language is detected."""
        weighed = self._weighed_texts
        return weighed[0].weighed.points if weighed else 0

    @computed_once
    def read_texts(self) -> list[ReadText]:
        """The visible texts, undisguised and masked, without very short ones."""
        return contents.read_texts(self.seen)

    @computed_once
    def _weighed_texts(self) -> list[WeighedText]:
        return contents.weigh_texts(self.read_texts, shipped_model())

    def worked_out(self, by: object, work: Callable[["Event"], T]) -> T:
        """Return the result of `work` on this event, computed at the first call.

        A filter needs the same result when it asks and when it judges.

        Args:
            by: the filter, or the function that needs the result.
            work: computes the result from the event alone.
        """
        key, worked_out = id(by), self._worked_out
        if (result := worked_out.get(key)) is None:
            # With the filter, so that its `id` is no other's as long as the event is there.
            result = worked_out[key] = by, work(self)
        value: T = result[1]
        return value

    @computed_once
    def _worked_out(self) -> dict[int, tuple[object, Any]]:
        return {}

    @computed_once
    def safe_content(self) -> dict[str, Any]:
        """The content with every integer in the canonical range, for databases and programs."""
        safe: dict[str, Any] = with_safe_integers(self.content)
        return safe

    @property
    def membership_kind(self) -> MembershipKind | None:
        """The kind of membership change; None if it is another event."""
        if self.type != "m.room.member":
            return None
        return kind_of(self.content.get("membership"), self.membership_before)

    def later_ts(self, seconds: int) -> int | None:
        """Return the time `seconds` after receipt, in ms since the epoch; None if not known."""
        return self.received_ts + seconds * 1_000 if self.received_ts else None

    @property
    def is_state(self) -> bool:
        """True for a state event."""
        return self.state_key is not None
