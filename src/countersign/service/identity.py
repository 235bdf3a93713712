"""Who we are to other servers."""

from dataclasses import dataclass

from countersign.protocol.signing_keys import PolicySigningKey, ServerSigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Our server, our user in the rooms, and the keys that speak for them.

    Attributes:
        server_name: our server name.
        user_id: the user that joins rooms; belongs to `server_name`.
        server_key: signs requests and our own membership events.
        policy_key: the key that rooms list in `m.room.policy`.
        display_name: what people see in the member list; None for the bare user ID.
    """

    server_name: str
    user_id: str
    server_key: ServerSigningKey
    policy_key: PolicySigningKey
    display_name: str | None = None
