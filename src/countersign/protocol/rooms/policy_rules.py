"""Moderation policy rules: recommendations of a list room for users, servers and rooms.

Spec: https://spec.matrix.org/v1.18/client-server-api/#moderation-policy-lists
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.protocol.rooms.server_acls import GlobSet

MAX_POLICY_RULES: Final = 50_000
"""Maximum number of rules of one room that are kept, those included that were taken back."""
MAX_ENTITY_CHARS: Final = 255
MAX_REASON_CHARS: Final = 300

_MAX_HASH_CHARS: Final = 64
_MAX_RECOMMENDATION_CHARS: Final = 64
_SHA256_BYTES: Final = 32
_HASH_KEYS: Final = ("hashes", "org.matrix.msc4205.hashes")


class EntityKind(StrEnum):
    """Kind of entity that a rule describes."""

    USER = "user"
    SERVER = "server"
    ROOM = "room"


class Recommendation(StrEnum):
    """Recommendation of a rule."""

    BAN = "ban"
    TAKEDOWN = "takedown"
    """A ban of content that should be removed."""
    UNBAN = "unban"
    """Exemption from the bans of lists with lower priority."""


POLICY_RULE_TYPES: Final[Mapping[str, EntityKind]] = MappingProxyType(
    {
        f"{prefix}.{kind.value}": kind
        for prefix in ("m.policy.rule", "m.room.rule", "org.matrix.mjolnir.rule")
        for kind in EntityKind
    }
)
"""The event types of rules, with older ones that lists still use."""

_RECOMMENDATIONS: Final = {
    "m.ban": Recommendation.BAN,
    "org.matrix.mjolnir.ban": Recommendation.BAN,
    "m.takedown": Recommendation.TAKEDOWN,
    "org.matrix.msc4204.takedown": Recommendation.TAKEDOWN,
    "m.unban": Recommendation.UNBAN,
    "fi.mau.meowlnir.unban": Recommendation.UNBAN,
}


@dataclass(frozen=True, kw_only=True)
class PolicyRule:
    """A rule with a known recommendation.

    Attributes:
        kind: the kind of its entity.
        entity: an identifier or a glob, in lower case except for rooms; empty for a hashed entity.
        digest: the SHA-256 of a hashed entity.
        recommendation: its recommendation.
        reason: its reason, as written.
        event_id: ID of its event.
        sender: its author.
        known_since_ts: time of receipt, in ms since the epoch.
    """

    kind: EntityKind
    entity: str
    digest: bytes = b""
    recommendation: Recommendation
    reason: str = ""
    event_id: str = ""
    sender: str = ""
    known_since_ts: int = 0

    @property
    def is_glob(self) -> bool:
        """True if its entity is a glob."""
        return "*" in self.entity or "?" in self.entity

    @property
    def is_for_everyone(self) -> bool:
        """True if it matches everybody, such as `*` or `@*:*`."""
        return bool(self.entity) and not self.entity.strip("*?@:.#!")

    @property
    def shown(self) -> str:
        """The entity or its hash, as text for moderators."""
        return self.entity or f"sha256:{self.digest.hex()}"

    def describes(self, identifier: str) -> bool:
        """Return True if the rule matches this user, server or room."""
        if self.digest:
            return self.digest in digests(identifier)
        name = comparable(self.kind, identifier)
        return self._globs.matches(name) if self.is_glob else name == self.entity

    @cached_property
    def _globs(self) -> GlobSet:
        return GlobSet.of([self.entity])


def is_policy_rule(event_type: str) -> bool:
    """Return True if events of this type are policy rules."""
    return event_type in POLICY_RULE_TYPES


def trimmed_rule(content: JsonObject) -> JsonObject:
    """Return the needed fields of a rule's content; empty without an entity or recommendation."""
    trimmed: JsonObject = {}
    entity, reason = content.get("entity"), content.get("reason")
    recommendation = content.get("recommendation")
    if isinstance(entity, str) and len(entity) <= MAX_ENTITY_CHARS:
        trimmed["entity"] = entity
    for key in _HASH_KEYS:
        hashes: Any = content.get(key)
        digest = hashes.get("sha256") if isinstance(hashes, dict) else None
        if isinstance(digest, str) and len(digest) <= _MAX_HASH_CHARS:
            trimmed["hashes"] = {"sha256": digest}
            break
    if not trimmed or not isinstance(recommendation, str):
        return {}
    trimmed["recommendation"] = recommendation[:_MAX_RECOMMENDATION_CHARS]
    if isinstance(reason, str):
        trimmed["reason"] = reason[:MAX_REASON_CHARS]
    return trimmed


def parse_policy_rule(
    event_type: str,
    content: JsonObject,
    *,
    event_id: str = "",
    sender: str = "",
    known_since_ts: int = 0,
) -> PolicyRule | None:
    """Return the rule that an event sets; None if it removes one or has no known recommendation.

    Args:
        event_type: one of `POLICY_RULE_TYPES`.
        content: a result of `trimmed_rule`.
        event_id: ID of the event.
        sender: its sender.
        known_since_ts: time of receipt, in ms since the epoch.
    """
    recommendation = _RECOMMENDATIONS.get(content.get("recommendation", ""))
    entity = content.get("entity", "")
    kind = POLICY_RULE_TYPES[event_type]
    digest = b"" if entity else _digest_in(content)
    if recommendation is None or not (entity or digest):
        return None
    return PolicyRule(
        kind=kind,
        entity=comparable(kind, entity),
        digest=digest,
        recommendation=recommendation,
        reason=content.get("reason", ""),
        event_id=event_id,
        sender=sender,
        known_since_ts=known_since_ts,
    )


def comparable(kind: EntityKind, identifier: str) -> str:
    """Return an identifier as rules of its kind compare it."""
    # Servers treat user IDs and server names that differ in case only as others, and people do not.
    return identifier if kind is EntityKind.ROOM else identifier.lower()


def digests(identifier: str) -> set[bytes]:
    """Return the SHA-256 of each spelling that a hashed rule may use."""
    # Identifiers of other servers may hold half characters.
    spellings = {identifier, identifier.lower()}
    return {sha256(each.encode(errors="surrogatepass")).digest() for each in spellings}


def _digest_in(content: JsonObject) -> bytes:
    hashes: Any = content.get("hashes")
    text = hashes.get("sha256") if isinstance(hashes, dict) else None
    if not isinstance(text, str):
        return b""
    try:
        digest = unpadded_base64.decode(text)
    except BadJson:
        return b""
    return digest if len(digest) == _SHA256_BYTES else b""
