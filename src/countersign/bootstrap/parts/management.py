"""Construction of the services for management rooms: names, commands, alerts."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from countersign.basics.backoff import Backoff
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.chats import ChatServices
from countersign.config import Config
from countersign.policy.measures.crowds import NewcomerCrowd
from countersign.ports.actors import Role
from countersign.ports.federation import FederationClient
from countersign.ports.stores.bundle import Stores
from countersign.service.background import Work
from countersign.service.commands.every_command import Commands
from countersign.service.management.alerting.alerts import Alerts
from countersign.service.management.alerting.refusals import Refusals, StoredRefusals
from countersign.service.management.alerting.restoring import Restoring
from countersign.service.management.answering import Answers
from countersign.service.management.awaited_rooms import AwaitedRooms, Welcome
from countersign.service.management.cleanup import ManagementCleanup
from countersign.service.management.command_handler import CommandHandler, EventDispatch
from countersign.service.management.descriptions import Descriptions
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Duty, Management, ManagementRooms
from countersign.service.own_events.sending import OwnEvents
from countersign.service.policies.policies_in_force import Policies
from countersign.service.processes.leadership import Leadership
from countersign.service.recent_messages.crowds import Crowds
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.received_events import ReceivedEvents

RESOLVE_EVERY_SECONDS: Final = 3_600
BACKOFF: Final = Backoff(first=15, longest=RESOLVE_EVERY_SECONDS)
"""Pauses before aliases are asked about again whose rooms are not known, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementServices:
    """Services of management rooms.

    Attributes:
        rooms: to be loaded before the rooms that we are in.
        received: passes received events on to the followers of rooms and to the handlers.
        handlers: the handler of each community with a management room, to be run in the background.
        alerts: to be run in the background.
        cleanup: likewise.
        stored_refusals: likewise, where there are other processes.
        descriptions: likewise.
        awaited: takes rooms that somebody makes for us.
        welcome: to be run in the background until it is done.
    """

    rooms: ManagementRooms
    received: ReceivedEvents
    handlers: dict[str, CommandHandler]
    alerts: Alerts
    cleanup: ManagementCleanup
    stored_refusals: StoredRefusals
    descriptions: Descriptions
    awaited: AwaitedRooms
    welcome: Welcome

    def start(self, leadership: Leadership) -> None:
        """Start to follow received events, to handle commands, and to resolve names."""
        if not leadership.is_alone:
            leadership.keep_running(Work.RECEIVED_EVENTS, self.received.run)
        if not self.handlers:
            return
        leadership.keep_running(Work.MANAGEMENT, partial(_resolve, self.rooms), "names of rooms")
        for management in self.rooms.all:
            about = f"alerts of {management.community}"
            leadership.keep_running(Work.MANAGEMENT, partial(self.alerts.run, management), about)
        if not leadership.is_alone:
            leadership.keep_running(Work.MANAGEMENT, self.stored_refusals.run, "refusals")
        leadership.keep_running(Work.MANAGEMENT, self.cleanup.run, "old messages")
        leadership.keep_running(Work.MANAGEMENT, self.descriptions.run, "descriptions")
        leadership.run_until_done(Work.MANAGEMENT, self.welcome.run, "welcome")
        for community, handler in self.handlers.items():
            leadership.keep_running(Work.MANAGEMENT, handler.run, f"room of {community}")


def build_management_rooms(
    config: Config, stores: Stores, federation: FederationClient
) -> ManagementRooms:
    """Return the register of the management rooms that the settings name."""
    return ManagementRooms(
        [
            Management(
                community=community,
                name=each.room,
                moderators={user_id: Role(role) for user_id, role in each.moderators.items()},
                has_alerts=each.alerts,
                quiet=each.quiet_hours,
                duty={user_id: Duty(*hours) for user_id, hours in each.on_duty.items()},
            )
            for community, each in config.management_by_community.items()
            if each.room is not None
        ],
        federation=federation,
        store=stores.management,
    )


def build_refusals(management_rooms: ManagementRooms) -> Refusals:
    """Return the queue of refusals for alerts."""
    alerted = frozenset(each.community for each in management_rooms.all if each.has_alerts)
    return Refusals(alerted.__contains__)


def build_management(
    base: BaseServices,
    management_rooms: ManagementRooms,
    rooms: Rooms,
    own_events: OwnEvents,
    commands: Commands,
    refusals: Refusals,
    chats: ChatServices,
) -> ManagementServices:
    """Return the services for management rooms, and for received events of direct chats."""
    store, clock = base.stores.management, base.clock
    answers = Answers(commands, clock)
    messenger = Messenger(management_rooms, own_events=own_events, store=store, clock=clock)
    handlers = {
        management.community: CommandHandler(
            management,
            our_user_id=base.identity.user_id,
            rooms=rooms,
            answers=answers,
            messenger=messenger,
            store=store,
            clock=clock,
        )
        for management in management_rooms.all
    }
    return ManagementServices(
        rooms=management_rooms,
        received=ReceivedEvents(
            rooms,
            base.stores.received_events,
            base.leadership,
            is_heard=lambda room_id: (
                management_rooms.is_management_room(room_id) or chats.chats.is_chat(room_id)
            ),
            on_followed=(
                *((EventDispatch(management_rooms, handlers).arrived,) if handlers else ()),
                *((chats.handler.arrived,) if chats.handler is not None else ()),
            ),
            catch_up=base.changes.catch_up,
        ),
        handlers=handlers,
        alerts=Alerts(
            management_rooms,
            refusals=refusals,
            messenger=messenger,
            clock=clock,
            find_room=rooms.get,
            find_raid=base.measures.raids.report,
            find_crowd=partial(_find_crowd, base.measures.crowds, base.policies),
            dropped_steps=base.measures.guard.all,
            confirmations=base.stores.confirmations,
            reports=base.stores.reports,
            reviews=base.stores.reviews,
            appeals=base.stores.appeals,
            restoring=Restoring(
                store,
                base.stores.decisions,
                lambda room_id: (
                    None
                    if management_rooms.is_management_room(room_id)
                    else base.policies.for_room(room_id).name
                ),
                clock,
            ),
        ),
        descriptions=Descriptions(
            management_rooms,
            answers.verbs,
            our_user_id=base.identity.user_id,
            own_events=own_events,
            store=store,
            find_room=rooms.get,
        ),
        stored_refusals=StoredRefusals(
            refusals,
            base.stores.decisions,
            lambda room_id: base.policies.for_room(room_id).name,
            clock,
        ),
        awaited=AwaitedRooms(management_rooms, find_room=rooms.get),
        welcome=Welcome(management_rooms, messenger=messenger, find_room=rooms.get),
        cleanup=ManagementCleanup(
            messenger, store=store, own_events=base.stores.own_events, clock=clock
        ),
    )


async def _find_crowd(crowds: Crowds, policies: Policies, community: str) -> NewcomerCrowd | None:
    community_in_force = policies.find(community)
    return (
        None
        if community_in_force is None
        else await crowds.find(community, community_in_force.policy)
    )


async def _resolve(rooms: ManagementRooms) -> None:
    failures = 0
    while True:
        await rooms.resolve()
        # Who names a room that is still to be made does not wait for an hour.
        failures = 0 if rooms.are_known else failures + 1
        await asyncio.sleep(BACKOFF.seconds(failures) if failures else RESOLVE_EVERY_SECONDS)
