"""Comparison with Synapse's authorisation rules over thousands of small rooms."""

from collections import Counter
from random import Random  # noqa: TID251 - seeded: the same rooms in every run
from types import SimpleNamespace
from typing import Any

import pytest
from synapse.api.errors import SynapseError
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.event_auth import check_state_dependent_auth_rules
from synapse.events import make_event_from_dict

from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.protocol.rooms.power_levels import are_well_formed
from countersign.protocol.rooms.room_state import RoomState, StateEvent

ROOMS_A_VERSION = 400
USERS = ["@a:a.example", "@b:b.example", "@c:c.example", "@d:d.example"]
MEMBERSHIPS = ["join", "join", "leave", "ban", "invite", "knock"]
JOIN_RULES = ["public", "invite", "knock", "restricted", "knock_restricted", "private"]
LEVELS = [-5, 0, 25, 50, 75, 100]
TYPES = ["m.room.member"] * 5 + [
    *["m.room.message", "m.room.name", "m.room.power_levels", "m.room.power_levels"],
    *["m.room.third_party_invite", "m.room.redaction", "org.example.x"],
]


class RandomRooms:
    """Small rooms and what someone wants to send to each."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.rules = ROOM_VERSIONS[version]
        self.chance = Random(f"rooms of version {version}")
        self.room_id = "!r:a.example"

    def event(self, event_type: str, content: Any, state_key: str | None, sender: str) -> Any:
        event = {
            "type": event_type,
            "content": content,
            "sender": sender,
            "room_id": self.room_id,
            "depth": 5,
            "origin_server_ts": 1,
            "prev_events": ["$p"],
            "auth_events": [],
            "hashes": {},
            "signatures": {},
        }
        if self.rules.sender_chooses_event_id:
            event["event_id"] = f"${self.chance.randrange(10**9)}:a.example"
            event["prev_events"] = [["$p:a.example", {}]]
        if state_key is not None:
            event["state_key"] = state_key
        if event_type == "m.room.create" and self.rules.room_id_is_create_hash:
            del event["room_id"]
        return make_event_from_dict(event, KNOWN_ROOM_VERSIONS[self.version])

    def often(self, likelihood: float) -> bool:
        return self.chance.random() < likelihood

    def level(self) -> Any:
        level = self.chance.choice(LEVELS)
        if not self.often(0.05):
            return level
        # Older versions let any junk stand, and each implementation makes of it what it will.
        return self.chance.choice(
            ["junk", None, str(level)] if self.rules.integer_power_levels else [str(level)]
        )

    def power_levels(self) -> dict[str, Any]:
        named = ["ban", "kick", "invite", "state_default", "events_default", "users_default"]
        content: dict[str, Any] = {name: self.level() for name in named if self.often(0.3)}
        content["users"] = {user: self.level() for user in USERS if self.often(0.5)}
        content["events"] = {name: self.level() for name in set(TYPES[5:]) if self.often(0.2)}
        return content

    def state(self) -> list[Any]:
        content: dict[str, Any] = {"room_version": self.version}
        if not self.rules.implicit_creator:
            content["creator"] = USERS[0]
        if self.rules.privileged_creators and self.often(0.3):
            content["additional_creators"] = [USERS[1]]
        create = self.event("m.room.create", content, "", USERS[0])
        if self.rules.room_id_is_create_hash:
            self.room_id = "!" + create.event_id[1:]
        state = [create]
        for user in USERS:
            if self.often(0.85):
                membership = {"membership": self.chance.choice(MEMBERSHIPS)}
                state.append(self.event("m.room.member", membership, user, user))
        levels = self.power_levels()
        if self.often(0.8) and are_well_formed(levels, USERS[:1], self.rules):
            state.append(self.event("m.room.power_levels", levels, "", USERS[0]))
        if self.often(0.9):
            rule = {"join_rule": self.chance.choice(JOIN_RULES)}
            state.append(self.event("m.room.join_rules", rule, "", USERS[0]))
        return state

    def wish(self, state: list[Any]) -> Any:
        sender, event_type = self.chance.choice(USERS), self.chance.choice(TYPES)
        if event_type == "m.room.member":
            content = {"membership": self.chance.choice(MEMBERSHIPS)}
            if self.often(0.3):
                content["join_authorised_via_users_server"] = self.chance.choice(USERS)
            target = self.chance.choice([sender, self.chance.choice(USERS)])
            return self.event(event_type, content, target, sender)
        if event_type == "m.room.power_levels":
            return self.event(event_type, self.changed_levels(state), "", sender)
        state_key = self.chance.choice([None, "", sender, self.chance.choice(USERS)])
        if event_type == "m.room.third_party_invite":
            state_key = "token"
        return self.event(event_type, {}, state_key, sender)

    def changed_levels(self, state: list[Any]) -> dict[str, Any]:
        standing = [event for event in state if event.type == "m.room.power_levels"]
        if not standing or self.often(0.3):
            return self.power_levels()
        content: dict[str, Any] = standing[0].get_dict()["content"]
        if self.often(0.5):
            return {**content, self.chance.choice(["ban", "kick"]): self.level()}
        users = {**content["users"], self.chance.choice(USERS): self.level()}
        return {**content, "users": users}


def their_judgement(event: Any, state: list[Any]) -> bool:
    try:
        check_state_dependent_auth_rules(event, state)
    except SynapseError:
        return False
    return True


@pytest.mark.parametrize("version", ROOM_VERSIONS)
def test_agrees_on_who_may_do_what(version):
    game = RandomRooms(version)
    judgements: Counter[bool] = Counter()
    for _ in range(ROOMS_A_VERSION):
        state = game.state()
        wish = game.wish(state)
        room = RoomState(game.room_id, game.rules)
        for event in state:
            content = event.get_dict()["content"]
            room.apply(StateEvent(event.type, event.state_key, event.sender, content, "$e", 5, 1))
        wished = SimpleNamespace(
            type=wish.type,
            sender=wish.sender,
            state_key=wish.get_state_key(),
            content=wish.get_dict()["content"],
        )

        expected = their_judgement(wish, state)

        assert room.may_send(wished) == expected, (wished, [e.get_dict() for e in state])
        judgements[expected] += 1
    assert min(judgements[True], judgements[False]) > ROOMS_A_VERSION / 20
