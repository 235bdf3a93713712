"""A simulated homeserver with a real one's name and key, for requests that it never sends.

Events and requests are signed with Synapse's own functions, so that our code is not tested against
itself.
"""

import http.client
import json
import ssl
import uuid
from urllib.parse import quote

from canonicaljson import encode_canonical_json
from signedjson.key import read_signing_keys
from signedjson.sign import sign_json
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.crypto.event_signing import add_hashes_and_signatures
from synapse.events import make_event_from_dict

from tests.waiting import PATIENCE_SECONDS

MEMBER, CREATE, POWER_LEVELS = "m.room.member", "m.room.create", "m.room.power_levels"


class FakeHomeserver:
    def __init__(self, synapse, authority):
        self.server_name = synapse.server_name
        self._tls = ssl.create_default_context(cafile=str(authority.certificate))
        with synapse.signing_key_file.open() as file:
            (self._key,) = read_signing_keys(file)

    def request(self, method, destination, path, content=None):
        """Make a signed federation request; return status and JSON."""
        body = None if content is None else encode_canonical_json(content)
        headers = {
            "Authorization": self._authorization(method, destination, path, content),
            "Content-Type": "application/json",
        }
        address, port = destination.split(":")
        connection = http.client.HTTPSConnection(
            address, int(port), timeout=PATIENCE_SECONDS, context=self._tls
        )
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def ask(self, policy_server, event):
        """Ask a policy server to sign an event; return status and JSON."""
        return self.request("POST", policy_server.server_name, "/_matrix/policy/v1/sign", event)

    def fetch_event(self, destination, event_id):
        """Request an event from another homeserver."""
        path = f"/_matrix/federation/v1/event/{quote(event_id, safe='')}"
        status, answer = self.request("GET", destination, path)
        assert status == http.client.OK, answer
        (event,) = answer["pdus"]
        return event

    def push(self, destination, event):
        """Send an event to another homeserver without asking any policy server."""
        content = {
            "origin": self.server_name,
            "origin_server_ts": event["origin_server_ts"],
            "pdus": [event],
        }
        path = f"/_matrix/federation/v1/send/{uuid.uuid4().hex}"
        status, answer = self.request("PUT", destination, path, content)
        assert status == http.client.OK, answer
        return answer

    def make_message(self, room, sender, body):
        """Return a signed text message that follows on the room's newest event.

        The sender is a user of this homeserver whose room state says what the event rests on.
        """
        newest = sender.messages(room.room_id, limit=1)[0]
        newest_pdu = self.fetch_event(sender.server_name, newest["event_id"])
        event = {
            "type": "m.room.message",
            "room_id": room.room_id,
            "sender": sender.user_id,
            "content": {"msgtype": "m.text", "body": body},
            "origin_server_ts": newest["origin_server_ts"] + 1,
            "depth": newest_pdu["depth"] + 1,
            "prev_events": [newest["event_id"]],
            "auth_events": _auth_events(room, sender),
        }
        return self.sign(room, event)

    def sign(self, room, event):
        """Return the event with its content hash and this homeserver's signature."""
        version = KNOWN_ROOM_VERSIONS[room.version]
        add_hashes_and_signatures(version, event, self.server_name, self._key)
        return event

    def event_id_of(self, room, event):
        """Return the event ID that a real homeserver gives to the event."""
        return make_event_from_dict(event, KNOWN_ROOM_VERSIONS[room.version]).event_id

    def _authorization(self, method, destination, path, content):
        signed = {
            "method": method,
            "uri": path,
            "origin": self.server_name,
            "destination": destination,
        }
        if content is not None:
            signed["content"] = content
        signatures = sign_json(signed, self.server_name, self._key)["signatures"]
        ((key_id, signature),) = signatures[self.server_name].items()
        return (
            f'X-Matrix origin="{self.server_name}",key="{key_id}",sig="{signature}",'
            f'destination="{destination}"'
        )


def _auth_events(room, sender):
    state = {
        (event["type"], event["state_key"]): event["event_id"]
        for event in sender.request("GET", f"/rooms/{quote(room.room_id)}/state")
    }
    wanted = [(POWER_LEVELS, ""), (MEMBER, sender.user_id)]
    if not KNOWN_ROOM_VERSIONS[room.version].msc4291_room_ids_as_hashes:
        wanted.append((CREATE, ""))
    return [state[key] for key in wanted]
