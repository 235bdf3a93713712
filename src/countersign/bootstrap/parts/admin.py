"""Construction of the admin API's services: commands and health."""

import sys
from typing import Final

from countersign.adapters.child_processes import JsonChildren
from countersign.adapters.files.indicator_secrets import ensure_indicator_secret
from countersign.bootstrap.commands.running import (
    CommandDependencies,
    archive_finder,
    build_commands,
)
from countersign.bootstrap.commands.stored import StoredCommandDependencies, confirmation_rules
from countersign.bootstrap.files import find_data_folder
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.evaluation import EvaluationServices
from countersign.bootstrap.parts.leaks import LeakServices
from countersign.bootstrap.parts.processes import build_machine_trouble
from countersign.bootstrap.parts.rooms import RoomServices
from countersign.bootstrap.privacy.erasure import build_erasure, short_memories
from countersign.policy.decisions import RecordedDecision
from countersign.ports.metrics import MetricsPage
from countersign.service.background import BackgroundTasks, Work
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.commands.review.spam import Redact
from countersign.service.health.readiness import Health
from countersign.service.leaks.own_redactions import OwnRedactions
from countersign.service.management.rooms import ManagementRooms
from countersign.service.own_events.sending import OwnEvents, key_of
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.rooms.room import NamesOfRooms
from countersign.service.sign_in.accounts import Accounts
from countersign.service.trials.archiving import Archiving
from countersign.service.trials.backtest_jobs import BacktestJobs
from countersign.web.admin.app import AdminServices

TRIALS: Final = (sys.executable, "-m", "countersign.bootstrap.trials.trial_process")


async def build_admin_services(
    base: BaseServices,
    rooms: RoomServices,
    evaluation: EvaluationServices,
    leaks: LeakServices,
    own_events: OwnEvents,
    management: ManagementRooms,
    accounts: Accounts,
    *,
    activation: PolicyActivation,
    token: str,
    metrics_page: MetricsPage,
) -> AdminServices:
    """Return the services of the admin API.

    Args:
        base: the base services.
        rooms: the rooms that we protect.
        evaluation: decides on events.
        leaks: detects leaks.
        own_events: sends as our user.
        management: the management rooms.
        accounts: know the roles of Matrix accounts.
        activation: changes the policies in force.
        token: the operator's token.
        metrics_page: shows the metrics.

    Raises:
        StoreUnavailable: tokens and frozen actors cannot be read.
    """
    measures = base.measures
    names = NamesOfRooms(rooms.rooms.get, rooms.rooms.all)
    secret = ensure_indicator_secret(find_data_folder(base.config), base.randomness)
    return AdminServices(
        identity=base.identity,
        token=token,
        health=_health(base, rooms, evaluation, management),
        randomness=base.randomness,
        metrics=metrics_page,
        commands=await build_commands(
            CommandDependencies(
                stored=StoredCommandDependencies(
                    clock=base.clock,
                    randomness=base.randomness,
                    stores=base.stores,
                    policies=base.policies,
                    measures=measures,
                    unseen=leaks.unseen,
                    find_archived=archive_finder(base.config, base.stores.archive),
                    entry_numbers=EntryNumbers(secret),
                    activation=activation,
                    rooms=rooms.rooms.all,
                    room_names=lambda: names,
                    redact=_redact(leaks.own_redactions),
                    find_account=accounts.find,
                    confirmation_rules=confirmation_rules(base.config),
                ),
                activation=activation,
                identity=base.identity,
                rooms=rooms.rooms,
                checks=rooms.checks,
                room_finder=rooms.finder,
                own_events=own_events,
                federation=base.federation,
                backtests=BacktestJobs(
                    JsonChildren(TRIALS),
                    background=base.background,
                    clock=base.clock,
                    randomness=base.randomness,
                ),
                trials=JsonChildren(TRIALS),
                settings=str(base.config.file),
                is_archive_on=base.config.archive.is_on,
                erasure=build_erasure(
                    base.stores,
                    broadcasts=base.broadcasts,
                    is_shared=base.config.is_database_shared,
                    forgetful=[
                        evaluation.recent,
                        measures.trust,
                        measures.allowances,
                        measures.mutes,
                        measures.indicators,
                        *short_memories(measures),
                        leaks.leaks,
                        leaks.split_messages,
                        *(each for each in (evaluation.evidence, evaluation.archiving) if each),
                    ],
                    forgets_rooms=[
                        evaluation.recent,
                        measures.allowances,
                        measures.fragments,
                        measures.quotable,
                        measures.members_pace,
                        rooms.rooms,
                        *(each for each in (evaluation.evidence, evaluation.archiving) if each),
                    ],
                ),
            )
        ),
    )


def _redact(own_redactions: OwnRedactions | None) -> Redact | None:
    """Return a function that redacts a decision's event as our user; None if that is off."""
    if own_redactions is None:
        return None

    async def redact(recorded: RecordedDecision) -> str:
        key = key_of("spam", recorded.event_id)
        return await own_redactions.redact(recorded.room_id, recorded.event_id, key=key)

    return redact


def _health(
    base: BaseServices,
    rooms: RoomServices,
    evaluation: EvaluationServices,
    management: ManagementRooms,
) -> Health:
    return Health(
        {
            "rooms": lambda: None if rooms.rooms.is_loaded else "still being loaded",
            "signing": evaluation.signatures.find_trouble,
            "database": base.stores.health.find,
        },
        warnings={
            "policy": lambda: base.policies.trouble,
            "disk": base.stores.health.find_shortage,
            **base.background.checks(),
            Work.CHANGES.value: lambda: (
                base.background.find_trouble(Work.CHANGES) or base.changes.find_trouble()
            ),
            "management": lambda: _management_trouble(base, management, rooms),
            "shared-counters": lambda: _shared_trouble(base),
            "machines": build_machine_trouble(base),
            "archive": lambda: _archive_trouble(base.background, evaluation.archiving),
        },
    )


def _shared_trouble(base: BaseServices) -> str | None:
    """Return why this process counts on its own; None if it does not, or should."""
    trouble = base.background.find_trouble(Work.SHARED_COUNTERS)
    if trouble is not None or base.shared is not None:
        return trouble or (base.shared and base.shared.find_trouble()) or None
    if base.other_machines.are_there():
        return (
            "Several machines share the database, and each counts on its own: rates and waves are "
            "seen in part, and unseen signatures are not counted. Name a Valkey or Redis server "
            "in the setting shared_counters, the same on all of them."
        )
    return None


def _archive_trouble(background: BackgroundTasks, archiving: Archiving | None) -> str | None:
    """Return why judged events are not archived; None if they are, or the archive is off."""
    trouble = background.find_trouble(Work.ARCHIVE)
    return trouble or (archiving and archiving.trouble) or None


def _management_trouble(
    base: BaseServices, management: ManagementRooms, rooms: RoomServices
) -> str | None:
    """Return why management rooms do not work; None if they do, or there are none."""
    names = {each.name for each in base.policies.all()}
    unknown = [each.community for each in management.all if each.community not in names]
    if unknown:
        return (
            f"The settings name management rooms of {', '.join(unknown)}, and no policy is for "
            "a community of that name."
        )
    trouble = base.background.find_trouble(Work.MANAGEMENT)
    return trouble or management.find_trouble(rooms.rooms.get)
