"""Our policy keys, each with the rooms that list it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.service.identity import Identity
from countersign.service.rooms.room import Room


class KeyStanding(StrEnum):
    """State of a policy key; programs read the value, which never changes."""

    CURRENT = "current"
    """Rooms are told to list it."""
    FORMER = "former"
    """A former key; it signs for the rooms that still list it."""
    LEAKED = "leaked"
    """A former key whose secret may be known to others; its signature proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKeyUse:
    """One of our policy keys, and where it is needed.

    Attributes:
        public_key: unpadded base64.
        standing: its state.
        rooms: the IDs of our rooms that list it, sorted.
    """

    public_key: str
    standing: KeyStanding
    rooms: tuple[str, ...]


def policy_key_uses(identity: Identity, rooms: Iterable[Room]) -> tuple[PolicyKeyUse, ...]:
    """Return each key that may sign with the rooms that list it, the current one first."""
    listing: dict[PolicySigningKey, list[str]] = {key: [] for key in identity.signing_policy_keys}
    for room in rooms:
        listed = identity.find_listed_key(room.state.room_policy)
        if room.is_joined and listed is not None:
            listing[listed].append(room.room_id)
    return tuple(
        PolicyKeyUse(
            public_key=key.verify_key.to_base64(),
            standing=_key_standing(identity, key),
            rooms=tuple(sorted(room_ids)),
        )
        for key, room_ids in listing.items()
    )


def _key_standing(identity: Identity, key: PolicySigningKey) -> KeyStanding:
    if key is identity.policy_key:
        return KeyStanding.CURRENT
    is_leaked = key in identity.leaked_policy_keys
    return KeyStanding.LEAKED if is_leaked else KeyStanding.FORMER
