"""A small Matrix client with one method for each action of a user."""

import http.client
import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from examples.demo.loopback import wait_until

Json = dict[str, Any]


class MatrixError(Exception):
    """A homeserver's answer that is not 200."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {json.dumps(body, ensure_ascii=False)}")
        self.status = status
        self.body = body

    @property
    def errcode(self) -> str:
        """The error code, such as `M_FORBIDDEN`."""
        return str(self.body.get("errcode"))

    @property
    def error(self) -> str:
        """The words for a person."""
        return str(self.body.get("error"))


def call(
    client_url: str, method: str, path: str, body: Json | None = None, token: str | None = None
) -> Any:
    """Make one request of a homeserver's client API and return its JSON answer.

    Raises:
        MatrixError: it answered with something else than 200.
        OSError: it did not answer.
    """
    address = urlsplit(client_url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=180)
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise MatrixError(response.status, answer)
    return answer


def register(client_url: str, localpart: str, password: str) -> "MatrixUser":
    """Make an account on a homeserver that lets anyone register, and return its user."""
    answer = call(
        client_url,
        "POST",
        "/_matrix/client/v3/register",
        {"username": localpart, "password": password, "auth": {"type": "m.login.dummy"}},
    )
    return MatrixUser(client_url, answer["user_id"], answer["access_token"])


class MatrixUser:
    """A person with an account on one homeserver."""

    def __init__(self, client_url: str, user_id: str, access_token: str) -> None:
        self.client_url = client_url
        self.user_id = user_id
        self.access_token = access_token
        self._transactions = (f"{uuid.uuid4().hex}.{count}" for count in itertools.count())

    @property
    def server_name(self) -> str:
        """The server name of this user's homeserver."""
        return self.user_id.split(":", 1)[1]

    def request(self, method: str, path: str, body: Json | None = None) -> Any:
        """Make one request below `/_matrix/client/v3` and return its JSON answer.

        Raises:
            MatrixError: the homeserver answered with an error.
        """
        return call(self.client_url, method, f"/_matrix/client/v3{path}", body, self.access_token)

    def create_room(self, version: str, *, name: str, preset: str = "public_chat") -> str:
        """Create a room and return its room ID."""
        body = {"room_version": version, "name": name, "preset": preset}
        return str(self.request("POST", "/createRoom", body)["room_id"])

    def join(self, room_id: str, via: str) -> None:
        """Join a room with the help of the server `via`."""
        servers = urlencode({"via": via, "server_name": via})
        self.request("POST", f"/join/{_escaped(room_id)}?{servers}", {})

    def leave(self, room_id: str) -> None:
        """Leave a room."""
        self.request("POST", f"/rooms/{_escaped(room_id)}/leave", {})

    def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody into a room."""
        self.request("POST", f"/rooms/{_escaped(room_id)}/invite", {"user_id": user_id})

    def kick(self, room_id: str, user_id: str, reason: str = "") -> None:
        """Remove somebody from a room."""
        body = {"user_id": user_id, "reason": reason}
        self.request("POST", f"/rooms/{_escaped(room_id)}/kick", body)

    def ban(self, room_id: str, user_id: str, reason: str = "") -> None:
        """Remove somebody from a room for good."""
        self.request(
            "POST", f"/rooms/{_escaped(room_id)}/ban", {"user_id": user_id, "reason": reason}
        )

    def send(self, room_id: str, event_type: str, content: Json) -> str:
        """Send an event into a room and return its event ID."""
        transaction = next(self._transactions)
        path = f"/rooms/{_escaped(room_id)}/send/{_escaped(event_type)}/{transaction}"
        return str(self.request("PUT", path, content)["event_id"])

    def say(self, room_id: str, text: str) -> str:
        """Send a text message and return its event ID."""
        return self.send(room_id, "m.room.message", {"msgtype": "m.text", "body": text})

    def edit(self, room_id: str, event_id: str, text: str, *, fallback: str) -> str:
        """Replace a message's text; old clients see the `fallback`."""
        content = {
            "msgtype": "m.text",
            "body": fallback,
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return self.send(room_id, "m.room.message", content)

    def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event with an emoji, or with any other text."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send(room_id, "m.reaction", {"m.relates_to": relation})

    def redact(self, room_id: str, event_id: str, reason: str = "") -> str:
        """Take an event's content away and return the redaction's event ID."""
        path = f"/rooms/{_escaped(room_id)}/redact/{_escaped(event_id)}/{next(self._transactions)}"
        return str(self.request("PUT", path, {"reason": reason})["event_id"])

    def set_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set a piece of room state and return the event ID."""
        path = f"/rooms/{_escaped(room_id)}/state/{_escaped(event_type)}/{_escaped(state_key)}"
        return str(self.request("PUT", path, content)["event_id"])

    def state(self, room_id: str, event_type: str, state_key: str = "") -> Json:
        """Return the content of a piece of room state as this user's homeserver sees it."""
        path = f"/rooms/{_escaped(room_id)}/state/{_escaped(event_type)}/{_escaped(state_key)}"
        content: Json = self.request("GET", path)
        return content

    def find_state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """Return the content of a piece of room state, or None if there is none."""
        return _unless_missing(lambda: self.state(room_id, event_type, state_key))

    def find_event(self, room_id: str, event_id: str) -> Json | None:
        """Return an event as this user sees it, or None if this user does not."""
        path = f"/rooms/{_escaped(room_id)}/event/{_escaped(event_id)}"
        return _unless_missing(lambda: self.request("GET", path))

    def messages(self, room_id: str, limit: int = 50) -> list[Json]:
        """Return the newest events of a room, newest first."""
        path = f"/rooms/{_escaped(room_id)}/messages?dir=b&limit={limit}"
        chunk: list[Json] = self.request("GET", path)["chunk"]
        return chunk

    def membership_of(self, room_id: str, user_id: str) -> str | None:
        """Return somebody's membership as this user's homeserver sees it."""
        content = self.find_state(room_id, "m.room.member", user_id)
        return None if content is None else str(content.get("membership"))

    def wait_for_event(self, room_id: str, event_id: str) -> Json:
        """Return an event as soon as this user can read it.

        Raises:
            NotReadyInTimeError: it did not arrive.
        """
        what = f"{self.user_id} reads {event_id}"
        return wait_until(lambda: self.find_event(room_id, event_id), what)

    def wait_for_membership(self, room_id: str, user_id: str, membership: str) -> None:
        """Wait until this user's homeserver sees somebody's membership so.

        Raises:
            NotReadyInTimeError: it does not.
        """
        wait_until(
            lambda: self.membership_of(room_id, user_id) == membership,
            f"{self.user_id} sees {user_id}: {membership}",
        )


def _escaped(segment: str) -> str:
    """Return a segment of a path; an event ID of room version 3 may hold a slash."""
    return quote(segment, safe="")


def _unless_missing(request: Callable[[], Json]) -> Json | None:
    try:
        return request()
    except MatrixError as error:
        if error.status == http.client.NOT_FOUND:
            return None
        raise
