"""Construction of the rooms, their state checks, and the look-up of aliases and spaces."""

from dataclasses import dataclass
from functools import partial

from countersign.adapters.public_suffixes import registrable_domain
from countersign.bootstrap.measures import Measures
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.service.chats.chats import Chats
from countersign.service.management.rooms import ManagementRooms
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.room_finder import MAX_SERVERS_ASKED, RoomFinder
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import RoomPurposes
from countersign.service.rooms.room_metrics import show_rooms
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.rooms.sync.state_checks import StateChecks


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomServices:
    """Services that know the rooms that we protect.

    Attributes:
        rooms: to be loaded once we listen.
        checks: to be run in the background once we listen.
        finder: to be loaded before the rooms, and to be run in the background.
    """

    rooms: Rooms
    checks: StateChecks
    finder: RoomFinder


def build_rooms(base: BaseServices, management: ManagementRooms, chats: Chats) -> RoomServices:
    """Return the services for rooms."""
    schedule = StateCheckSchedule(base.clock, base.randomness)
    rooms = Rooms(
        base.identity,
        store=base.stores.rooms,
        federation=base.federation,
        key_ring=base.key_ring,
        clock=base.clock,
        background=base.background,
        leadership=base.leadership,
        schedule=schedule,
        on_join=partial(_notice_join, base.measures, base.policies),
        purposes=RoomPurposes(
            is_list=base.policies.is_list_only,
            is_management=management.is_management_room,
            is_chat=chats.is_chat,
        ),
    )
    base.policies.on_change(rooms.refresh_alerts)
    management.on_change(rooms.refresh_alerts)
    chats.on_change(rooms.refresh_alerts)
    show_rooms(rooms, base.metrics)
    return RoomServices(
        rooms=rooms,
        checks=StateChecks(
            base.identity,
            rooms=rooms,
            schedule=schedule,
            federation=base.federation,
            key_ring=base.key_ring,
            clock=base.clock,
            registrable_domain=registrable_domain,
        ),
        finder=RoomFinder(
            base.policies,
            federation=base.federation,
            store=base.stores.found_rooms,
            servers_in=partial(_servers_in, rooms),
            randomness=base.randomness,
        ),
    )


def _notice_join(
    measures: Measures, policies: Policies, room_id: str, user_id: str, sent_ts: int
) -> None:
    community = policies.for_room(room_id)
    if community.policy.bridges.cover(user_id):
        return
    measures.raid_joins.notice_join(
        community.name, community.policy.raid_rules, user_id, sent_ts=sent_ts
    )


def _servers_in(rooms: Rooms, room_id: str) -> tuple[str, ...]:
    room = rooms.get(room_id)
    if room is None or not room.is_joined:
        return ()
    return (*room.state.largest_servers(MAX_SERVERS_ASKED), *room.via)
