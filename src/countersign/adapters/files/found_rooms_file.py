"""The last known rooms of aliases and spaces, in a file of JSON beside the communities' folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from countersign.adapters.files.atomic_files import replace_file
from countersign.adapters.files.file_owners import OWNER_ONLY
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.found_rooms import FoundRooms

MAX_FILE_BYTES: Final = 256 * 1024 * 1024


class FoundRoomsFile:
    """Implements `ports.found_rooms.FoundRoomsStore`.

    Args:
        file: where they are kept; made when there is something to keep.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Mapping[str, FoundRooms]:
        """Return what was saved last."""
        try:
            with self._file.open("rb") as kept:
                raw = kept.read(MAX_FILE_BYTES)
            stored: dict[str, dict[str, Any]] = msgspec.json.decode(
                raw, type=dict[str, dict[str, list[str]]]
            )
            return {
                name: FoundRooms(frozenset(each["room_ids"]), tuple(each["servers"]))
                for name, each in stored.items()
            }
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreUnavailable(f"{self._file} cannot be read: {error.strerror}.") from error
        except (msgspec.DecodeError, KeyError) as error:
            raise StoreUnavailable(
                f"{self._file} is damaged. Delete it: it is made anew from what servers answer."
            ) from error

    def save(self, found: Mapping[str, FoundRooms]) -> None:
        """Keep this in the place of what was there."""
        written = msgspec.json.encode(
            {
                name: {"room_ids": sorted(each.room_ids), "servers": list(each.servers)}
                for name, each in sorted(found.items())
            }
        )
        try:
            replace_file(self._file, written, mode=OWNER_ONLY)
        except OSError as error:
            raise StoreUnavailable(f"{self._file} cannot be written: {error.strerror}.") from error
