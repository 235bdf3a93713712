"""All commands of a server over a `World`, for tests of the interfaces to them."""

from dataclasses import replace

from countersign.adapters.child_processes import JsonChildren
from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.bootstrap.commands.running import CommandDependencies, build_commands
from countersign.bootstrap.commands.stored import StoredCommandDependencies
from countersign.bootstrap.privacy.erasure import build_erasure
from countersign.service.commands.actors.confirmation_rules import NOTHING_WAITS
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.commands.moderation.decision_views import Archived
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.rooms.room import NamesOfRooms
from countersign.service.trials.backtest_jobs import BacktestJobs
from countersign.testing.clocks import RepeatableRandomness
from tests.service.own_events.sending import make_own_events

NO_CHILDREN = JsonChildren(["false"])
"""Child processes that fail: those tests begin no backtest."""


async def nothing_archived(_recorded):
    return Archived([], None)


def no_account(_user_id):
    return None


def make_backtests(world):
    return BacktestJobs(
        NO_CHILDREN,
        background=world.background,
        clock=world.clock,
        randomness=RepeatableRandomness(),
    )


async def make_commands(
    world,
    folder,
    *,
    stores,
    rooms,
    activation,
    policies,
    measures,
    own_events=None,
    find_archived=nothing_archived,
    confirmation_rules=NOTHING_WAITS,
    find_account=no_account,
):
    """Return the commands; the archive is in `folder`."""
    names = NamesOfRooms(rooms.get, rooms.all)
    return await build_commands(
        CommandDependencies(
            stored=StoredCommandDependencies(
                clock=world.clock,
                randomness=RepeatableRandomness(),
                stores=stores,
                policies=policies,
                measures=measures,
                unseen=UnseenSignatures(world.clock, ceiling=10),
                find_archived=find_archived,
                entry_numbers=EntryNumbers(b"a secret"),
                activation=activation,
                rooms=rooms.all,
                room_names=lambda: names,
                find_account=find_account,
                confirmation_rules=confirmation_rules,
            ),
            identity=world.identity,
            rooms=rooms,
            checks=world.state_checks,
            activation=activation,
            room_finder=RoomFinder(
                policies,
                federation=world.federation,
                store=stores.found_rooms,
                servers_in=lambda _: (),
                randomness=RepeatableRandomness(),
            ),
            backtests=make_backtests(world),
            trials=NO_CHILDREN,
            settings="",
            is_archive_on=False,
            own_events=own_events or make_own_events(world)[0],
            federation=world.federation,
            erasure=build_erasure(replace(stores, archive=SqliteArchive(folder / "archive.db"))),
        )
    )
