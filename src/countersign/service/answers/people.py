"""Answers about a room and its people: display names, and who wrote lately."""

from dataclasses import dataclass
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.questions.people import ActiveNames, Names, NamesInRoom
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.text.finders import NOBODY, NameFinder
from countersign.ports.counters import RecentMembers
from countersign.protocol.rooms.room_state import POWER_LEVELS, RoomState
from countersign.service.answers.answers import AlwaysCounted
from countersign.service.answers.event_context import EventContext

ACTIVE_FOR_MS: Final = 3_600_000
MAX_ACTIVE: Final = 500
MAX_ROOMS: Final = 2_000
LIST_AFTER_SECONDS: Final = 10.0


@dataclass(slots=True)
class _Active:
    """People who wrote in a room lately, and the finder of their names.

    Attributes:
        members: their user IDs, as the counters listed them.
        listed: the time of that list, in seconds of the monotonic clock.
        finder: finds the members' names in texts; None if it is not built for the present list.
    """

    members: tuple[str, ...] = ()
    listed: float = float("-inf")
    finder: NameFinder | None = NOBODY


class ActivePeople(AlwaysCounted):
    """Answers `ActiveNames`: the names of people whose events were signed in the last hour.

    The counters record the sender of each event that is not state. They list a room's people at
    most every ten seconds, and names are looked up when a filter asks for them.
    """

    def __init__(self) -> None:
        self._rooms: BoundedMapping[str, _Active] = BoundedMapping(MAX_ROOMS)

    def counts(self, context: EventContext) -> RecentMembers | None:
        """See `AlwaysCounted.counts`."""
        room_id, is_added = context.event.room_id, not context.event.is_state
        active = self._rooms.get(room_id)
        is_listed = (
            active is None
            or not active.members
            or context.now - active.listed >= LIST_AFTER_SECONDS
        )
        if not is_added and not is_listed:
            return None
        return RecentMembers(
            room_id, ACTIVE_FOR_MS, MAX_ACTIVE, is_added=is_added, is_listed=is_listed
        )

    def replied(self, context: EventContext, reply: tuple[str, ...]) -> None:
        """See `AlwaysCounted.replied`: keeps the list of people."""
        members = reply
        if not members:
            return
        room_id = context.event.room_id
        active = self._rooms.use(room_id)
        if active is None:
            active = self._rooms[room_id] = _Active()
        if not set(members) <= set(active.members):
            active.finder = None
        active.members, active.listed = members, context.now

    def answer(self, question: ActiveNames, context: EventContext) -> NameFinder:
        """See `Answerer.answer`. The answer is up to ten seconds old."""
        active = self._rooms.get(question.room_id)
        if active is None:
            return NOBODY
        if active.finder is None:
            state = context.room.state
            named = ((user_id, state.display_name_of(user_id)) for user_id in active.members)
            active.finder = NameFinder(
                (user_id, name) for user_id, name in named if name is not None
            )
        return active.finder

    def forget_people(self) -> None:
        """Forget all lists of people."""
        self._rooms.clear()

    def forget_person(self, user_id: str) -> None:
        """Remove a user from the lists; the counters forget them after an hour."""
        for active in self._rooms.values():
            if user_id in active.members:
                active.members = tuple(each for each in active.members if each != user_id)
                active.finder = None


class NameAnswers:
    """Answers `NamesInRoom`."""

    def answer(self, question: NamesInRoom, context: EventContext) -> Names:
        """See `Answerer.answer`."""
        state = context.room.state
        return Names(
            state.display_name_of(question.user_id),
            state.names_from_level(context.policy.trust_rules.moderator_power_level),
            is_own_earlier=_was_named_before_levels(state, question.user_id),
        )


def _was_named_before_levels(state: RoomState, user_id: str) -> bool:
    member, levels = state.member_depth_and_known_since_ts(user_id), state.find(POWER_LEVELS)
    if member is None or levels is None:
        return False
    depth, known_since_ts = member
    # Depth alone is not used: the sender claims it, so a new member could appear to be an old one.
    return known_since_ts <= levels.known_since_ts and depth < levels.depth


class AliasAnswers:
    """Answers `RoomAlias`."""

    def answer(self, question: RoomAlias, context: EventContext) -> str | None:  # noqa: ARG002
        """See `Answerer.answer`."""
        return context.room.state.canonical_alias
