"""Report of a server that has started."""

import json
from dataclasses import asdict, dataclass

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Facts for the operator about a server that has just started.

    Attributes:
        urls: where it listens.
        policy_key: the public policy key, unpadded base64.
        room_policy: the content of `m.room.policy` that names this server.
        dashboard: where the dashboard is opened; None if there is none.
    """

    urls: tuple[str, ...]
    policy_key: str
    room_policy: JsonObject
    dashboard: str | None

    def to_json(self) -> bytes:
        """Return these facts as JSON, for the supervisor."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, document: bytes) -> "Started":
        """Return the facts from the JSON of a worker."""
        fields = json.loads(document)
        return cls(**{**fields, "urls": tuple(fields["urls"])})
