"""Checks of `countersign doctor`: how other servers see us, and the state of our rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from countersign.basics.durations import HOUR_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.ports.federation import FederationClient
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import split_server_name
from countersign.protocol.keys.notaries import Notary, notary_question, parse_notary_answer
from countersign.protocol.keys.server_keys import parse_server_keys
from countersign.service.identity import Identity
from countersign.service.rooms.room_alerts import AlertKind

CLOCK_SERVERS: Final = 3
"""Maximum number of servers that are asked for the time."""
CLOCK_WARN_MS: Final = 30_000
CLOCK_FAIL_MS: Final = HOUR_MS
"""Tolerated error of our clock: our keys are valid for a day, so hours make them look expired."""

OUTAGES: Final = frozenset(
    {AlertKind.KEY_MISMATCH.value, AlertKind.LEAKED_KEY.value, AlertKind.ACL_DENIED.value}
)
"""Alerts of rooms in which messages fail now, or which are unprotected."""


PART_REMEDIES: Final = {
    "database": "Free space on its disk, and see that the file is there and the server's user may "
    "write it and its folder. The server goes on by itself.",
}
WARNING_REMEDIES: Final = {
    "management": "See docs/management-room.md: the room must be unencrypted, our user invited.",
    "shared-counters": "docs/shared-counters.md says for each reason what to do. Until then each "
    "process counts rates and waves on its own; it comes back by itself.",
    "workers": "A worker that hangs is replaced after half a minute, one that ends at once, ever "
    "more slowly if it fails again. The log says why.",
    "machines": "See docs/several-processes.md#several-machines.",
    "certificates": "Renew it. The server reads its files again within a minute, or at once after "
    "systemctl reload countersign or SIGHUP.",
    "disk": "Free space before writes fail: new events are then answered 503.",
}
BACKGROUND_REMEDY: Final = (
    "The server starts this work again by itself, ever more slowly. If it goes on failing, its log "
    "has the whole error (background work failed): report it."
)


class Outcome(StrEnum):
    """Result of a check."""

    OK = "ok"
    WARN = "warn"
    """It works, but could be better; or it is a moderator's choice."""
    FAIL = "fail"
    """It does not work."""
    SKIP = "skip"
    """It could not be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Result of one check.

    Attributes:
        name: what was checked, in a word; several checks may have the same name.
        outcome: the result.
        message: the result in a sentence; may contain text from other servers.
        remedy: what to do about it; empty for nothing.
    """

    name: str
    outcome: Outcome
    message: str
    remedy: str = ""


class Doctor:
    """Checks our server from outside, as another server or a client would.

    Args:
        identity: our name and keys, which the answers must have.
        federation: resolves names and connects as for any other server.
    """

    def __init__(self, identity: Identity, *, federation: FederationClient, clock: Clock) -> None:
        self._identity = identity
        self._federation = federation
        self._clock = clock
        self._name = identity.server_name
        self._host = split_server_name(identity.server_name).host

    async def check_server_name(self) -> Check:
        """Check that our name leads to us, with a certificate that others accept, and our key."""
        server_key = self._identity.server_key
        try:
            document = await self._federation.server_keys(self._name)
            keys = parse_server_keys(document, self._name, self._clock.now_ts())
        except (PeerUnavailable, PeerRefused) as error:
            return self._server_name(Outcome.FAIL, f"{error}.", self._remedy(error))
        except ProtocolError as error:
            return self._server_name(
                Outcome.FAIL,
                f"Another server answers to {self._name}: {error}",
                "Lead DNS, or the reverse proxy, to this server.",
            )
        if keys.verify_keys.get(server_key.key_id) != server_key.verify_key:
            return self._server_name(
                Outcome.FAIL,
                f"{self._name} answers with another server key than {server_key.key_id}.",
                "Another Countersign answers there, or this one was started with other keys: "
                "start it again.",
            )
        return self._server_name(
            Outcome.OK, f"Other servers reach {self._name}; certificate and key are right."
        )

    async def check_clock(self, servers: Sequence[str]) -> Check:
        """Compare our clock with that of the first of `servers` that sends a time."""
        for server in servers[:CLOCK_SERVERS]:
            asked_ts = self._clock.now_ts()
            try:
                theirs_ts = await self._federation.clock_ts(server)
            except (PeerUnavailable, PeerRefused):
                continue
            if theirs_ts is not None:
                # Their time is cut to the second, and was read between our request and their
                # answer.
                middle_ts = (asked_ts + self._clock.now_ts()) // 2
                return _clock(server, middle_ts - theirs_ts - 500)
        if not servers:
            return Check(
                name="clock",
                outcome=Outcome.SKIP,
                message="There is no room, so no server to compare the clock with.",
            )
        return Check(
            name="clock", outcome=Outcome.SKIP, message="No server of our rooms told the time."
        )

    async def check_notary(self, notary: Notary) -> Check:
        """Check that a notary answers, with a key that is pinned in our settings."""
        name, now_ts = notary.server_name, self._clock.now_ts()
        try:
            document = await self._federation.server_keys(name)
            keys = parse_server_keys(document, name, now_ts)
            answer = await self._federation.query_keys(name, notary_question({name: {}}))
            parse_notary_answer(answer, notary, [name], now_ts)
        except (PeerUnavailable, PeerRefused, ProtocolError) as error:
            return _notary(
                Outcome.FAIL,
                f"{name} does not answer as a notary: {error}",
                "Until it does, or another one is named, servers that are away cannot be verified.",
            )
        if not any(keys.verify_keys.get(key_id) == key for key_id, key in notary.keys.items()):
            return _notary(
                Outcome.FAIL,
                f"{name} signs with {', '.join(keys.verify_keys)}, and that is not what is pinned "
                "in federation: notaries.",
                "Nothing that it tells is believed. Learn its key from somebody whom you trust.",
            )
        return _notary(Outcome.OK, f"{name} answers, and its key is the pinned one.")

    def _server_name(self, outcome: Outcome, message: str, remedy: str = "") -> Check:
        return Check(name="server name", outcome=outcome, message=message, remedy=remedy)

    def _remedy(self, error: PeerUnavailable | PeerRefused) -> str:
        trouble = Trouble.ANSWER if isinstance(error, PeerRefused) else error.trouble
        match trouble:
            case Trouble.NAME:
                return f"Make a DNS record (A or AAAA) for {self._host}."
            case Trouble.NAME_SERVERS:
                return (
                    "No name server told this machine where the name leads. See that those of "
                    "/etc/resolv.conf answer, and those of the domain."
                )
            case Trouble.ADDRESS:
                return (
                    "From here the name leads to a private address. Is that meant (a network of "
                    "your own)? Then add it to federation: allow_networks. If only this machine "
                    "sees it so (/etc/hosts, split DNS), look from outside."
                )
            case Trouble.CONNECTION:
                return (
                    "Is the server running, and the port open in the firewall? Without a port in "
                    "the server name, a /.well-known/matrix/server or an SRV record, others come "
                    "to port 8448. Some routers let nobody out and in again: then look from "
                    "outside."
                )
            case Trouble.TLS:
                return (
                    f"Others demand a certificate for {self._host}, with its whole chain, from a "
                    "public authority (one of your own: federation: ca_certificates). It is in "
                    "`listen: tls:`, or in the reverse proxy."
                )
            case Trouble.ANSWER:
                return "Have the reverse proxy pass /_matrix/ on to Countersign, and untouched."


def _notary(outcome: Outcome, message: str, remedy: str = "") -> Check:
    return Check(name="notary", outcome=outcome, message=message, remedy=remedy)


def _clock(server: str, ahead_ms: int) -> Check:
    off_ms = abs(ahead_ms)
    if off_ms <= CLOCK_WARN_MS:
        return Check(
            name="clock", outcome=Outcome.OK, message=f"Our clock agrees with that of {server}."
        )
    side = "ahead of" if ahead_ms > 0 else "behind"
    return Check(
        name="clock",
        outcome=Outcome.FAIL if off_ms > CLOCK_FAIL_MS else Outcome.WARN,
        message=f"Our clock is {off_ms // 1000:,} seconds {side} that of {server}.",
        remedy="Keep this machine's clock with NTP (systemd-timesyncd, chrony). If it is right "
        "already, theirs is wrong.",
    )
