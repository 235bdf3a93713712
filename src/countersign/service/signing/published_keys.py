"""Keys that we publish: the server key for servers, the policy key for clients."""

from typing import Final

from countersign.ports.clock import Clock
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.keys.server_keys import server_keys_document
from countersign.protocol.rooms.policy_servers import unstable_well_known_body, well_known_body
from countersign.service.identity import Identity

SERVER_KEYS_LIFETIME_MS: Final = 24 * 60 * 60 * 1000


class Publication:
    """Our public documents, created once.

    The policy key is only in the well-known documents: as a server key, it would make every policy
    signature also a signature of our server.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#policy-servers

    Args:
        clock: tells when the key document must be signed anew.
        delegated_server: host and port at which other servers reach us.
        support: the body of `/.well-known/matrix/support`, None if there is none.
    """

    def __init__(
        self,
        identity: Identity,
        clock: Clock,
        *,
        delegated_server: str,
        support: JsonObject | None = None,
    ) -> None:
        policy_key = identity.policy_key.verify_key
        self.policy_server: JsonObject = well_known_body(policy_key)
        self.unstable_policy_server: JsonObject = unstable_well_known_body(policy_key)
        self.server: JsonObject = {"m.server": delegated_server}
        self.support = support
        self._identity = identity
        self._clock = clock
        self._server_keys: JsonObject = {}
        self._signed_ts = 0

    def server_keys(self) -> JsonObject:
        """Return our signed key document, valid for at least half a day to come.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#publishing-keys
        """
        now_ts = self._clock.now_ts()
        age_ms = now_ts - self._signed_ts
        # A negative age is a clock that was set back: the document would be valid for too long.
        if not self._server_keys or not 0 <= age_ms < SERVER_KEYS_LIFETIME_MS // 2:
            self._signed_ts = now_ts
            self._server_keys = server_keys_document(
                self._identity.server_name,
                self._identity.server_key,
                now_ts + SERVER_KEYS_LIFETIME_MS,
            )
        return self._server_keys
