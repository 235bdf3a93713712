"""A small simulated room: its signed state in any room version, and new events for it."""

import time

from tests.blackbox import oracle

CREATE, MEMBER, POWER = "m.room.create", "m.room.member", "m.room.power_levels"
MESSAGE, POLICY, ACL = "m.room.message", "m.room.policy", "m.room.server_acl"
THIRD_PARTY_INVITE = "m.room.third_party_invite"


def now_ts():
    return int(time.time() * 1000)  # noqa: TID251 - no Clock port out here


class FakeRoom:
    """A room with the data of its creator's homeserver.

    Attributes:
        state: event type and state key -> event.
    """

    def __init__(self, version, creator, name="room", *, create_content=None):
        self.version = version
        self.creator = creator
        self.state = {}
        self.depth = 0
        self.last = None
        self._ids = {}
        self._counter = 0
        rules = oracle.rules_of(version)
        self.is_v12 = rules.msc4291_room_ids_as_hashes
        content = {"room_version": version, "org.example.name": name, **(create_content or {})}
        if int(version) < 11:
            content["creator"] = creator.user()
        self.room_id = None if self.is_v12 else f"!{name}-v{version}:{creator.server_name}"
        create = self.add_state(creator, CREATE, "", content)
        if self.is_v12:
            self.room_id = "!" + oracle.event_id_of(version, create)[1:]
        self.join(creator)

    @property
    def create_event(self):
        return self.state[CREATE, ""]

    def add_state(self, server, event_type, state_key, content, **others):
        """Make a state event, add it to the room's state, and return it."""
        event = self.event(server, event_type, content, state_key=state_key, **others)
        self.take(event)
        return event

    def take(self, event):
        self.state[event["type"], event["state_key"]] = event
        self.last = event
        self.depth = event["depth"]

    def join(self, server, localpart="alice"):
        user = server.user(localpart)
        return self.add_state(server, MEMBER, user, {"membership": "join"}, sender=user)

    def event(self, server, event_type=MESSAGE, content=None, *, add=None, drop=(), **fields):
        """Return an event that follows on the room's last, hashed and signed by `server`.

        Args:
            server: the homeserver that sends it.
            event_type: its type.
            content: its content; by default a text that no other event has.
            add: top-level fields put in before it is hashed and signed.
            drop: top-level fields left out before it is hashed and signed.
            fields: `sender`, `state_key`, `depth` and others to replace.
        """
        event = self.unsigned_event(server, event_type, content, **fields)
        event.update(add or {})
        for field in drop:
            event.pop(field, None)
        return oracle.hash_and_sign(self.version, event, server.server_name, server.key)

    def unsigned_event(self, server, event_type=MESSAGE, content=None, **fields):
        self._counter += 1
        number = self._counter
        if content is None:
            content = {"msgtype": "m.text", "body": f"hello number {number}"}
        sender = fields.pop("sender", None) or server.user()
        event = {
            "type": event_type,
            "room_id": self.room_id,
            "sender": sender,
            "content": content,
            "origin_server_ts": now_ts(),
            "depth": self.depth + 1,
            "prev_events": [] if self.last is None else [self.reference(self.last)],
            "auth_events": self.auth_events(sender),
        }
        if self.is_v12 and event_type == CREATE:
            del event["room_id"]
        if self.version in oracle.SENDER_CHOSEN_IDS:
            event["event_id"] = f"${number}-{len(self.state)}-{now_ts()}:{server.server_name}"
        return {**event, **fields}

    def auth_events(self, sender):
        wanted = [(POWER, ""), (MEMBER, sender)]
        if not self.is_v12:
            wanted.insert(0, (CREATE, ""))
        return [self.reference(self.state[key]) for key in wanted if key in self.state]

    def state_before_last(self):
        """Return the state events that stood before the room's last event."""
        return [event for event in self.state.values() if event is not self.last]

    def id_of(self, event):
        """Return the event's ID, computed once: a large room needs it for all events."""
        known, event_id = self._ids.get(id(event), (None, None))
        if known is not event:
            event_id = oracle.event_id_of(self.version, event)
            self._ids[id(event)] = event, event_id
        return event_id

    def reference(self, event):
        event_id = self.id_of(event)
        if self.version not in oracle.SENDER_CHOSEN_IDS:
            return event_id
        digest = oracle.encode_base64(oracle.reference_hash(self.version, event))
        return [event_id, {"sha256": digest}]

    def some_reference(self, number):
        """Return the reference of an event that no server has."""
        if self.version in oracle.SENDER_CHOSEN_IDS:
            return [f"${number}:{self.creator.server_name}", {"sha256": "x" * 43}]
        return "$" + f"{number:043d}"

    def template(self, user_id, membership, **content):
        """Return the response to make_join and make_leave."""
        return {
            "room_version": self.version,
            "event": {
                "type": MEMBER,
                "room_id": self.room_id,
                "sender": user_id,
                "state_key": user_id,
                "content": {"membership": membership, **content},
                "depth": self.depth + 1,
                "prev_events": [self.reference(self.last)],
                "auth_events": self.auth_events(user_id),
                "origin_server_ts": now_ts(),
                "origin": self.creator.server_name,
            },
        }
