"""Rooms of communities as the running server knows them, and names that it does not find."""

from typing import TYPE_CHECKING, Any

from countersign.cli.admin_client import AdminClient, AdminRefused, ServerNotRunning
from countersign.cli.output import errors, printable

if TYPE_CHECKING:
    from countersign.config import Config


def find_rooms(config: "Config") -> Any:
    """Return the running server's rooms, and names that were not found; None if none runs."""
    try:
        return AdminClient(config).get("/_countersign/v1/rooms")
    except (ServerNotRunning, AdminRefused):
        return None


def find_community(config: "Config", room_id: str) -> str | None:
    """Return the community of a room of the running server; None if it is not known."""
    answer = find_rooms(config)
    rooms = [] if answer is None else answer["rooms"]
    return next((room["community"] for room in rooms if room["room_id"] == room_id), None)


def warn_of_unfound(answer: Any) -> None:
    """Print the aliases and spaces of policies whose rooms are not known."""
    for each in answer["unfound"]:
        errors.print(
            f"[yellow]No rooms are known of {printable(each['name'])}[/], which a policy names: "
            f"{printable(each['reason'])}"
        )
