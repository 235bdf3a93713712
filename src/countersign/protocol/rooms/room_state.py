"""A room's current state, reduced to the types that we need, without state resolution.

State events that other servers send replace older ones. The result can be wrong for a while after a
fork of the room's history.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from sys import intern
from types import MappingProxyType
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.authorisation import (
    Sendable,
    may_redact,
    may_redact_event_of,
    may_send,
)
from countersign.protocol.rooms.members_by_user_id import MembersByUserId
from countersign.protocol.rooms.packed_members import AUTHORISER, INVITER, PackedMembers
from countersign.protocol.rooms.policy_rule_sets import PolicyRules
from countersign.protocol.rooms.policy_rules import (
    MAX_POLICY_RULES,
    POLICY_RULE_TYPES,
    is_policy_rule,
    parse_policy_rule,
    trimmed_rule,
)
from countersign.protocol.rooms.policy_servers import (
    POLICY_TYPE,
    UNSTABLE_POLICY_TYPE,
    RoomPolicy,
    parse_room_policy,
    parse_unstable_room_policy,
)
from countersign.protocol.rooms.power_levels import PowerLevels
from countersign.protocol.rooms.room_contacts import CONTACT, trimmed_contacts
from countersign.protocol.rooms.server_acls import ServerAcl
from countersign.protocol.rooms.slow_mode import SLOW_MODE, UNSTABLE_SLOW_MODE, trimmed_slow_mode
from countersign.protocol.rooms.state_events import (
    MAX_NAME_CHARS,
    MEMBER,
    Member,
    StateEvent,
)

CREATE: Final = "m.room.create"
POWER_LEVELS: Final = "m.room.power_levels"
JOIN_RULES: Final = "m.room.join_rules"
SERVER_ACL: Final = "m.room.server_acl"
ENCRYPTION: Final = "m.room.encryption"
NAME: Final = "m.room.name"
CANONICAL_ALIAS: Final = "m.room.canonical_alias"
THIRD_PARTY_INVITE: Final = "m.room.third_party_invite"

StateKey = tuple[str, str]
"""Event type and state key."""

SINGLE_TYPES: Final = frozenset(
    {
        CREATE,
        POWER_LEVELS,
        JOIN_RULES,
        SERVER_ACL,
        ENCRYPTION,
        NAME,
        CANONICAL_ALIAS,
        POLICY_TYPE,
        UNSTABLE_POLICY_TYPE,
        SLOW_MODE,
        UNSTABLE_SLOW_MODE,
        CONTACT,
    }
)
"""Event types with an empty state key only."""

KEPT_TYPES: Final = SINGLE_TYPES | {MEMBER, THIRD_PARTY_INVITE} | POLICY_RULE_TYPES.keys()
"""Event types that are kept.

All except members, third-party invites and policy rules have an empty state key.
"""

MAX_KEPT_EVENTS: Final = 200_000
"""Maximum number of state events of one room. Anybody who joins may add members, by invitation."""

MAX_SAMPLED_MEMBERS: Final = 5_000
MAX_NAMED: Final = 200
"""Maximum number of users that `names_from_level` returns."""
MAX_LEVELS_NAMED: Final = 4
"""Maximum number of power levels for which `names_from_level` caches its result."""
MAX_INVITES: Final = 10_000
"""Maximum number of third-party invites of one room."""

MAX_NAMES_BYTES: Final = 24 * 1024 * 1024
"""Maximum size in bytes of the names and pictures of all members of one room.

Further members are kept without them, except those with a power level of their own.
"""

_MAX_DEPTH_BEHIND: Final = 1_000
"""Maximum difference in depth by which events may arrive out of order."""

_MAX_INVITE_KEYS: Final = 8
_MAX_KEY_CHARS: Final = 128
_MEMBER_STRINGS: Final = ("membership", "displayname", "avatar_url", AUTHORISER)
NAMING_TYPES: Final = MappingProxyType({NAME: "name", CANONICAL_ALIAS: "alias"})
"""Event types that name a room, with the field that has the name; the preferred one first."""
_NEEDED_OF_MEMBERS: Final = ("membership", AUTHORISER, INVITER)
_BYTES_PER_WIDE_CHAR: Final = 4


REDACTED_RULE: Final[JsonObject] = {"redacted": True}
"""Content of a redacted policy rule; the same event, sent again in full, does not restore it."""


def is_kept(event: Sendable) -> bool:
    """Return True if an event is of the state that is kept."""
    if event.type in SINGLE_TYPES:
        return event.state_key == ""
    if event.type == MEMBER:
        return event.state_key is not None and is_user_id(event.state_key)
    is_named = event.type == THIRD_PARTY_INVITE or is_policy_rule(event.type)
    return is_named and event.state_key is not None


def trimmed(pdu: Pdu) -> StateEvent:
    """Return the state event reduced to the fields that we need, with strings cut to length.

    They are four strings of a member, the room's name and alias, the keys of a third-party invite,
    the limits of a slow mode, a room's contacts, and the entity and recommendation of a policy
    rule.
    """
    content = pdu.content
    if pdu.type == THIRD_PARTY_INVITE:
        content = _invite_keys(content)
    if pdu.type in (SLOW_MODE, UNSTABLE_SLOW_MODE):
        content = trimmed_slow_mode(content)
    if pdu.type == CONTACT:
        content = trimmed_contacts(content)
    if is_policy_rule(pdu.type):
        content = trimmed_rule(content) if pdu.has_intact_content else REDACTED_RULE
    if pdu.type == MEMBER:
        content = {
            name: text[:MAX_NAME_CHARS]
            for name in _MEMBER_STRINGS
            if isinstance(text := content.get(name), str)
            and (name != AUTHORISER or is_user_id(text))
        }
    if pdu.type in NAMING_TYPES:
        content = {
            field: text[:MAX_NAME_CHARS]
            for field in (NAMING_TYPES[pdu.type],)
            if isinstance(text := content.get(field), str)
        }
    state_key = pdu.state_key or ""
    return StateEvent(
        pdu.type,
        state_key,
        state_key if pdu.sender == state_key else pdu.sender,  # one string, not two
        content,
        pdu.event_id,
        pdu.depth,
        pdu.origin_server_ts,
    )


def room_name(contents: Mapping[str, JsonObject]) -> str | None:
    """Return a room's name, else its canonical alias, else None.

    Args:
        contents: contents by type of `m.room.name` and `m.room.canonical_alias`, if present.
    """
    for event_type, field in NAMING_TYPES.items():
        text = contents.get(event_type, {}).get(field)
        if isinstance(text, str) and text.strip():
            return text.strip()
    return None


class RoomState:
    """The current state of one room.

    Attributes:
        room_id: the room ID.
        rules: the rules of its room version; later state cannot change it.
        power_levels: the room's power levels; the defaults if it has set none.
        acl: the room's server ACL; None if it has none.
        room_policy: the Policy Server that the room names; the stable event type takes precedence.
    """

    def __init__(self, room_id: str, rules: RoomVersionRules) -> None:
        self.room_id: Final = room_id
        self.rules: Final = rules
        self._events: dict[tuple[str, str], StateEvent] = {}
        self._members = PackedMembers()
        self._joined: Counter[str] = Counter()
        self._names_bytes = 0
        self._third_party_invites: dict[str, JsonObject] = {}
        self._invites_seen = 0
        self._policy_rules = PolicyRules()
        self._rules_seen = 0
        self._rule_keys: dict[str, StateKey] = {}
        self._creators: frozenset[str] = frozenset()
        self._named: dict[int, tuple[tuple[str, str | None], ...]] = {}
        self.power_levels = PowerLevels.parse(None, (), rules)
        self.acl: ServerAcl | None = None
        self.room_policy: RoomPolicy | None = None

    def apply(self, event: StateEvent) -> bool:
        """Apply a state event if it is newer than the current one; return True if state changed.

        Ignored are types that are not kept, a second create event, older events, members beyond
        `MAX_KEPT_EVENTS`, third-party invites beyond `MAX_INVITES` and policy rules beyond
        `MAX_POLICY_RULES`. The event to store is the one that `find` returns afterwards: a member
        who stays joined keeps the time of the join, and beyond `MAX_NAMES_BYTES` a member has no
        name.
        """
        standing = self.find(event.type, event.state_key)
        if not is_kept(event):
            return False
        if standing is None:
            if not self._has_room_for(event):
                return False
        elif event.type == CREATE or _is_passed_over(event, standing):
            return False
        elif _is_join(event):
            event = self._joined_after(event, standing)
        self._put(event, standing)
        return True

    def settle(self, event: StateEvent) -> bool:
        """Apply a state event of any age; return True if state changed.

        For state on which several servers agree. Create events, and types that are not kept, are
        ignored.
        """
        standing = self.find(event.type, event.state_key)
        if event.type == CREATE or standing is None or standing.event_id == event.event_id:
            return self.apply(event)
        if _is_join(event):
            event = self._joined_after(event, standing)
        self._put(event, standing)
        return True

    def _joined_after(self, event: StateEvent, standing: StateEvent) -> StateEvent:
        """Return a join with the time and the inviter that the event before it gives."""
        if _is_join(standing):
            event = replace(event, known_since_ts=standing.known_since_ts)
            inviter = standing.content.get(INVITER)
        else:
            is_invite = standing.content.get("membership") == "invite"
            inviter = standing.sender if is_invite and self._has_power(standing.sender) else None
        return (
            event
            if inviter is None
            else replace(event, content={**event.content, INVITER: inviter})
        )

    def _has_power(self, user_id: str) -> bool:
        """Return True if a user has more power than the default: only such invitations count."""
        levels = self.power_levels
        return levels.user_level(user_id) > levels.levels["users_default"]

    def apply_stored(self, event: StateEvent) -> bool:
        """Apply a state event that another process stored; return True if state changed."""
        standing = self.find(event.type, event.state_key)
        if standing == event or (event.type == CREATE and standing is not None):
            return False
        self._put(event, standing)
        return True

    def find_rule(self, event_id: str) -> StateEvent | None:
        """Return the policy rule with this event ID; None if replaced or redacted."""
        key = self._rule_keys.get(event_id)
        return None if key is None else self._events[key]

    def redact_rule(self, event_id: str) -> StateEvent | None:
        """Redact the policy rule with this event ID; return the redacted event, or None."""
        event = self.find_rule(event_id)
        if event is None:
            return None
        standing, event = event, replace(event, content=REDACTED_RULE)
        self._put(event, standing)
        return event

    def _has_room_for(self, event: StateEvent) -> bool:
        if event.type in SINGLE_TYPES:
            return True
        return (
            len(self._events) + len(self._members) < MAX_KEPT_EVENTS
            and (event.type != THIRD_PARTY_INVITE or self._invites_seen < MAX_INVITES)
            and (not is_policy_rule(event.type) or self._rules_seen < MAX_POLICY_RULES)
        )

    def _put(self, event: StateEvent, standing: StateEvent | None) -> None:
        if event.type == MEMBER:
            self._put_member(event, standing)
            return
        if standing is None:
            self._invites_seen += event.type == THIRD_PARTY_INVITE
            self._rules_seen += is_policy_rule(event.type)
        key = (event.type, event.state_key)
        self._events[key] = event
        if event.type == THIRD_PARTY_INVITE:
            self._apply_third_party_invite(event)
        elif is_policy_rule(event.type):
            if standing is not None:
                self._rule_keys.pop(standing.event_id, None)
            if event.content != REDACTED_RULE:
                self._rule_keys[event.event_id] = key
            self._apply_policy_rule(event)
        elif event.type in (CREATE, POWER_LEVELS):
            self._apply_power(event)
        elif event.type == SERVER_ACL:
            self.acl = ServerAcl.parse(event.content)
        elif event.type in (POLICY_TYPE, UNSTABLE_POLICY_TYPE):
            self.room_policy = self._read_room_policy()

    def _put_member(self, event: StateEvent, standing: StateEvent | None) -> None:
        self._named.clear()
        server = intern(server_name_of(event.state_key))
        if standing is not None and _is_join(standing):
            self._joined[server] -= 1
        event = self._with_name_that_fits(event, standing)
        if standing is None:
            self._members.add(event)
        else:
            self._members.replace(event)
        if _is_join(event):
            self._joined[server] += 1
        elif not self._joined[server]:
            del self._joined[server]

    def _with_name_that_fits(self, event: StateEvent, standing: StateEvent | None) -> StateEvent:
        if standing is not None:
            self._names_bytes -= _names_bytes(standing.content)
        size = _names_bytes(event.content)
        # Names of people with power are always kept: impersonation is detected by them.
        is_prominent = event.state_key in self.power_levels.users
        if self._names_bytes + size > MAX_NAMES_BYTES and not is_prominent:
            needed: JsonObject = {
                name: event.content[name] for name in _NEEDED_OF_MEMBERS if name in event.content
            }
            event = replace(event, content=needed)
            size = 0
        self._names_bytes += size
        return event

    def events(self) -> Iterator[StateEvent]:
        """Return all state events, to store them."""
        return chain(self._events.values(), self._members.events())

    def find(self, event_type: str, state_key: str = "") -> StateEvent | None:
        """Return the current state event, or None."""
        if event_type == MEMBER:
            return self._members.find(state_key)
        return self._events.get((event_type, state_key))

    @property
    def members(self) -> Mapping[str, Member]:
        """All members by user ID, including those who left."""
        return MembersByUserId(self._members)

    @property
    def sampled_members(self) -> Iterator[str]:
        """Return the joined users who came first, at most `MAX_SAMPLED_MEMBERS`.

        For computations that take too long for all members of a large room.
        """
        return islice(self._members.joined(), MAX_SAMPLED_MEMBERS)

    @property
    def creators(self) -> frozenset[str]:
        """The room's creators; empty if its create event is unknown."""
        return self._creators

    def _read_room_policy(self) -> RoomPolicy | None:
        if (event := self.find(POLICY_TYPE)) is not None:
            return parse_room_policy(event.content)
        if (event := self.find(UNSTABLE_POLICY_TYPE)) is not None:
            return parse_unstable_room_policy(event.content)
        return None

    @property
    def policy_rules(self) -> PolicyRules:
        """The policy rules in the room; most rooms have none."""
        return self._policy_rules

    @property
    def join_rule(self) -> str:
        """The join rule; `invite` if the room has none."""
        event = self.find(JOIN_RULES)
        rule = event.content.get("join_rule") if event is not None else None
        return rule if isinstance(rule, str) else "invite"

    @property
    def name(self) -> str | None:
        """The room's name, else its canonical alias, cut to 512 characters; None if neither."""
        standing = ((event_type, self.find(event_type)) for event_type in NAMING_TYPES)
        return room_name({event_type: event.content for event_type, event in standing if event})

    @property
    def canonical_alias(self) -> str | None:
        """The room's canonical alias; None if it has none."""
        event = self.find(CANONICAL_ALIAS)
        return None if event is None else event.content.get("alias") or None

    @property
    def is_encrypted(self) -> bool:
        """True if the room is encrypted, which cannot be undone."""
        return (ENCRYPTION, "") in self._events

    @property
    def third_party_invites(self) -> Mapping[str, JsonObject]:
        """The content of each third-party invite, by token."""
        return MappingProxyType(self._third_party_invites)

    def membership_of(self, user_id: str) -> str:
        """Return a user's membership; `leave` for unknown users."""
        return self._members.membership_of(user_id) or "leave"

    def inviter_of(self, user_id: str) -> str | None:
        """Return the inviter of a joined user; None unless the inviter had a power level then."""
        return self._members.inviter_of(user_id)

    def display_name_of(self, user_id: str) -> str | None:
        """Return a user's display name in the room, at most 512 characters, or None.

        Users who left keep theirs, since clients still show it beside their messages.
        """
        return self._members.name_of(user_id)

    def member_known_since_ts(self, user_id: str) -> int | None:
        """Return the time at which we first saw the user joined, in ms since the epoch, our clock.

        For users who joined before us, it is the time of our join. None for users not joined.
        """
        return self._members.joined_since_ts(user_id)

    def member_depth_and_known_since_ts(self, user_id: str) -> tuple[int, int] | None:
        """Return the depth of a membership event and the time when we first saw it, or None."""
        return self._members.depth_and_known_since_ts(user_id)

    def names_from_level(self, level: int) -> tuple[tuple[str, str | None], ...]:
        """Return the user IDs and display names of users with this power level or a higher one.

        At most `MAX_NAMED`, creators first. The result is cached until members or levels change,
        because each event is compared with these names.
        """
        named = self._named.get(level)
        if named is None:
            levels = self.power_levels
            by_level = (user_id for user_id, own in levels.users.items() if own >= level)
            users = list(dict.fromkeys((*sorted(levels.creators), *by_level)))[:MAX_NAMED]
            named = tuple([(user_id, self.display_name_of(user_id)) for user_id in users])
            if len(self._named) < MAX_LEVELS_NAMED:
                self._named[level] = named
        return named

    def joined_servers(self) -> Iterator[str]:
        """Return the names of the servers with joined users."""
        return iter(self._joined)

    def largest_servers(self, count: int) -> list[str]:
        """Return the servers with the most joined users, the largest first."""
        return [server for server, _ in self._joined.most_common(count)]

    @property
    def joined_count(self) -> int:
        """The number of joined users."""
        return self._joined.total()

    def is_server_joined(self, server_name: str) -> bool:
        """Return True if the server has a joined user."""
        return server_name in self._joined

    def may_send(self, event: Sendable) -> bool:
        """Return True if a simplified form of the authorisation rules allows an event."""
        return may_send(self, event)

    def may_redact(self, user_id: str) -> bool:
        """Return True if a user may redact events of others; see `authorisation`."""
        return may_redact(self, user_id)

    def may_redact_event_of(self, user_id: str, sender: str) -> bool:
        """Return True if a user may redact events of `sender`; see `authorisation`."""
        return may_redact_event_of(self, user_id, sender)

    def _apply_third_party_invite(self, event: StateEvent) -> None:
        """Keep a third-party invite; an event with empty content revokes one."""
        if event.content:
            self._third_party_invites[event.state_key] = event.content
        else:
            self._third_party_invites.pop(event.state_key, None)

    def _apply_policy_rule(self, event: StateEvent) -> None:
        rule = parse_policy_rule(
            event.type,
            event.content,
            event_id=event.event_id,
            sender=event.sender,
            known_since_ts=event.known_since_ts,
        )
        self._policy_rules.put((event.type, event.state_key), rule)

    def _apply_power(self, event: StateEvent) -> None:
        self._named.clear()
        if event.type == CREATE:
            self._creators = _creators(event, self.rules)
        levels = self.find(POWER_LEVELS)
        self.power_levels = PowerLevels.parse(
            None if levels is None else levels.content, self._creators, self.rules
        )


def _names_bytes(member: JsonObject) -> int:
    """Return the maximum memory of a member's name and picture, in bytes."""
    size = 0
    for text in (member.get("displayname"), member.get("avatar_url")):
        if isinstance(text, str):
            size += len(text) * (1 if text.isascii() else _BYTES_PER_WIDE_CHAR)
    return size


def _is_join(event: StateEvent) -> bool:
    return event.type == MEMBER and event.content.get("membership") == "join"


def _is_passed_over(event: StateEvent, standing: StateEvent) -> bool:
    is_redacted = standing.event_id == event.event_id and standing.content == REDACTED_RULE
    return is_redacted or _is_older(event, standing)


def _is_older(event: StateEvent, standing: StateEvent) -> bool:
    if event.depth >= standing.depth:
        return False
    # A sender can claim a depth that no later event of the room reaches, so that its event would
    # never be replaced. Where that is possible, time counts too. An old event that is sent again is
    # older by both.
    is_about_the_other = event.type == MEMBER and event.sender != standing.sender
    is_doubtful = is_about_the_other or standing.depth - event.depth > _MAX_DEPTH_BEHIND
    return not is_doubtful or event.origin_server_ts <= standing.origin_server_ts


def _invite_keys(content: JsonObject) -> JsonObject:
    """Return the public keys in a third-party invite, in the same structure."""
    keys: JsonObject = {}
    if _is_key(content.get("public_key")):
        keys["public_key"] = content["public_key"]
    several: Any = content.get("public_keys")
    if isinstance(several, list):
        keys["public_keys"] = [
            {"public_key": entry["public_key"]}
            for entry in several[:_MAX_INVITE_KEYS]
            if isinstance(entry, dict) and _is_key(entry.get("public_key"))
        ]
    return keys


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_KEY_CHARS


def _creators(create: StateEvent, rules: RoomVersionRules) -> frozenset[str]:
    others: Any = create.content.get("additional_creators") if rules.privileged_creators else None
    others = others if isinstance(others, list) else []
    return frozenset(
        {create.sender, *(user for user in others if isinstance(user, str) and is_user_id(user))}
    )
