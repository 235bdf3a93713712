"""The last known rooms of aliases and spaces as earlier versions kept them: a file, read only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.found_rooms import FoundRooms

MAX_FILE_BYTES: Final = 256 * 1024 * 1024


class FoundRoomsFile:
    """Reads a file of JSON beside the communities' folder; there need not be one."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Mapping[str, FoundRooms]:
        """Return the rooms that were saved last.

        Raises:
            StoreUnavailable: it cannot be read, or is damaged.
        """
        try:
            with self._file.open("rb") as stream:
                raw = stream.read(MAX_FILE_BYTES)
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
                f"{self._file} is damaged. Delete it: the rooms are found again as servers answer."
            ) from error
