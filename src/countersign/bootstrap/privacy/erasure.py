"""Erasure of people and rooms: in a running server, and over the database alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from countersign.adapters.files.admin_files import AdminAddress
from countersign.adapters.system import SystemClock
from countersign.bootstrap.measures import Measures
from countersign.bootstrap.registry import read_registry
from countersign.bootstrap.storage.databases import require_no_other_server
from countersign.bootstrap.stores import open_stores
from countersign.config import Config
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.processes.changes import Topic
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.privacy.erasure import (
    SETTLE_SECONDS,
    Erasure,
    ForgetsEverybody,
    ForgetsPeople,
    ForgetsRooms,
)


def short_memories(measures: Measures) -> tuple[ForgetsEverybody, ...]:
    """Return the parts that remember people from recent events only, and store nothing of them."""
    return (
        measures.active_people,
        measures.counters,
        measures.crowds,
        measures.fragments,
        measures.lessons,
        measures.member_answers,
        measures.members_pace,
        measures.quotable,
        measures.raids,
        measures.vouched,
    )


async def forget_erased(measures: Measures, decisions: RecentDecisions) -> None:
    """Forget whatever names people, after another process erased one whose name is not known here.

    Data that can be read again is read again; data that waits to be stored stays.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    decisions.forget_all()
    for remembering in short_memories(measures):
        remembering.forget_people()
    measures.trust.forget_stored()
    await measures.mutes.read_again()
    await measures.allowances.load()
    await measures.raids.apply_changes(0)
    await measures.guard.load()
    await measures.indicators.forget_taken_back(0)
    measures.indicators.forget_people()


def build_erasure(
    stores: Stores,
    *,
    forgetful: Sequence[ForgetsPeople] = (),
    forgets_rooms: Sequence[ForgetsRooms] = (),
    broadcasts: Broadcasts | None = None,
    is_shared: bool = False,
) -> Erasure:
    """Return the service that erases people and rooms.

    Args:
        stores: the database and the archive.
        forgetful: those who remember people.
        forgets_rooms: those who remember rooms.
        broadcasts: tell other processes; None if there are none to be told.
        is_shared: other processes may use the database.
    """
    return Erasure(
        stores.personal_data,
        stores.room_data,
        stores.archive,
        forgetful=forgetful,
        forgets_rooms=forgets_rooms,
        tell_others=partial(stores.changes.note, Topic.ERASURES),
        broadcasts=broadcasts,
        settle_seconds=SETTLE_SECONDS if is_shared else 0.0,
    )


@asynccontextmanager
async def open_offline_privacy(config: Config) -> AsyncIterator[PrivacyCommands]:
    """Open the commands on personal data while no server runs; none starts meanwhile.

    Raises:
        ServerIsRunning: one runs.
        DatabaseInUse: one with other settings works with the database.
        DatabaseUnusable: says what to do about it.
    """
    address = AdminAddress.claim(config.admin_address_file)
    try:
        require_no_other_server(config)
        async with open_stores(config) as stores:
            clock = SystemClock()
            # Commands on personal data are about no community.
            policies = Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", read_registry())})
            permissions = Permissions(policies, lambda _: None)
            yield PrivacyCommands(
                CommandNeeds(permissions, AuditLog(stores.audit, clock), clock),
                build_erasure(stores, is_shared=config.is_database_shared),
            )
    finally:
        address.release()
