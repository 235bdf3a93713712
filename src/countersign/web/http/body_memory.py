"""Limits on the memory for request bodies, and eviction of the oldest ones.

A request is authenticated by its whole body, so strangers may send bodies too. Every byte counts
from its receipt until its request is answered. If the memory is full, the oldest request that holds
some is ended. The body of an honest server arrives at once and is answered within milliseconds; one
that is sent slowly on purpose soon is the oldest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from countersign.service.limits.known_clients import UNKNOWN_CLIENT, Client

SMALL_BODY_BYTES: Final = 64 * 1024
"""Maximum size of a small body, as for an event. Larger ones have their own memory."""

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLimits:
    """Limits on one part of the memory, in bytes.

    Attributes:
        in_all: for all bodies in it together.
        per_owner: for the bodies of one network, or of a member server's registrable domain;
            without effect for clients of unknown address.
    """

    in_all: int
    per_owner: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeLimits:
    """Limits on the bodies of one group of endpoints.

    Attributes:
        small_members: for bodies up to 64 KiB from addresses of member servers.
        small_strangers: for bodies up to 64 KiB from other addresses.
        large_members: for larger bodies of member servers.
        large_strangers: for larger bodies of others.
    """

    small_members: PartLimits
    small_strangers: PartLimits
    large_members: PartLimits
    large_strangers: PartLimits

    @classmethod
    def equal(cls, in_all: int, per_owner: int) -> "PurposeLimits":
        """Return equal limits for every part."""
        part = PartLimits(in_all=in_all, per_owner=per_owner)
        return cls(
            small_members=part, small_strangers=part, large_members=part, large_strangers=part
        )


SIGN_LIMITS: Final = PurposeLimits(
    small_members=PartLimits(in_all=8 * _MIB, per_owner=2 * _MIB),
    small_strangers=PartLimits(in_all=8 * _MIB, per_owner=2 * _MIB),
    large_members=PartLimits(in_all=8 * _MIB, per_owner=2 * _MIB),
    large_strangers=PartLimits(in_all=6 * _MIB, per_owner=2 * _MIB),
)
OTHER_LIMITS: Final = PurposeLimits(
    small_members=PartLimits(in_all=4 * _MIB, per_owner=1 * _MIB),
    small_strangers=PartLimits(in_all=4 * _MIB, per_owner=1 * _MIB),
    # One transaction may be 8 MiB long.
    large_members=PartLimits(in_all=20 * _MIB, per_owner=9 * _MIB),
    large_strangers=PartLimits(in_all=12 * _MIB, per_owner=9 * _MIB),
)
PRIVATE_LIMITS: Final = PurposeLimits.equal(8 * _MIB, 8 * _MIB)
"""Limits for listeners that homeservers do not use."""

OTHER: Final = "other"


class HeldBody:
    """Received part of one request's body.

    Args:
        purpose: the memory of the request's group of endpoints.
        owner: its network, or its member server's domain; None if the client is not known.
        is_member: the client's address is a member server's.
        is_large: it is larger than 64 KiB, or its content length is.
        end_for_others: ends the request; called when its memory is needed for others.
    """

    __slots__ = ("_give_way", "_is_large", "_is_member", "_part", "_purpose", "bytes", "owner")

    def __init__(
        self,
        purpose: "_Purpose",
        *,
        owner: str | None,
        is_member: bool,
        is_large: bool,
        end_for_others: Callable[[], None],
    ) -> None:
        self.owner = owner
        self.bytes = 0
        self._purpose = purpose
        self._is_member = is_member
        self._is_large = is_large
        self._give_way = end_for_others
        self._part = purpose.part(is_member=is_member, is_large=is_large)

    def add(self, count: int) -> None:
        """Count received bytes; if the memory is full, older requests are ended, or this one."""
        if not self._is_large and self.bytes + count > SMALL_BODY_BYTES:
            count += self.bytes
            self._part.release(self)
            self._is_large = True
            self._part = self._purpose.part(is_member=self._is_member, is_large=True)
        self._part.add(self, count)

    def release(self) -> None:
        """Stop counting the body; nothing is added afterwards."""
        self._part.release(self)
        # Otherwise this and the request would be a reference cycle.
        self._give_way = _do_nothing

    def end_for_others(self) -> None:
        """End the request, to free its memory."""
        end_for_others = self._give_way
        self.release()
        end_for_others()


def _do_nothing() -> None:
    """Do nothing, for a request without a body in memory."""


class _Part:
    """The bodies that share one limit, the oldest first."""

    def __init__(self, limits: PartLimits) -> None:
        self._limits = limits
        self.held_bytes = 0
        self._held: dict[HeldBody, None] = {}
        self._by_owner: dict[str, dict[HeldBody, None]] = {}
        self._bytes_by_owner: dict[str, int] = {}

    def add(self, body: HeldBody, count: int) -> None:
        owner = body.owner
        self._held[body] = None
        body.bytes += count
        self.held_bytes += count
        if owner is not None:
            self._by_owner.setdefault(owner, {})[body] = None
            self._bytes_by_owner[owner] = self._bytes_by_owner.get(owner, 0) + count
            while self._bytes_by_owner.get(owner, 0) > self._limits.per_owner:
                next(iter(self._by_owner[owner])).end_for_others()
        while self.held_bytes > self._limits.in_all:
            next(iter(self._held)).end_for_others()

    def release(self, body: HeldBody) -> None:
        if body not in self._held:
            return
        del self._held[body]
        self.held_bytes -= body.bytes
        owner = body.owner
        if owner is not None:
            of_owner = self._by_owner[owner]
            del of_owner[body]
            self._bytes_by_owner[owner] -= body.bytes
            if not of_owner:
                del self._by_owner[owner], self._bytes_by_owner[owner]
        body.bytes = 0


class _Purpose:
    """The four parts of one group of endpoints."""

    def __init__(self, limits: PurposeLimits) -> None:
        self._parts = {
            (True, False): _Part(limits.small_members),
            (False, False): _Part(limits.small_strangers),
            (True, True): _Part(limits.large_members),
            (False, True): _Part(limits.large_strangers),
        }

    def part(self, *, is_member: bool, is_large: bool) -> _Part:
        return self._parts[is_member, is_large]

    @property
    def held_bytes(self) -> int:
        return sum(part.held_bytes for part in self._parts.values())


class BodyMemory:
    """The memory for the bodies of one listener's requests.

    Args:
        limits: by purpose; `other` is for all paths that `purposes` does not name.
        purposes: by exact path.
        client_of: returns the client of a request.
        member_at: returns the owner of a member server's address; None for other addresses.
    """

    def __init__(
        self,
        limits: Mapping[str, PurposeLimits],
        *,
        purposes: Mapping[bytes, str] | None = None,
        client_of: Callable[[Scope], Client] = lambda _: UNKNOWN_CLIENT,
        member_at: Callable[[Client], str | None] = lambda _: None,
    ) -> None:
        self._purposes = {name: _Purpose(purpose_limits) for name, purpose_limits in limits.items()}
        self._by_path = {path: self._purposes[name] for path, name in (purposes or {}).items()}
        self._other = self._purposes[OTHER]
        self._client_of = client_of
        self._member_at = member_at

    def held_bytes(self, purpose: str) -> int:
        """Return the number of bytes in use."""
        return self._purposes[purpose].held_bytes

    def hold(
        self, scope: Scope, content_length: int | None, end_for_others: Callable[[], None]
    ) -> HeldBody:
        """Return a body of which nothing was received.

        Args:
            scope: the scope of its request.
            content_length: length in bytes; None for a chunked body.
            end_for_others: ends the request, without raising.
        """
        client = self._client_of(scope)
        member = self._member_at(client)
        return HeldBody(
            self._by_path.get(scope["raw_path"], self._other),
            owner=client.network if member is None else member,
            is_member=member is not None,
            is_large=content_length is not None and content_length > SMALL_BODY_BYTES,
            end_for_others=end_for_others,
        )


def private_bodies() -> BodyMemory:
    """Return memory for a listener that homeservers do not use."""
    return BodyMemory({OTHER: PRIVATE_LIMITS})
