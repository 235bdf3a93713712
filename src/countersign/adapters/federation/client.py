"""Our requests to other servers: signed, with address checks, bounded in size and time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from countersign.adapters.federation.bodies import BodyUnusable, read_body, read_pieces
from countersign.adapters.federation.budgets import (
    DIRECTORY,
    EVENT,
    HIERARCHY,
    HIERARCHY_FIELDS,
    JOINED_ROOM,
    JOINED_ROOM_FIELDS,
    KEYS,
    NOTARY,
    OPENID,
    RECEIPT,
    STATE_FIELDS,
    STATE_IDS,
    STATE_IDS_FIELDS,
    TEMPLATE,
    TRANSACTION,
    VERSION,
    WELL_KNOWN,
    Budget,
)
from countersign.adapters.federation.peer_answers import (
    Body,
    Received,
    at_event,
    check_status,
    object_in,
    path_of,
    timestamp_in,
    url_of,
)
from countersign.adapters.federation.reasons import reason_of, trouble_of
from countersign.adapters.federation.resolver import ServerResolver
from countersign.adapters.federation.well_known import (
    WellKnownFailed,
    following,
    well_known_url,
)
from countersign.ports.errors import PeerUnavailable, Trouble
from countersign.ports.federation import ClientDocument, PageHead
from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.protocol.json_pieces import WantedFields
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.keys.x_matrix import authorization_header
from countersign.protocol.server_discovery import Target

MAX_REQUESTS = 100
"""Maximum number of concurrent requests; others wait, which counts towards their time."""


class HttpFederationClient:
    """The `FederationClient` port over HTTPS.

    Args:
        server_name: ours.
        key: signs our requests.
        session: the guarded session.
        resolver: maps server names to addresses.
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
        """Return the server's answer on its software and version."""
        path = "/_matrix/federation/v1/version"
        received = await self._request(server, "GET", path, VERSION, is_signed=False)
        return object_in(server, received.body)

    async def clock_ts(self, server: str) -> int | None:
        """Return the server's time in ms since the epoch, with a resolution of a second."""
        path = "/_matrix/federation/v1/version"
        received = await self._request(server, "GET", path, VERSION, is_signed=False)
        return None if received.date is None else timestamp_in(received.date)

    async def client_document(self, host: str, name: str) -> ClientDocument:
        """Return a document that the host publishes for clients."""
        url = well_known_url(host, name, https_port=self._well_known_port)
        async with self._browsing(host, url) as response:
            await check_status(host, response)
            content = object_in(host, await read_body(response, WELL_KNOWN.max_bytes))
            allowed = response.headers.get("Access-Control-Allow-Origin")
            return ClientDocument(content, allowed == "*")

    async def page(self, url: str) -> PageHead:
        """Return the answer of an `https` address to a browser, without its body."""
        address = URL(url)
        async with self._browsing(address.host or "", address) as response:
            return PageHead(response.status, response.content_type)

    @asynccontextmanager
    async def _browsing(self, host: str, url: URL) -> AsyncIterator[aiohttp.ClientResponse]:
        """Get an address as clients do; raises the errors of `FederationClient`."""
        try:
            async with (
                asyncio.timeout(WELL_KNOWN.seconds),
                following(self._session, url) as response,
            ):
                yield response
        except (aiohttp.ClientError, OSError, BodyUnusable, ValueError) as error:
            raise PeerUnavailable(f"{host}: {reason_of(error)}", trouble_of(error)) from error
        except WellKnownFailed as error:
            raise PeerUnavailable(f"{host}: {error}") from error

    async def room_for_alias(self, server: str, alias: str) -> JsonObject:
        """Ask the alias's server for its room: `room_id` and `servers`."""
        uri = f"/_matrix/federation/v1/query/directory?room_alias={quote(alias, safe='')}"
        return object_in(server, (await self._request(server, "GET", uri, DIRECTORY)).body)

    async def openid_userinfo(self, server: str, token: str) -> JsonObject:
        """Ask a server for the user of an OpenID token: `sub`, a user ID that is not validated."""
        uri = f"/_matrix/federation/v1/openid/userinfo?access_token={quote(token, safe='')}"
        received = await self._request(server, "GET", uri, OPENID, is_signed=False)
        return object_in(server, received.body)

    async def hierarchy(self, server: str, room_id: str) -> JsonObject:
        """Ask a server for the content of a space: `room` with `children_state`, and `children`."""
        uri = f"{path_of('/_matrix/federation/v1/hierarchy', room_id)}?suggested_only=false"
        return await self._request_pieces(server, "GET", uri, HIERARCHY, HIERARCHY_FIELDS)

    async def make_join(
        self, server: str, room_id: str, user_id: str, room_versions: Sequence[str]
    ) -> JsonObject:
        """Ask for a template of our join: `event` and `room_version`."""
        path = path_of("/_matrix/federation/v1/make_join", room_id, user_id)
        query = urlencode([("ver", version) for version in room_versions], quote_via=quote, safe="")
        received = await self._request(server, "GET", f"{path}?{query}", TEMPLATE)
        return object_in(server, received.body)

    async def send_join(
        self, server: str, room_id: str, event_id: str, event: JsonObject
    ) -> JsonObject:
        """Send our signed join; return `state` and the rest, without the auth chain."""
        path = path_of("/_matrix/federation/v2/send_join", room_id, event_id)
        content = encode_canonical(event)
        return await self._request_pieces(
            server, "PUT", path, JOINED_ROOM, JOINED_ROOM_FIELDS, content
        )

    async def make_leave(self, server: str, room_id: str, user_id: str) -> JsonObject:
        """Ask for a template of our leave: `event` and `room_version`."""
        path = path_of("/_matrix/federation/v1/make_leave", room_id, user_id)
        received = await self._request(server, "GET", path, TEMPLATE)
        return object_in(server, received.body)

    async def state_ids(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for the IDs of a room's state before one of its events: `pdu_ids`."""
        uri = at_event("/_matrix/federation/v1/state_ids", room_id, event_id)
        return await self._request_pieces(server, "GET", uri, STATE_IDS, STATE_IDS_FIELDS)

    async def state(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for a room's whole state before one of its events: `pdus`."""
        uri = at_event("/_matrix/federation/v1/state", room_id, event_id)
        return await self._request_pieces(server, "GET", uri, JOINED_ROOM, STATE_FIELDS)

    async def event(self, server: str, event_id: str) -> JsonObject:
        """Ask for one event of a room that we are in: `pdus`, which holds that one."""
        path = path_of("/_matrix/federation/v1/event", event_id)
        return object_in(server, (await self._request(server, "GET", path, EVENT)).body)

    async def send_leave(self, server: str, room_id: str, event_id: str, event: JsonObject) -> None:
        """Send our signed leave."""
        path = path_of("/_matrix/federation/v2/send_leave", room_id, event_id)
        await self._request(server, "PUT", path, RECEIPT, encode_canonical(event))

    async def send_transaction(self, server: str, txn_id: str, transaction: JsonObject) -> None:
        """Push events, or ephemeral ones."""
        path = path_of("/_matrix/federation/v1/send", txn_id)
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
    ) -> "Received[bytes]":
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
        wanted: WantedFields,
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
    ) -> "Received[Body]":
        """Return a 200 answer, from the first target that can be connected to.

        Args:
            server: the server name.
            method: upper case.
            uri: path and query, percent-encoded: sent exactly as it is signed.
            budget: limits on size and time.
            content: the body as canonical JSON, if there is one.
            is_signed: add our signature; a few endpoints need none.
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
                        await check_status(server, response)
                        body = await read(response, budget.max_bytes)
                        return Received(body, response.headers.get("Date"))
        except (aiohttp.ClientError, OSError, BodyUnusable) as error:
            failures.append(reason_of(error))
            trouble = trouble_of(error)
        raise PeerUnavailable(f"{server}: {'; '.join(failures)}", trouble)

    async def _open(
        self, target: Target, method: str, uri: str, headers: dict[str, str], content: bytes | None
    ) -> aiohttp.ClientResponse:
        return await self._session.request(
            method,
            url_of(target, uri),
            headers={**headers, "Host": target.host_header},
            data=content,
            server_hostname=target.tls_name,
            allow_redirects=False,
        )
