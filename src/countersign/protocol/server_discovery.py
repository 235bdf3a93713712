"""Server name resolution as a generator that yields lookups and returns targets.

It has no access to the network. The caller makes the lookups, caches them, and decides which
addresses may be connected to.

Spec: https://spec.matrix.org/v1.18/server-server-api/#resolving-server-names
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from countersign.protocol.canonical_json import parse_object
from countersign.protocol.errors import BadJson, ProtocolError
from countersign.protocol.identifiers import (
    HostPort,
    is_server_name,
    parse_server_name,
    split_server_name,
)

DEFAULT_PORT: Final = 8448
MAX_TARGETS: Final = 4
MAX_WELL_KNOWN_BYTES: Final = 50 * 1024
_MAX_SRV_RECORDS: Final = 64
_MAX_PORT: Final = 65_535
_SHARE_OF_WEIGHT_ZERO: Final = 0.01


@dataclass(frozen=True, slots=True)
class WellKnownLookup:
    """Request for the body of `https://<host>/.well-known/matrix/server`; None if it failed."""

    host: str


@dataclass(frozen=True, slots=True)
class SrvLookup:
    """Request for the SRV records of `name`, in any order; an empty answer if there are none."""

    name: str


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """One SRV record; `target` with or without the final dot."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Target:
    """Address of a server, with the name of its certificate and its `Host` header.

    Attributes:
        host: a DNS name to resolve, or an IP address without brackets.
        port: 1 to 65535.
        tls_name: the name or IP address, without brackets, that the certificate must be valid for.
        host_header: the value of the `Host` header.
        is_ip_literal: True if `host` is an IP address.
    """

    host: str
    port: int
    tls_name: str
    host_header: str
    is_ip_literal: bool = False


Lookup = WellKnownLookup | SrvLookup
Answer = bytes | None | Sequence[SrvRecord]
Resolution = Generator[Lookup, Answer, tuple[Target, ...]]


def resolution(server_name: str, chance: Callable[[], float]) -> Resolution:
    """Resolve a server name.

    The caller sends the answer of each yielded lookup. After a temporary failure (a timeout, a
    broken DNS server) it closes the generator and tries again later.

    Args:
        server_name: the server's name.
        chance: returns random numbers in [0, 1), to share load among SRV records.

    Returns:
        At most 4 targets, best first; none if the server's records say that it is unreachable.

    Raises:
        BadJson: `server_name` is not a valid server name.
    """
    name = split_server_name(server_name)
    if name.is_ip_literal or name.port is not None:  # steps 1 and 2
        return (_direct_target(server_name, name),)
    delegated = _find_delegated_name((yield WellKnownLookup(name.host)))  # step 3
    if delegated is None:  # steps 4 to 6
        return (yield from _by_srv(name.host, chance))
    delegated_name = split_server_name(delegated)
    if delegated_name.is_ip_literal or delegated_name.port is not None:  # steps 3.1 and 3.2
        return (_direct_target(delegated, delegated_name),)
    return (yield from _by_srv(delegated_name.host, chance))  # steps 3.3 to 3.5


def parse_well_known(raw: bytes) -> str:
    """Return the server name that a `/.well-known/matrix/server` document delegates to.

    Raises:
        ProtocolError: it is longer than 50 KiB or not a JSON object, or `m.server` is not a valid
            server name.
    """
    if len(raw) > MAX_WELL_KNOWN_BYTES:
        raise BadJson(f"The well-known document has more than {MAX_WELL_KNOWN_BYTES} bytes.")
    delegated = parse_object(raw).value.get("m.server")
    if not isinstance(delegated, str):
        raise BadJson("The well-known document has no m.server.")
    return parse_server_name(delegated)


def order_srv_records(records: Iterable[SrvRecord], chance: Callable[[], float]) -> list[SrvRecord]:
    """Return records in the order to try them: by priority, then at random by weight.

    Spec:
        RFC 2782, "Usage rules".
    """
    ordered = []
    by_priority = sorted(records, key=lambda r: (r.priority, r.weight, r.target, r.port))
    for _, group in groupby(by_priority, key=lambda record: record.priority):
        waiting = list(group)
        while waiting:
            ordered.append(waiting.pop(_pick([record.weight for record in waiting], chance())))
    return ordered


def _direct_target(name: str, parts: HostPort) -> Target:
    port = DEFAULT_PORT if parts.port is None else parts.port
    return Target(parts.host, port, parts.host, name, parts.is_ip_literal)


def _find_delegated_name(answer: Answer) -> str | None:
    if not isinstance(answer, bytes):
        return None
    try:
        return parse_well_known(answer)
    except ProtocolError:
        return None


def _by_srv(host: str, chance: Callable[[], float]) -> Resolution:
    for service in ("_matrix-fed._tcp", "_matrix._tcp"):
        answer = yield SrvLookup(f"{service}.{host}")
        if answer is None or isinstance(answer, bytes) or not answer:
            continue
        usable = (record for record in islice(answer, _MAX_SRV_RECORDS) if _is_usable(record))
        return tuple(
            Target(record.target.removesuffix("."), record.port, tls_name=host, host_header=host)
            for record in order_srv_records(usable, chance)[:MAX_TARGETS]
        )
    return (Target(host, DEFAULT_PORT, tls_name=host, host_header=host),)


def _is_usable(record: SrvRecord) -> bool:
    """Return True for a valid port and a host name, neither an address nor `.` (no service)."""
    target = record.target.removesuffix(".")
    return (
        0 < record.port <= _MAX_PORT
        and is_server_name(target)
        and split_server_name(target) == HostPort(target, None, is_ip_literal=False)
    )


def _pick(weights: list[int], chance: float) -> int:
    shares = [weight or _SHARE_OF_WEIGHT_ZERO for weight in weights]
    threshold = chance * sum(shares)
    running = 0.0
    for index, share in enumerate(shares):
        running += share
        if running > threshold:
            return index
    return len(weights) - 1
