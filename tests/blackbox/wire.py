"""Requests to the program over the network; each response must be exactly one JSON object."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from functools import cached_property

from tests.blackbox import oracle
from tests.waiting import PATIENCE_SECONDS

SIGN = "/_matrix/policy/v1/sign"
UNSTABLE_SIGN = "/_matrix/policy/unstable/org.matrix.msc4284/sign"
POLICY_KEY_ID = "ed25519:policy_server"


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @cached_property
    def json(self):
        return json.loads(self.body)

    @property
    def said(self):
        return f"{self.status} {self.body[:400]!r}"


class Connection:
    """A kept-alive connection to one Countersign, one request at a time.

    It is closed with its last user.
    """

    def __init__(self, address, port, tls):
        self._address = address
        self._port = port
        self._tls = tls
        self._connection = None

    def __del__(self):
        self.close()

    def request(self, method, target, body=None, headers=None):
        for attempt in (1, 2):
            try:
                return self._request(method, target, body, headers or {})
            except (http.client.HTTPException, OSError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def raw(self, data, *, timeout_seconds=15):
        """Send raw bytes on a new connection; return the first response."""
        with (
            socket.create_connection((self._address, self._port), timeout_seconds) as plain,
            self._tls.wrap_socket(plain, server_hostname=self._address) as wire,
        ):
            wire.sendall(data)
            response = http.client.HTTPResponse(wire)
            response.begin()
            return Response(response.status, response.headers, response.read())

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(self, method, target, body, headers):
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._address, self._port, timeout=PATIENCE_SECONDS, context=self._tls
            )
        self._connection.request(method, target, body, headers)
        response = self._connection.getresponse()
        return Response(response.status, response.headers, response.read())


class Requester:
    """Client of the sign endpoint, in the name of simulated homeservers."""

    def __init__(self, program):
        tls = ssl.create_default_context(cafile=str(program.authority.certificate))
        self.program = program
        self.server_name = program.server_name
        self.connection = Connection(program.address, program.port, tls)

    def request(self, method, target, content=None, *, origin=None, headers=None, body=None):
        """Make a request, signed if there is an `origin`.

        Args:
            content: the JSON that is signed.
            body: the bytes that are sent; by default `content` as canonical JSON.
        """
        if body is None and content is not None:
            body = oracle.canonical(content)
        sent = {} if body is None else {"Content-Type": "application/json"}
        if origin is not None:
            sent["Authorization"] = origin.authorization(method, target, self.server_name, content)
        return self.connection.request(method, target, body, {**sent, **(headers or {})})

    def ask(self, event, origin, *, path=SIGN, body=None, headers=None):
        """Ask for a signature on an event in the name of a homeserver."""
        return self.request("POST", path, event, origin=origin, body=body, headers=headers)

    def ask_with(self, authorization, body):
        """Ask for a signature with any Authorization header and body; no header if it is None."""
        headers = {"Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        return self.connection.request("POST", SIGN, body, headers)

    def send(self, origin, txn_id, pdus, **others):
        """Send a transaction."""
        content = {"origin": origin.server_name, "origin_server_ts": 1, "pdus": pdus, **others}
        target = f"/_matrix/federation/v1/send/{txn_id}"
        response = self.request("PUT", target, content, origin=origin)
        if _changes_the_room(pdus):
            self.program.settle()
        return response

    def get(self, target):
        return self.connection.request("GET", target)


def _changes_the_room(pdus):
    # Some tests send what is no event.
    events = [each for each in pdus if isinstance(each, dict)] if isinstance(pdus, list) else []
    return any("state_key" in each or each.get("type") == "m.room.redaction" for each in events)


def assert_one_object(response):
    """Check that the response is one JSON object with the right content type."""
    assert isinstance(response.json, dict), response.said
    assert response.headers.get_content_type() == "application/json", response.headers


def assert_error(response, status, *errcodes):
    """Check that the response is a Matrix error with this status and one of these codes."""
    assert_one_object(response)
    assert response.status == status, response.said
    assert response.json["errcode"] in errcodes, response.said
    assert isinstance(response.json["error"], str), response.said
    assert response.json["error"], response.said
    assert "signatures" not in response.json


def assert_refused(response):
    """Check that the response is final, for this event or this copy of it."""
    assert_error(response, 400, "M_FORBIDDEN")


def assert_signed(response, room, event, program):
    """Check that the response is exactly our one valid signature; return it."""
    assert_one_object(response)
    assert response.status == 200, response.said
    assert set(response.json) == {program.server_name}, response.said
    assert set(response.json[program.server_name]) == {POLICY_KEY_ID}, response.said
    signature = response.json[program.server_name][POLICY_KEY_ID]
    assert len(signature) == 86, response.said
    assert not set("=-_") & set(signature), "standard unpadded base64"
    assert oracle.signature_verifies(
        room.version, event, program.server_name, POLICY_KEY_ID, signature, program.policy_key
    ), "the signature does not verify"
    return signature
