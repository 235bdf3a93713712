"""Port: requests to other servers."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from countersign.protocol.canonical_json import JsonObject

MAX_LISTED: Final = 200_000
"""Maximum number of events or IDs that one answer may list."""


class ClientDocument(NamedTuple):
    """A document for clients.

    Attributes:
        content: its content.
        is_for_browsers: web pages of any origin may read it, as clients in browsers do.
    """

    content: JsonObject
    is_for_browsers: bool


class PageHead(NamedTuple):
    """Head of a page: the HTTP status, and the media type without parameters."""

    status: int
    media_type: str


class FederationClient(Protocol):
    """Client for signed requests to other servers.

    Every answer is bounded in size, values, nesting and time. It is valid JSON of the expected
    outer structure; the caller must check its content.

    `send_join`, `state`, `state_ids` and `hierarchy` return only the named fields. Their lists are
    `protocol.json_pieces.JsonItems`, whose items are parsed on access; an item that exceeds the
    limits for requests is None.

    Each method raises `PeerUnavailable` if the server cannot be found or reached, is too slow, or
    answers with invalid JSON or a 5xx (try again, or ask another server), and `PeerRefused` if it
    answers with a Matrix error.
    """

    async def server_keys(self, server: str) -> bytes:
        """Return the server's own key document as received, not yet verified.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixkeyv2server
        """
        ...

    async def query_keys(self, notary: str, question: JsonObject) -> bytes:
        """Return a notary's answer about other servers' keys as received, not yet verified.

        Args:
            notary: the server to ask.
            question: from `protocol.notaries.notary_question`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#post_matrixkeyv2query
        """
        ...

    async def version(self, server: str) -> JsonObject:
        """Return the name and version of the server's software, as it states them.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1version
        """
        ...

    async def clock_ts(self, server: str) -> int | None:
        """Return the server's time in ms since the epoch, with a resolution of a second.

        None if the answer has no `Date` header.
        """
        ...

    async def client_document(self, host: str, name: str) -> ClientDocument:
        """Return a document that the host publishes for clients, on port 443.

        Args:
            host: a DNS name or an IP address.
            name: such as `policy_server` or `support`.

        Spec: https://spec.matrix.org/v1.18/client-server-api/#getwell-knownmatrixpolicy_server
        """
        ...

    async def page(self, url: str) -> PageHead:
        """Request an `https` address as a browser would; return the answer without its body."""
        ...

    async def room_for_alias(self, server: str, alias: str) -> JsonObject:
        """Ask the alias's server for its room: `room_id` and `servers`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1querydirectory
        """
        ...

    async def openid_userinfo(self, server: str, token: str) -> JsonObject:
        """Return the owner of an OpenID token, by its server: `sub`, a user ID, unchecked.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1openiduserinfo
        """
        ...

    async def hierarchy(self, server: str, room_id: str) -> JsonObject:
        """Ask a server for a space's hierarchy: `room` with `children_state`, and `children`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1hierarchyroomid
        """
        ...

    async def make_join(
        self, server: str, room_id: str, user_id: str, room_versions: Sequence[str]
    ) -> JsonObject:
        """Ask for a template of our join: `event` and `room_version`.

        Args:
            server: a server that is in the room.
            room_id: the room to join.
            user_id: our user.
            room_versions: the versions we can join; another one is a `PeerRefused` with
                `M_INCOMPATIBLE_ROOM_VERSION`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1make_joinroomiduserid
        """
        ...

    async def send_join(
        self, server: str, room_id: str, event_id: str, event: JsonObject
    ) -> JsonObject:
        """Send our signed join; return `state`, `event` and `members_omitted`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv2send_joinroomideventid
        """
        ...

    async def make_leave(self, server: str, room_id: str, user_id: str) -> JsonObject:
        """Ask for a template of our leave: `event` and `room_version`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1make_leaveroomiduserid
        """
        ...

    async def state_ids(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for the IDs of a room's state before one of its events: `pdu_ids`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1state_idsroomid
        """
        ...

    async def state(self, server: str, room_id: str, event_id: str) -> JsonObject:
        """Ask for a room's whole state before one of its events: `pdus`, as for `send_join`.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1stateroomid
        """
        ...

    async def event(self, server: str, event_id: str) -> JsonObject:
        """Ask for one event of a room that we are in: `pdus` with that event.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1eventeventid
        """
        ...

    async def send_leave(self, server: str, room_id: str, event_id: str, event: JsonObject) -> None:
        """Send our signed leave.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv2send_leaveroomideventid
        """
        ...

    async def send_transaction(self, server: str, txn_id: str, transaction: JsonObject) -> None:
        """Send events or ephemeral data units; a repeated `txn_id` counts as the same transaction.

        The results for the events are not returned: homeservers answer with success as soon as they
        have accepted the whole transaction.

        Spec: https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv1sendtxnid
        """
        ...
