"""Reach of policy lists' rules: the room members whom a rule matches; previews of it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from countersign.basics.durations import DAY_MS
from countersign.policy.document.globs import Globs
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.questions.lists import Listing
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import server_name_of, split_server_name
from countersign.protocol.rooms.policy_rules import EntityKind, PolicyRule, Recommendation
from countersign.service.errors import NotFound
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

MAX_MEMBERS_COUNTED: Final = 2_000
"""Maximum number of members that are compared with a rule; in a larger room they are a sample.

With this number it took 35 ms, once an hour for each rule that somebody matches.
"""

MIN_MEMBERS_HIT: Final = 2
"""A rule that matches fewer members is never too wide, however small the room is."""

MAX_MEMBERS_SHOWN: Final = 100
MAX_RULES_SHOWN: Final = 100
_AT_ONCE_SECONDS: Final = 0.005


class Reach(NamedTuple):
    """The number of long-standing members of a room whom a rule matches.

    Attributes:
        hit: members who match.
        of: members who were compared.
    """

    hit: int
    of: int

    def is_over(self, percent: int) -> bool:
        """Return True if more than `percent` of them match."""
        return self.hit >= MIN_MEMBERS_HIT and self.hit * 100 > self.of * percent


def reach_of(rule: PolicyRule, room: Room) -> Reach:
    """Return the number of a room's members whom a rule matches; of a sample in a large room.

    A member counts if they joined at least a day before we learned of the rule, or before we joined
    the room. Otherwise a large raid would cause the rule against it to be set aside.
    """
    if not rule.is_glob and rule.kind is EntityKind.USER:
        return Reach(0, 0)
    describes = _member_test(rule)
    hit = of = 0
    for user_id in room.state.sampled_members:
        since_ts = room.state.member_known_since_ts(user_id)
        if since_ts is None:
            continue
        if since_ts > room.joined_ts and since_ts > rule.known_since_ts - DAY_MS:
            continue
        of += 1
        hit += describes(user_id)
        if of >= MAX_MEMBERS_COUNTED:
            break
    return Reach(hit, of)


@dataclass(slots=True, kw_only=True)
class Preview:
    """Members of one room whom lists match, or would match.

    Attributes:
        room_id: the room.
        members: the number of joined members.
        hit: the number of those who would be refused.
        shown: the first of those, by user ID, each with the rule that decides.
        too_wide: rules that are set aside there because of their reach, if a member matches them.
    """

    room_id: str
    members: int = 0
    hit: int = 0
    shown: list[tuple[str, Listing]] = field(default_factory=list)
    too_wide: dict[str, tuple[Listing, Reach]] = field(default_factory=dict)


async def preview(room: Room, lists: Iterable[Room], rules: PolicyList) -> Preview:
    """Return the members of `room` whom `lists` match; the event loop gets turns meanwhile.

    Args:
        room: the room.
        lists: the list rooms, the most trusted first.
        rules: the filter whose limits and confirmed entities count.
    """
    found = Preview(room_id=room.room_id)
    lists = tuple(lists)
    reaches: dict[str, Reach] = {}
    loop = asyncio.get_running_loop()
    pause_at = loop.time() + _AT_ONCE_SECONDS
    for user_id in tuple(room.state.members):
        if loop.time() > pause_at:
            await asyncio.sleep(0)
            pause_at = loop.time() + _AT_ONCE_SECONDS
        if room.state.membership_of(user_id) != "join":
            continue
        found.members += 1
        listing = deciding_listing(user_id, room, lists, rules, reaches, found)
        if listing is not None and listing.rule.recommendation is not Recommendation.UNBAN:
            found.hit += 1
            if len(found.shown) < MAX_MEMBERS_SHOWN:
                found.shown.append((user_id, listing))
    return found


def deciding_listing(
    user_id: str,
    room: Room,
    lists: Iterable[Room],
    rules: PolicyList,
    reaches: dict[str, Reach],
    found: Preview,
) -> Listing | None:
    """Return the listing that decides about a user; None if no rule matches them."""
    for list_room in lists:
        counting: list[Listing] = []
        for listing in listings_of(list_room, (user_id,), (), is_once=True):
            rule = listing.rule
            is_free = rule.recommendation is Recommendation.UNBAN
            if is_free or is_confirmed(rule, rules.confirmed):
                counting.append(listing)
                continue
            if rule.event_id not in reaches:
                reaches[rule.event_id] = reach_of(rule, room)
            reach = reaches[rule.event_id]
            if not rule.is_for_everyone and not reach.is_over(rules.max_members_percent):
                counting.append(listing)
            elif len(found.too_wide) < MAX_RULES_SHOWN:
                found.too_wide.setdefault(rule.event_id, (listing, reach))
        if counting:
            return decisive_listing(counting) or counting[0]
    return None


def decisive_listing(listings: list[Listing]) -> Listing | None:
    """Return the deciding listing among those of one list; None if it is an unban."""
    if any(each.rule.recommendation is Recommendation.UNBAN for each in listings):
        return None
    return listings[0]


def listings_of(
    list_room: Room, users: Iterable[str], rooms: Iterable[str], *, is_once: bool
) -> Iterator[Listing]:
    """Yield the listings of users and rooms by the rules of one list."""
    rules = list_room.state.policy_rules
    if not rules:
        return
    find = rules.look_up if is_once else rules.find
    for user_id in users:
        for rule in find(EntityKind.USER, user_id):
            yield Listing(list_room.room_id, rule, user_id)
        for server in _server_names(user_id):
            # Rules on a server are looked up once for all of its users.
            for rule in rules.find(EntityKind.SERVER, server):
                yield Listing(list_room.room_id, rule, server)
    for room in rooms:
        for rule in find(EntityKind.ROOM, room):
            yield Listing(list_room.room_id, rule, room)


def _server_names(user_id: str) -> Iterator[str]:
    """Yield a user's server name, also without its port if it has one: a ban covers both."""
    name = user_id.partition(":")[2]
    yield name
    try:
        port = split_server_name(name).port
    except ProtocolError:
        return
    if port is not None:
        yield name.removesuffix(f":{port}")


def is_confirmed(rule: PolicyRule, confirmed: tuple[str, ...]) -> bool:
    """Return True if a moderator confirmed a rule although it matches many members."""
    return rule.shown in confirmed or rule.entity in map(str.lower, confirmed)


def _member_test(rule: PolicyRule) -> Callable[[str], bool]:
    if rule.kind is EntityKind.SERVER:

        @cache
        def describes(server: str) -> bool:
            return any(map(rule.describes, _server_names(f"@:{server}")))

        return lambda user_id: describes(server_name_of(user_id))
    globs = Globs((rule.entity,))
    return lambda user_id: globs.match(user_id.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedList:
    """A list that a policy follows.

    Attributes:
        list_id: the list's room ID.
        community: the community whose policy follows it.
        step: what the policy calls the filter.
        room: the list's room; None if our user is not in it, so that it has no effect.
    """

    list_id: str
    community: str
    step: str
    room: Room | None


class PolicyLists:
    """The lists that policies follow, for commands and pages that show them."""

    def __init__(self, policies: Policies, rooms: Rooms) -> None:
        self._policies = policies
        self._rooms = rooms

    def followed(self) -> tuple[FollowedList, ...]:
        """Return every list that a policy follows, by community and in its order."""
        return tuple(
            FollowedList(
                list_id=list_id,
                community=community.name,
                step=step.label,
                room=self._joined(list_id),
            )
            for community in self._policies.all()
            for step in community.policy.pipeline.steps
            if isinstance(step.filter, PolicyList)
            for list_id in step.filter.lists
        )

    @staticmethod
    def not_joined(room_id: str) -> str:
        """Return the message about a room that we are not in."""
        return (
            f"Our user is not in {room_id}; join it first: "
            f"countersign rooms join '{room_id}' --via SERVER"
        )

    async def preview(
        self, room_id: str, *, is_shown: Callable[[str], bool] = lambda _: True
    ) -> list[Preview]:
        """Return the members whom a room's lists match, or, for a list, its matches in all rooms.

        Args:
            room_id: the room.
            is_shown: returns True for each other room that the preview covers.

        Raises:
            NotFound: we are not in the room.
        """
        room = self._joined(room_id)
        if room is None:
            raise NotFound(self.not_joined(room_id))
        if room.state.policy_rules or any(room_id == each.list_id for each in self.followed()):
            others = (each for each in self._rooms.all() if each.is_joined and each is not room)
            return [
                await preview(each, [room], self._rules_for(each, room_id))
                for each in others
                if not each.state.policy_rules and is_shown(each.room_id)
            ]
        found = []
        for step in self._policies.for_room(room_id).policy.pipeline.steps:
            if isinstance(step.filter, PolicyList):
                lists = filter(None, map(self._joined, step.filter.lists))
                found.append(await preview(room, lists, step.filter))
        return found

    def _joined(self, room_id: str) -> Room | None:
        room = self._rooms.get(room_id)
        return room if room is not None and room.is_joined else None

    def _rules_for(self, room: Room, list_id: str) -> PolicyList:
        """Return the filter that follows the list in a room, or one with defaults."""
        steps = self._policies.for_room(room.room_id).policy.pipeline.steps
        filters = (step.filter for step in steps if isinstance(step.filter, PolicyList))
        return next(
            (each for each in filters if list_id in each.lists), PolicyList(lists=(list_id,))
        )
