"""Variables that a condition may read, and how each is found in an event."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cel_expr_python import cel

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.cel.extents import SCALAR, Extent
from countersign.policy.filters.cel.signs_of_raid import SignsOfRaid
from countersign.policy.questions import Question

MAX_TEXT_CHARS: Final = 8_192
MAX_LIST_ITEMS: Final = 200
MAX_ID_CHARS: Final = 255
MAX_LINK_CHARS: Final = 1_024
MAX_LIST_CHARS: Final = 16_384
"""Of all links together, and of all user IDs."""

Type = cel.Type
STRINGS: Final = Type.List(Type.STRING)
SIGNS: Final = SignsOfRaid()
RAID_VARIABLES: Final = frozenset({"raid.is_on", "raid.is_strict", "raid.is_under_way"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something that a condition may look at.

    Attributes:
        name: as conditions write it.
        type: of its values, in CEL's words.
        help: what it is, for moderators.
        value: returns it.
        extent: how large its values may be; longer ones are cut.
        question: what must be known for it; None if the event tells.
    """

    name: str
    type: Any
    help: str
    value: Callable[[Event, Facts], Any]
    extent: Extent = SCALAR
    question: Question[Any] | None = None

    @property
    def type_name(self) -> str:
        """The name of its type, for the manual."""
        return "list(string)" if self.type == STRINGS else str(self.type.name()).lower()


_ID: Final = Extent(chars=MAX_ID_CHARS)
_TEXT: Final = Extent(chars=MAX_TEXT_CHARS)


def _list_of(item_chars: int) -> Extent:
    return Extent(
        chars=MAX_LIST_CHARS,
        items=MAX_LIST_ITEMS,
        length=MAX_LIST_ITEMS,
        element=Extent(chars=item_chars),
    )


def _variable(
    name: str,
    kind: Any,
    about: str,
    value: Callable[[Event], Any],
    extent: Extent | None = None,
) -> Variable:
    if extent is None:
        extent = _ID if kind == Type.STRING else SCALAR
    return Variable(
        name=name, type=kind, help=about, value=lambda event, _: value(event), extent=extent
    )


VARIABLES: Final = (
    _variable("event.type", Type.STRING, "The event type.", lambda e: e.type),
    _variable("event.is_state", Type.BOOL, "Whether it is a state event.", lambda e: e.is_state),
    _variable(
        "event.state_key",
        Type.STRING,
        "The state key; empty if none.",
        lambda e: e.state_key or "",
    ),
    _variable(
        "event.msgtype",
        Type.STRING,
        "The message type, such as `m.text`; empty if none.",
        lambda e: string_of(e.content.get("msgtype")),
    ),
    _variable(
        "event.text",
        Type.STRING,
        "All texts that a person may see, in lower case, without accents and invisible characters, "
        f"one a line; the first {MAX_TEXT_CHARS:,} characters.",
        lambda e: e.seen.normalized[:MAX_TEXT_CHARS],
        _TEXT,
    ),
    _variable(
        "event.raw_text",
        Type.STRING,
        "The same as it was written.",
        lambda e: "\n".join(text.raw for text in e.seen.texts)[:MAX_TEXT_CHARS],
        _TEXT,
    ),
    _variable(
        "event.text_length",
        Type.INT,
        "How many characters all texts have together.",
        lambda e: len(e.seen.normalized),
    ),
    _variable(
        "event.links",
        STRINGS,
        "Every link, as written, bare ones such as `t.me/abc` and `example.org` among them; the "
        f"first {MAX_LIST_ITEMS}, with {MAX_LIST_CHARS:,} characters "
        f"together and {MAX_LINK_CHARS:,} each.",
        lambda e: [link.target for link in e.seen.links[:MAX_LIST_ITEMS]],
        _list_of(MAX_LINK_CHARS),
    ),
    _variable(
        "event.disguised_links",
        STRINGS,
        "Every link that people read and programs do not, such as `example (dot) com`, as it would "
        "be written plainly.",
        lambda e: [link.target for link in e.seen.disguised_links],
        _list_of(MAX_LINK_CHARS),
    ),
    _variable(
        "event.mentions",
        STRINGS,
        f"The user IDs of everyone whom it calls; at most {MAX_LIST_ITEMS}.",
        lambda e: sorted(e.seen.mentions.user_ids)[:MAX_LIST_ITEMS],
        _list_of(MAX_ID_CHARS),
    ),
    _variable(
        "event.mentions_room",
        Type.BOOL,
        "Whether it calls everyone with `@room`.",
        lambda e: e.seen.mentions.is_room,
    ),
    _variable(
        "event.media",
        STRINGS,
        "What each media item is: `m.image`, `m.file`, `m.sticker`, `img` and such.",
        lambda e: [item.kind for item in e.seen.media[:MAX_LIST_ITEMS]],
        _list_of(MAX_ID_CHARS),
    ),
    _variable(
        "event.relation",
        Type.STRING,
        "`edit`, `reply`, `thread`, `reaction`, `reference`; empty if it stands alone.",
        lambda e: e.seen.relation.kind if e.seen.relation is not None else "",
    ),
    _variable(
        "event.size",
        Type.INT,
        "The size of the whole event in bytes.",
        lambda e: e.size_bytes,
    ),
    _variable(
        "event.content",
        Type.Map(Type.STRING, Type.DYN),
        'The content itself: `event.content["m.relates_to"].event_id`.',
        lambda e: e.safe_content,
    ),
    _variable("sender.id", Type.STRING, "The sender's user ID.", lambda e: e.sender),
    _variable("sender.server", Type.STRING, "The sender's server name.", lambda e: e.server),
    _variable(
        "sender.trust",
        Type.STRING,
        "How far they are trusted: `banned`, `untrusted`, `new`, `member`, `trusted`, `moderator`.",
        lambda e: e.standing.level.value,
    ),
    _variable(
        "sender.is_bridged",
        Type.BOOL,
        "Whether a bridge made their account for somebody of another network: `bridges`.",
        lambda e: e.is_bridged,
    ),
    _variable(
        "sender.power_level",
        Type.INT,
        "Their power level in the room.",
        lambda e: e.sender_power_level,
    ),
    _variable(
        "sender.known_hours",
        Type.INT,
        "For how many hours the community has known them.",
        lambda e: e.standing.known_hours,
    ),
    _variable(
        "sender.accepted_events",
        Type.INT,
        "How many of their events were signed.",
        lambda e: e.standing.accepted_events,
    ),
    _variable(
        "sender.active_days",
        Type.INT,
        "On how many days.",
        lambda e: e.standing.active_days,
    ),
    _variable("room.id", Type.STRING, "The room's ID.", lambda e: e.room_id),
    _variable(
        "room.is_encrypted",
        Type.BOOL,
        "Whether the room is encrypted.",
        lambda e: e.is_encrypted_room,
    ),
    Variable(
        name="raid.is_on",
        type=Type.BOOL,
        help="Whether the event is a part of a raid: it is like what the raid writes, and its "
        "sender came with the raid; or the raid is strict and its sender a newcomer.",
        value=lambda _, facts: facts[SIGNS].is_alike or facts[SIGNS].is_strict,
        question=SIGNS,
    ),
    Variable(
        name="raid.is_strict",
        type=Type.BOOL,
        help="Whether newcomers may not write now, and the sender is one; not in `open_rooms`.",
        value=lambda _, facts: facts[SIGNS].is_strict,
        question=SIGNS,
    ),
    Variable(
        name="raid.is_under_way",
        type=Type.BOOL,
        help="Whether the community is in raid mode, whoever the sender is.",
        value=lambda _, facts: facts[SIGNS].is_under_way,
        question=SIGNS,
    ),
)


def string_of(value: Any) -> str:
    """Return a value that is a string; the empty one for any other."""
    return value if isinstance(value, str) else ""
