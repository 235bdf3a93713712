"""The rooms that earlier versions of the program found, taken over from their file."""

import asyncio

import structlog

from countersign.adapters.files.found_rooms_file import FoundRoomsFile
from countersign.config import Config
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.found_rooms import FoundRoomsStore

log = structlog.get_logger()


async def take_over_found_rooms(config: Config, store: FoundRoomsStore) -> None:
    """Copy the file into the store if the store is empty; the file stays.

    Without it, rooms that policies name by alias or space would be judged by the default policy
    until their servers have answered. A file that cannot be used is logged, and keeps no server
    from starting.
    """
    folder = config.path(config.communities)
    file = FoundRoomsFile(folder.with_name(f"{folder.name}.found.json"))
    try:
        if await store.load():
            return
        found_rooms = await asyncio.to_thread(file.load)
        if found_rooms:
            await store.save(found_rooms)
            log.info(
                "the rooms that were found were taken over into the database",
                names=len(found_rooms),
            )
    except StoreUnavailable as error:
        log.warning("the rooms that were found are not taken over", reason=str(error))
