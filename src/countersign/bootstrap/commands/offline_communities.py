"""Export and erasure of a community's data while no server runs (it would have data in memory)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from countersign.adapters.system import SystemClock
from countersign.bootstrap.commands.offline import OFFLINE, read_policies
from countersign.bootstrap.storage.databases import server_kept_out
from countersign.bootstrap.stores import open_stores_for_changes
from countersign.config import Config, ConfigError
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound


async def export_community(config: Config, name: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return all stored data of a community, by table.

    Raises:
        ConfigError: a server runs.
        NotFound: there is no such community.
        DatabaseUnusable, StoreUnavailable: says what to do about it.
    """
    async with _rooms_of(config, name) as (stores, rooms):
        audit = AuditLog(stores.audit, SystemClock())
        await audit.read(OFFLINE, Command.COMMUNITY_EXPORT, community=name)
        return await stores.communities.export(name, [each.room_id for each in rooms])


async def erase_community(config: Config, name: str) -> JsonObject:
    """Delete the data of a community; return the number of deleted rows, by table.

    Raises:
        ConfigError: a server runs, or our user is still in a room of the community.
        NotFound: there is no such community.
        DatabaseUnusable, StoreUnavailable: the erasure is incomplete; a repetition continues it.
    """
    async with _rooms_of(config, name) as (stores, rooms):
        room_ids = [each.room_id for each in rooms]
        joined = [each.room_id for each in rooms if each.membership == "joined"]
        if joined:
            raise ConfigError(
                f"Our user is in {len(joined)} of its rooms still, such as {joined[0]}. Start the "
                f"server, and leave them first: countersign community leave {name}"
            )
        audit = AuditLog(stores.audit, SystemClock())
        async with audit.change(OFFLINE, Command.COMMUNITY_ERASE, community=name) as details:
            erased = dict(await stores.communities.erase(name, room_ids))
            archived = [await stores.archive.purge(room_id=room_id) for room_id in room_ids]
            erased["archive"] = sum(archived)
            await stores.changes.note(Topic.ERASURES)  # servers on other machines may run
            details["erased"] = erased
        return {table: count for table, count in erased.items() if count}


@asynccontextmanager
async def _rooms_of(config: Config, name: str) -> AsyncIterator[tuple[Stores, list[StoredRoom]]]:
    """Open the stores while no server runs, and find the rooms of a community."""
    with server_kept_out(config) as is_running:
        if is_running:
            raise ConfigError(
                "The server is running, and has much of it in memory. Stop it, and do this again."
            )
        async with open_stores_for_changes(config) as stores:
            policies = await read_policies(config, stores, must_be_sound=True)
            if policies.find(name) is None:
                names = ", ".join(each.name for each in policies.all())
                raise NotFound(f"There is no community {name!r}; there is {names}.")
            rooms = await stores.rooms.load()
            yield stores, [each for each in rooms if policies.for_room(each.room_id).name == name]
