"""The variables of conditions, with the functions that read them from an event."""

from typing import Any, Final

from countersign.policy.filters.cel.indicator_variables import INDICATOR_VARIABLES
from countersign.policy.filters.cel.variable import (
    MAX_ID_CHARS,
    MAX_LIST_CHARS,
    MAX_LIST_ITEMS,
    MAX_TEXT_CHARS,
    STRINGS,
    TEXT,
    Type,
    Variable,
    event_variable,
    list_of,
)
from countersign.policy.questions.raids import SignsOfRaid

MAX_LINK_CHARS: Final = 1_024

SIGNS: Final = SignsOfRaid()
RAID_VARIABLES: Final = frozenset({"raid.is_on", "raid.is_strict", "raid.is_under_way"})


VARIABLES: Final = (
    event_variable("event.type", Type.STRING, "The event type.", lambda e: e.type),
    event_variable(
        "event.is_state", Type.BOOL, "Whether it is a state event.", lambda e: e.is_state
    ),
    event_variable(
        "event.state_key",
        Type.STRING,
        "The state key; empty if none.",
        lambda e: e.state_key or "",
    ),
    event_variable(
        "event.msgtype",
        Type.STRING,
        "The message type, such as `m.text`; empty if none.",
        lambda e: string_of(e.content.get("msgtype")),
    ),
    event_variable(
        "event.text",
        Type.STRING,
        "All texts that a person may see, in lower case, without accents and invisible characters, "
        f"one a line; the first {MAX_TEXT_CHARS:,} characters.",
        lambda e: e.seen.normalized[:MAX_TEXT_CHARS],
        TEXT,
    ),
    event_variable(
        "event.raw_text",
        Type.STRING,
        "The same as it was written.",
        lambda e: "\n".join(text.raw for text in e.seen.texts)[:MAX_TEXT_CHARS],
        TEXT,
    ),
    event_variable(
        "event.text_length",
        Type.INT,
        "Number of characters of all texts.",
        lambda e: len(e.seen.normalized),
    ),
    event_variable(
        "event.links",
        STRINGS,
        "Every link, as written, bare ones such as `t.me/abc` and `example.org` among them; the "
        f"first {MAX_LIST_ITEMS}, with {MAX_LIST_CHARS:,} characters "
        f"together and {MAX_LINK_CHARS:,} each.",
        lambda e: [link.target for link in e.seen.links[:MAX_LIST_ITEMS]],
        list_of(MAX_LINK_CHARS),
    ),
    event_variable(
        "event.disguised_links",
        STRINGS,
        "Every link that only people can read, such as `example (dot) com`, in its plain form.",
        lambda e: [link.target for link in e.seen.disguised_links],
        list_of(MAX_LINK_CHARS),
    ),
    event_variable(
        "event.mentions",
        STRINGS,
        f"The user IDs of everyone whom it mentions; at most {MAX_LIST_ITEMS}.",
        lambda e: sorted(e.seen.mentions.user_ids)[:MAX_LIST_ITEMS],
        list_of(MAX_ID_CHARS),
    ),
    event_variable(
        "event.mentions_room",
        Type.BOOL,
        "Whether it mentions everyone with `@room`.",
        lambda e: e.seen.mentions.is_room,
    ),
    event_variable(
        "event.media",
        STRINGS,
        "The kind of each media item: `m.image`, `m.file`, `m.sticker`, `img` and so on.",
        lambda e: [item.kind for item in e.seen.media[:MAX_LIST_ITEMS]],
        list_of(MAX_ID_CHARS),
    ),
    event_variable(
        "event.relation",
        Type.STRING,
        "`edit`, `reply`, `thread`, `reaction`, `reference`; empty if it stands alone.",
        lambda e: e.seen.relation.kind if e.seen.relation is not None else "",
    ),
    event_variable(
        "event.size",
        Type.INT,
        "The size of the whole event in bytes.",
        lambda e: e.size_bytes,
    ),
    event_variable(
        "event.content",
        Type.Map(Type.STRING, Type.DYN),
        'The content itself: `event.content["m.relates_to"].event_id`.',
        lambda e: e.safe_content,
    ),
    event_variable("sender.id", Type.STRING, "The sender's user ID.", lambda e: e.sender),
    event_variable("sender.server", Type.STRING, "The sender's server name.", lambda e: e.server),
    event_variable(
        "sender.trust",
        Type.STRING,
        "Their trust: `banned`, `untrusted`, `new`, `member`, `trusted`, `moderator`.",
        lambda e: e.standing.level.value,
    ),
    event_variable(
        "sender.is_bridged",
        Type.BOOL,
        "Whether a bridge made their account, by the section `bridges`.",
        lambda e: e.is_bridged,
    ),
    event_variable(
        "sender.power_level",
        Type.INT,
        "Their power level in the room.",
        lambda e: e.sender_power_level,
    ),
    event_variable(
        "sender.known_hours",
        Type.INT,
        "Hours since the community first saw them.",
        lambda e: e.standing.known_hours,
    ),
    event_variable(
        "sender.accepted_events",
        Type.INT,
        "Number of their signed events.",
        lambda e: e.standing.accepted_events,
    ),
    event_variable(
        "sender.active_days",
        Type.INT,
        "Number of days with a signed event of theirs.",
        lambda e: e.standing.active_days,
    ),
    event_variable("room.id", Type.STRING, "The room's ID.", lambda e: e.room_id),
    event_variable(
        "room.is_encrypted",
        Type.BOOL,
        "Whether the room is encrypted.",
        lambda e: e.is_encrypted_room,
    ),
    *INDICATOR_VARIABLES,
    Variable(
        name="raid.is_on",
        type=Type.BOOL,
        help="Whether the event is part of a raid: it is like the raid's messages and its sender "
        "came with the raid, or raid mode is strict and its sender is a newcomer.",
        value=lambda _, facts: facts[SIGNS].is_alike or facts[SIGNS].is_strict,
        question=SIGNS,
    ),
    Variable(
        name="raid.is_strict",
        type=Type.BOOL,
        help="Whether raid mode is strict and the sender is a newcomer; false in `open_rooms`.",
        value=lambda _, facts: facts[SIGNS].is_strict,
        question=SIGNS,
    ),
    Variable(
        name="raid.is_under_way",
        type=Type.BOOL,
        help="Whether the community is in raid mode, for every sender.",
        value=lambda _, facts: facts[SIGNS].is_under_way,
        question=SIGNS,
    ),
)


def string_of(value: Any) -> str:
    """Return a value if it is a string, otherwise an empty string."""
    return value if isinstance(value, str) else ""
