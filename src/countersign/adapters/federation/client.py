"""Our requests of other servers: signed, guarded, bounded in size and time."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.bodies import BodyUnusable, read_body, read_pieces
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.federation.reasons import reason_of, trouble_of
from countersign.adapters.federation.resolver import ServerResolver
from countersign.adapters.federation.well_known import (
    WellKnownFailed,
    WellKnownFetcher,
    following,
    well_known_url,
)
from countersign.basics.printable_text import spaced
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.ports.federation import MAX_LISTED
from countersign.ports.randomness import Randomness
from countersign.protocol.canonical_json import (
    MAX_EVENT_VALUES,
    JsonObject,
    encode_canonical,
    parse_object,
)
from countersign.protocol.errors import ProtocolError
from countersign.protocol.json_pieces import Field, Items, Wanted
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.keys.x_matrix import authorization_header
from countersign.protocol.server_discovery import Target

MAX_REQUESTS = 100
"""Requests in flight; the others wait, and their time runs."""
MAX_ERROR_BYTES = 16 * 1024
MAX_ERRCODE_CHARS = 100
MAX_ERROR_CHARS = 300

Body = TypeVar("Body")

_OK = 200
_CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one answer may cost us.

    Attributes:
        max_bytes: the longest body.
        seconds: from the moment the server's targets are known to the last byte.
    """

    max_bytes: int
    seconds: float


KEYS = Budget(64 * 1024, 5.0)
NOTARY = Budget(1024 * 1024, 30.0)
"""Long, since a notary first looks itself for keys that it lacks."""
VERSION = Budget(64 * 1024, 10.0)
WELL_KNOWN = Budget(64 * 1024, 10.0)
DIRECTORY = Budget(256 * 1024, 15.0)
HIERARCHY = Budget(16 * 1024 * 1024, 30.0)
TEMPLATE = Budget(256 * 1024, 30.0)
JOINED_ROOM = Budget(64 * 1024 * 1024, 120.0)
RECEIPT = Budget(256 * 1024, 60.0)
STATE_IDS = Budget(16 * 1024 * 1024, 60.0)
EVENT = Budget(256 * 1024, 20.0)
TRANSACTION = Budget(256 * 1024, 60.0)

JOINED_ROOM_FIELDS: Wanted = {
    "state": Items(MAX_LISTED),
    "event": Field(),
    "members_omitted": Field(),
}
STATE_FIELDS: Wanted = {"pdus": Items(MAX_LISTED)}
STATE_IDS_FIELDS: Wanted = {"pdu_ids": Items(MAX_LISTED, max_item_bytes=2 * 1024)}
HIERARCHY_FIELDS: Wanted = {
    "room": {"room_id": Field(), "children_state": Items(MAX_LISTED)},
    "children": Items(MAX_LISTED),
}


class HttpFederationClient:
    """The `FederationClient` port over HTTPS.

    Args:
        server_name: ours.
        key: signs our requests.
        session: the guarded session.
        resolver: finds where servers are.
        well_known_port: where well-known files are served; another one only in tests.
    """

    def __init__(
        self,
        server_name: str,
        key: ServerSigningKey,
        session: aiohttp.ClientSession,
        resolver: ServerResolver,
        *,
        well_known_port: int = 443,
    ) -> None:
        self._server_name = server_name
        self._key = key
        self._session = session
        self._resolver = resolver
        self._well_known_port = well_known_port
        self._places = asyncio.Semaphore(MAX_REQUESTS)

    async def server_keys(self, server: str) -> bytes:
        """Return the server's own key document as received, not yet verified."""
        path = "/_matrix/key/v2/server"
        return (await self._request(server, "GET", path, KEYS, is_signed=False)).body

    async def query_keys(self, notary: str, question: JsonObject) -> bytes:
        """Return a notary's answer about other servers' keys as received, not yet verified."""
        path = "/_matrix/key/v2/query"
        content = encode_canonical(question)
        return (await self._request(notary, "POST", path, NOTARY, content, is_signed=False)).body

    async def version(self, server: str) -> JsonObject:
        """Return what software the server says it runs."""
        path = "/_matrix/federation/v1/version"
        received = await self._request(server, "GET", path, VERSION, is_signed=False)
        return _object(server, received.body)

    async def clock_ts(self, server: str) -> int | None:
        """Return what time it is for the server, in ms since the epoch, to the second."""
        path = "/_matrix/federation/v1/version"
        received = await self._request(server, "GET", path, VERSION, is_signed=False)
        return None if received.date is None else _timestamp(received.date)

    async def policy_well_known(self, host: str) -> JsonObject:
        """Return the policy server document that the host publishes for clients."""
        url = well_known_url(host, "policy_server", https_port=self._well_known_port)
        try:
            async with (
                asyncio.timeout(WELL_KNOWN.seconds),
                following(self._session, url) as response,
            ):
                await _check_status(host, response)
                return _object(host, await read_body(response, WELL_KNOWN.max_bytes))
        except (aiohttp.ClientError, OSError, BodyUnusable, ValueError) as error:
            raise PeerUnavailable(f"{host}: {reason_of(error)}", trouble_of(error)) from error
        except WellKnownFailed as error:
            raise PeerUnavailable(f"{host}: {error}") from error

    async def room_for_alias(self, server: str, alias: str) -> JsonObject:
        """Ask the alias's server which room it stands for: `room_id` and `servers`."""
        uri = f"/_matrix/federation/v1/query/directory?room_alias={quote(alias, safe='')}"
        return _object(server, (await self._request(server, "GET", uri, DIRECTORY)).body)

    async def hierarchy(self, server: str, room_id: str) -> JsonObject:
        """Ask a server of a space what is in it: `room` with `children_state`, and `children`."""
        uri = f"{_path('/_matrix/federation/v1/hierarchy', room_id)}?suggested_only=false"
        return await self._request_pieces(server, "GET", uri, HIERARCHY, HIERARCHY_FIELDS)

    async def make_join(
        self, server: str, room_id: str, user_id: str, room_versions: Sequence[str]
    ) -> JsonObject:
        """Ask for a template of our join: `event` and `room_version`."""
        path = _path("/_matrix/federation/v1/make_join", room_id, user_id)
        query = urlencode([("ver", version) for version in room_versions], quote_via=quote, safe="")
        received = await self._request(server, "GET", f"{path}?{query}", TEMPLATE)
        return _object(server, received.body)

    async def send_join(
        self, server: str, room_id: str, event_id: str, event: JsonObject
    ) -> JsonObject:
        """Send our signed join; return `state` and the rest, without the auth chain."""
        path = _path("/_matrix/federation/v2/send_join", room_id, event_id)
        content = encode_canonical(event)
        return await self._request_pieces(
            server, "PUT", path, JOINED_ROOM, JOINED_ROOM_FIELDS, content
        )

    async def make_leave(self, server: str, room_id: str, user_id: str) -> JsonObject:
        """Ask for a template of our leave: `event` and `room_version`."""
        path = _path("/_matrix/federation/v1/make_leave", room_id, user_id)
        received = await self._request(server, "GET", path, TEMPLATE)
        return _object(server, received.body)

    async def state_ids(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for the IDs of a room's state before one of its events: `pdu_ids`."""
        uri = _at_event("/_matrix/federation/v1/state_ids", room_id, event_id)
        return await self._request_pieces(server, "GET", uri, STATE_IDS, STATE_IDS_FIELDS)

    async def state(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for a room's whole state before one of its events: `pdus`."""
        uri = _at_event("/_matrix/federation/v1/state", room_id, event_id)
        return await self._request_pieces(server, "GET", uri, JOINED_ROOM, STATE_FIELDS)

    async def event(self, server: str, event_id: str) -> JsonObject:
        """Ask for one event of a room that we are in: `pdus`, which holds that one."""
        path = _path("/_matrix/federation/v1/event", event_id)
        return _object(server, (await self._request(server, "GET", path, EVENT)).body)

    async def send_leave(self, server: str, room_id: str, event_id: str, event: JsonObject) -> None:
        """Send our signed leave."""
        path = _path("/_matrix/federation/v2/send_leave", room_id, event_id)
        await self._request(server, "PUT", path, RECEIPT, encode_canonical(event))

    async def send_transaction(self, server: str, txn_id: str, transaction: JsonObject) -> None:
        """Push events, or ephemeral ones."""
        path = _path("/_matrix/federation/v1/send", txn_id)
        await self._request(server, "PUT", path, TRANSACTION, encode_canonical(transaction))

    async def _request(
        self,
        server: str,
        method: str,
        uri: str,
        budget: Budget,
        content: bytes | None = None,
        *,
        is_signed: bool = True,
    ) -> "_Received[bytes]":
        """Return a 200 answer with its whole body, as `_request_and_read`."""
        return await self._request_and_read(
            server, method, uri, budget, content, is_signed=is_signed, read=read_body
        )

    async def _request_pieces(
        self,
        server: str,
        method: str,
        uri: str,
        budget: Budget,
        wanted: Wanted,
        content: bytes | None = None,
    ) -> JsonObject:
        """Return the wanted pieces of a long 200 answer, as `_request_and_read`."""

        async def read(response: aiohttp.ClientResponse, max_bytes: int) -> JsonObject:
            return await read_pieces(response, max_bytes, wanted)

        received = await self._request_and_read(server, method, uri, budget, content, read=read)
        return received.body

    async def _request_and_read(
        self,
        server: str,
        method: str,
        uri: str,
        budget: Budget,
        content: bytes | None = None,
        *,
        is_signed: bool = True,
        read: Callable[[aiohttp.ClientResponse, int], Awaitable[Body]],
    ) -> "_Received[Body]":
        """Return a 200 answer, from the first target that can be connected to.

        Args:
            server: the server name.
            method: upper case.
            uri: path and query, percent-encoded: sent exactly as it is signed.
            budget: what the answer may cost.
            content: the body as canonical JSON, if there is one.
            is_signed: put our signature on it; a few endpoints are for everyone.
            read: reads the body, up to a number of bytes.

        Raises:
            PeerUnavailable: with the reason, for our log only.
            PeerRefused: the server answered with a Matrix error.
        """
        targets = await self._resolver.targets(server)
        headers = {} if content is None else {"Content-Type": "application/json"}
        if is_signed:
            headers["Authorization"] = authorization_header(
                method, uri, self._server_name, server, content, self._key
            )
        failures: list[str] = []
        trouble = Trouble.ANSWER
        try:
            async with asyncio.timeout(budget.seconds), self._places:
                for target in targets:
                    try:
                        response = await self._open(target, method, uri, headers, content)
                    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                        failures.append(reason_of(error))
                        trouble = trouble_of(error)
                        continue
                    async with response:
                        await _check_status(server, response)
                        body = await read(response, budget.max_bytes)
                        return _Received(body, response.headers.get("Date"))
        except (aiohttp.ClientError, OSError, BodyUnusable) as error:
            failures.append(reason_of(error))
            trouble = trouble_of(error)
        raise PeerUnavailable(f"{server}: {'; '.join(failures)}", trouble)

    async def _open(
        self, target: Target, method: str, uri: str, headers: dict[str, str], content: bytes | None
    ) -> aiohttp.ClientResponse:
        return await self._session.request(
            method,
            _url(target, uri),
            headers={**headers, "Host": target.host_header},
            data=content,
            server_hostname=target.tls_name,
            allow_redirects=False,
        )


@asynccontextmanager
async def federation_client(
    *,
    server_name: str,
    key: ServerSigningKey,
    clock: Clock,
    randomness: Randomness,
    guard: AddressGuard,
    tls: ssl.SSLContext,
    nameservers: Sequence[str] | None = None,
    well_known_port: int = 443,
) -> AsyncIterator[HttpFederationClient]:
    """Open a federation client with its resolver and session, and close them afterwards.

    Args:
        server_name: ours.
        key: signs our requests.
        clock: for how long look-ups are remembered.
        randomness: shares load among the machines of a server.
        guard: says which addresses may be connected to.
        tls: from `make_tls_context`.
        nameservers: DNS servers to ask in place of the system's.
        well_known_port: another than 443 only in tests.
    """
    dns = DnsResolver(nameservers)
    try:
        async with open_session(guard, dns, tls) as session:
            well_known = WellKnownFetcher(session, clock, https_port=well_known_port)
            resolver = ServerResolver(dns, well_known, clock, randomness)
            try:
                yield HttpFederationClient(
                    server_name, key, session, resolver, well_known_port=well_known_port
                )
            finally:
                await resolver.close()
    finally:
        await dns.close()


@dataclass(frozen=True, slots=True)
class _Received(Generic[Body]):
    """What of an answer is looked at."""

    body: Body
    date: str | None


async def _check_status(server: str, response: aiohttp.ClientResponse) -> None:
    if response.status == _OK:
        return
    if response.status in _CLIENT_ERRORS:
        raise _refusal(server, response.status, await read_body(response, MAX_ERROR_BYTES))
    raise PeerUnavailable(f"{server}: answered {response.status}")


def _timestamp(date: str) -> int | None:
    """Read a `Date` header."""
    try:
        moment = parsedate_to_datetime(date)
        # Without a zone it is in none, which HTTP does not allow; all say GMT.
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def _path(prefix: str, *segments: str) -> str:
    return "/".join([prefix, *(quote(segment, safe="") for segment in segments)])


def _at_event(prefix: str, room_id: str, event_id: str) -> str:
    return f"{_path(prefix, room_id)}?event_id={quote(event_id, safe='')}"


def _url(target: Target, uri: str) -> URL:
    host = f"[{target.host}]" if ":" in target.host else target.host
    # `encoded`: not one byte of the path may change, since it is signed.
    return URL(f"https://{host}:{target.port}{uri}", encoded=True)


def _object(server: str, body: bytes) -> JsonObject:
    """Read an answer by the rules for requests.

    Raises:
        PeerUnavailable: it is no JSON object, or more than an event and what goes with it.
    """
    try:
        answer: JsonObject = parse_object(body, max_values=MAX_EVENT_VALUES).value
    except ProtocolError as error:
        raise PeerUnavailable(
            f"{server}: the answer is not JSON that we can read: {error}"
        ) from error
    return answer


def _refusal(server: str, status: int, body: bytes) -> PeerRefused:
    """Read a Matrix error.

    Raises:
        PeerUnavailable: it is none, but perhaps the page of a proxy.
    """
    answer = _object(server, body)
    errcode, error = answer.get("errcode"), answer.get("error")
    if not isinstance(errcode, str):
        raise PeerUnavailable(f"{server}: answered {status} without a Matrix error code")
    words = error if isinstance(error, str) else ""
    return PeerRefused(status, spaced(errcode)[:MAX_ERRCODE_CHARS], spaced(words)[:MAX_ERROR_CHARS])
