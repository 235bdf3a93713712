"""Identity of this server towards others."""

from dataclasses import dataclass

from countersign.protocol.keys.signing_keys import PolicySigningKey, ServerSigningKey, VerifyKey
from countersign.protocol.rooms.policy_servers import RoomPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Our server, our user in the rooms, and our keys.

    Attributes:
        server_name: our server name.
        user_id: the user that joins rooms; belongs to `server_name`.
        server_key: signs requests and our own membership events.
        policy_key: the key that rooms are told to list in `m.room.policy`.
        former_policy_keys: keys that some rooms may still list.
        leaked_policy_keys: likewise, but others may know their secret.
        retired_policy_keys: public halves of keys that sign nothing any more.
        display_name: what people see in the member list; None for the bare user ID.
    """

    server_name: str
    user_id: str
    server_key: ServerSigningKey
    policy_key: PolicySigningKey
    former_policy_keys: tuple[PolicySigningKey, ...] = ()
    leaked_policy_keys: tuple[PolicySigningKey, ...] = ()
    retired_policy_keys: tuple[VerifyKey, ...] = ()
    display_name: str | None = None

    @property
    def signing_policy_keys(self) -> tuple[PolicySigningKey, ...]:
        """Every policy key that may sign, the one for new rooms first."""
        return (self.policy_key, *self.former_policy_keys, *self.leaked_policy_keys)

    @property
    def witness_keys(self) -> tuple[VerifyKey, ...]:
        """Public keys whose signature on an event shows that we signed it before."""
        keys = (self.policy_key, *self.former_policy_keys)
        return (*(key.verify_key for key in keys), *self.retired_policy_keys)

    def find_listed_key(self, policy: RoomPolicy | None) -> PolicySigningKey | None:
        """Return the key of ours that a room lists in its `m.room.policy`; None if it lists none.

        Args:
            policy: what the room says.
        """
        if policy is None or policy.via != self.server_name:
            return None
        for key in self.signing_policy_keys:
            if key.verify_key.raw == policy.public_key:
                return key
        return None

    def policy_key_for(self, policy: RoomPolicy | None) -> PolicySigningKey:
        """Return the key that signs for a room: the one it lists, or else that for new rooms."""
        return self.find_listed_key(policy) or self.policy_key
