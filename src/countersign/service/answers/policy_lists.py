"""Answers from moderation policy lists, which are rooms with rules on users, servers and rooms."""

from collections.abc import Callable
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.questions.lists import ListedBy, Listing
from countersign.protocol.rooms.policy_rules import EntityKind, Recommendation
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.list_reaches import (
    Reach,
    decisive_listing,
    is_confirmed,
    listings_of,
    reach_of,
)
from countersign.service.rooms.room import Room

REACH_SECONDS: Final = 3_600.0
MAX_REACHES: Final = 10_000


log = structlog.get_logger()

FindRoom = Callable[[str], Room | None]


class PolicyListAnswers:
    """Answers `ListedBy` from the state of the list rooms that we follow."""

    def __init__(self, find_room: FindRoom) -> None:
        self._find_room = find_room
        self._reaches: BoundedMapping[tuple[str, str, str], tuple[float, Reach]] = BoundedMapping(
            MAX_REACHES
        )
        self._missed: set[tuple[str, str]] = set()

    def answer(self, question: ListedBy, context: EventContext) -> Listing | None:
        """See `Answerer.answer`. A list whose room we are not in has no effect, which is logged."""
        for list_id in question.lists:
            room = self._find_room(list_id)
            if room is None or not room.is_joined:
                self._note_missing(list_id, context.community)
                continue
            listings = [
                listing
                for listing in listings_of(room, question.users, question.rooms, is_once=False)
                if self._counts(listing, question, context)
            ]
            if listings:
                return decisive_listing(listings)
        return None

    def _counts(self, listing: Listing, question: ListedBy, context: EventContext) -> bool:
        rule = listing.rule
        if rule.recommendation is Recommendation.UNBAN or is_confirmed(rule, question.confirmed):
            return True
        if rule.is_for_everyone:
            self._log(listing, context, "it describes everyone")
            return False
        if rule.kind is EntityKind.ROOM:
            return True
        key = context.room.room_id, listing.list_id, rule.event_id
        known = self._reaches.get(key)
        if known is not None and context.now - known[0] < REACH_SECONDS:
            return not known[1].is_over(question.max_members_percent)
        reach = reach_of(rule, context.room)
        self._reaches[key] = context.now, reach
        if not reach.is_over(question.max_members_percent):
            return True
        self._log(listing, context, f"it describes {reach.hit:,} of {reach.of:,} members")
        return False

    def _log(self, listing: Listing, context: EventContext, reason: str) -> None:
        log.warning(
            "a rule of a policy list is too wide and does not count",
            list_id=listing.list_id,
            entity=listing.rule.shown,
            room_id=context.room.room_id,
            community=context.community,
            reason=reason,
            remedy="put the entity under confirmed if the rule is right",
        )

    def _note_missing(self, list_id: str, community: str) -> None:
        if (list_id, community) not in self._missed:
            self._missed.add((list_id, community))
            log.warning(
                "a policy list is not followed: our user is not in its room",
                list_id=list_id,
                community=community,
                remedy=f"countersign rooms join '{list_id}' --via SERVER",
            )
