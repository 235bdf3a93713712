"""Tests of resolving aliases and spaces, over HTTPS to simulated homeservers."""

import asyncio

import pytest
from aiohttp import web

from countersign.adapters.sql.stores.found_rooms import SqlFoundRoomsStore
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.policies import room_finder
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.room_finder import RoomFinder
from countersign.testing.clocks import RepeatableRandomness
from tests.adapters.federation.conftest import *  # noqa: F403 - fixtures, by name
from tests.adapters.federation.test_client import client, open_client, peer  # noqa: F401

SPACE, LOUNGE, SHED, LOFT = "!space:a.example", "!lounge:a.example", "!shed:a.example", "!loft:b.c"
HASHED = "!" + "A" * 43


class Homeserver:
    """Answers for aliases and spaces as it is told; `None` in a space's place is an error."""

    def __init__(self, peer):  # noqa: F811
        self.name = peer.server_name
        self.aliases = {}
        self.spaces = {}
        self.kinds = {}
        self.asked = []
        peer.answer = self.answer

    def answer(self, request):
        path = request.path.removeprefix("/_matrix/federation/v1/")
        self.asked.append(path)
        if path == "query/directory":
            room_id = self.aliases.get(request.query["room_alias"])
            if room_id is not None:
                return web.json_response({"room_id": room_id, "servers": [self.name, 5, "?"]})
            return web.json_response({"errcode": "M_NOT_FOUND", "error": "no"}, status=404)
        assert request.query["suggested_only"] == "false"
        children = self.spaces.get(path.removeprefix("hierarchy/"))
        if children is None:
            return web.json_response({"errcode": "M_NOT_FOUND", "error": "no"}, status=404)
        if not isinstance(children, list):
            return web.json_response(children)
        return web.json_response(self.space(path.removeprefix("hierarchy/"), children))

    def space(self, space, children):
        state = [
            {"type": "m.space.child", "state_key": child, "content": {"via": [self.name]}}
            for child in children
        ]
        shown = [
            {"room_id": child, "room_type": "m.space"} for child in children if child in self.spaces
        ]
        room = {"room_id": space, "room_type": "m.space", "children_state": state}
        return {"room": room, "children": shown, "inaccessible_children": []}


@pytest.fixture
def server(peer):  # noqa: F811
    return Homeserver(peer)


class Setup:
    """The policies of some communities, and what finds their rooms."""

    def __init__(self, client, servers, documents, store):  # noqa: F811
        self.documents = documents
        self.policies = Policies(self.read())
        self.store = store
        self._client, self._servers = client, servers
        self.finder = self.make_finder()

    def read(self):
        documents = {"default": ["filters: []"]} | self.documents
        return {
            name: parse_policy("\n".join(lines).encode(), BUILTIN_FILTERS)
            for name, lines in documents.items()
        }

    def make_finder(self):
        return RoomFinder(
            self.policies,
            federation=self._client,
            store=self.store,
            servers_in=lambda _: self._servers,
            randomness=RepeatableRandomness(),
        )

    async def restarted(self):
        self.policies = Policies(self.read())
        self.finder = self.make_finder()
        await self.finder.load()
        return self.finder

    def community_of(self, room_id):
        return self.policies.for_room(room_id).name


def document(*rooms):
    return ["filters: []", "rooms:", *(f"  - {room}" for room in rooms)]


@pytest.fixture
def setup(client, server, database):  # noqa: F811
    def setup(**documents):
        return Setup(client, ("gone.example", server.name), documents, SqlFoundRoomsStore(database))

    return setup


async def test_without_names_nobody_is_asked(setup, server):
    world = setup(garden=document(f'"{SHED}"'))

    await world.finder.find_all()

    assert server.asked == []
    assert world.community_of(SHED) == "garden"


async def test_an_alias_brings_its_room(setup, server):
    alias = f"#lounge:{server.name}"
    server.aliases[alias] = LOUNGE
    world = setup(garden=document(f'"{alias}"'))

    assert world.community_of(LOUNGE) == "default"
    assert world.finder.unfound == (alias,)
    await world.finder.find_all()

    assert world.community_of(LOUNGE) == "garden"
    assert world.community_of(SHED) == "default"
    assert world.finder.unfound == ()


async def test_a_space_brings_its_rooms_and_those_of_spaces_in_it(setup, server):
    alias = f"#space:{server.name}"
    server.aliases[alias] = SPACE
    server.spaces = {SPACE: [LOUNGE, "!inner:a.example", HASHED], "!inner:a.example": [LOFT, SPACE]}
    world = setup(garden=document(f'space: "{alias}"'))

    await world.finder.find_all()

    rooms = (SPACE, LOUNGE, "!inner:a.example", HASHED, LOFT)
    assert {world.community_of(room_id) for room_id in rooms} == {"garden"}
    assert world.community_of(SHED) == "default"


async def test_a_child_without_servers_is_none_any_more(setup, server):
    answer = server.space(SPACE, [LOUNGE, SHED])
    answer["room"]["children_state"][1]["content"] = {}
    server.spaces[SPACE] = answer
    world = setup(garden=document(f'space: "{SPACE}"'))

    await world.finder.find_all()

    assert world.community_of(LOUNGE) == "garden"
    assert world.community_of(SHED) == "default"


async def test_a_room_that_another_document_names_does_not_move(setup, server):
    server.spaces[SPACE] = [LOUNGE, SHED]
    world = setup(garden=document(f'space: "{SPACE}"'), tools=document(f'"{SHED}"'))

    await world.finder.find_all()

    assert world.community_of(LOUNGE) == "garden"
    assert world.community_of(SHED) == "tools"


async def test_an_alias_goes_before_a_space(setup, server):
    alias = f"#shed:{server.name}"
    server.aliases[alias] = SHED
    server.spaces[SPACE] = [SHED]
    world = setup(a_garden=document(f'space: "{SPACE}"'), tools=document(f'"{alias}"'))

    await world.finder.find_all()

    assert world.community_of(SHED) == "tools"


async def test_rooms_that_were_never_found_are_reported(setup, server):
    alias = f"#lounge:{server.name}"
    gone = "#lounge:gone.example"
    world = setup(garden=document(f'"{alias}"', f'"{gone}"', '"#nowhere"', 'space: "!v12only"'))

    await world.finder.find_all()

    assert set(world.finder.unfound) == {"!v12only", alias, gone, "#nowhere"}
    assert world.finder.troubles[gone].startswith("gone.example: ")
    assert "M_NOT_FOUND" in world.finder.troubles[alias]
    assert "no server name" in world.finder.troubles["#nowhere"]


async def test_a_server_that_is_gone_takes_no_room_away_not_even_after_a_restart(setup, server):
    alias = f"#lounge:{server.name}"
    server.aliases[alias] = LOUNGE
    server.spaces[SPACE] = [SHED]
    world = setup(garden=document(f'"{alias}"', f'space: "{SPACE}"'))
    await world.finder.find_all()

    server.aliases.clear()
    server.spaces.clear()
    await world.finder.find_all()
    assert (world.community_of(LOUNGE), world.community_of(SHED)) == ("garden", "garden")

    finder = await world.restarted()
    assert (world.community_of(LOUNGE), world.community_of(SHED)) == ("garden", "garden")
    await finder.find_all()
    assert (world.community_of(LOUNGE), world.community_of(SHED)) == ("garden", "garden")
    assert finder.unfound == ()


async def test_a_whole_new_answer_takes_rooms_away(setup, server):
    server.spaces[SPACE] = [LOUNGE, SHED]
    world = setup(garden=document(f'space: "{SPACE}"'))
    await world.finder.find_all()

    server.spaces[SPACE] = [LOUNGE]
    await world.finder.find_all()

    assert world.community_of(LOUNGE) == "garden"
    assert world.community_of(SHED) == "default"


async def test_an_answer_in_part_only_adds(setup, server):
    server.spaces = {SPACE: ["!inner:a.example", SHED], "!inner:a.example": [LOFT]}
    world = setup(garden=document(f'space: "{SPACE}"'))
    await world.finder.find_all()

    server.spaces = {SPACE: ["!inner:a.example", LOUNGE], "!inner:a.example": {"room": 5}}
    await world.finder.find_all()

    assert {world.community_of(room_id) for room_id in (SHED, LOFT, LOUNGE)} == {"garden"}
    assert "the space !inner:a.example in it" in world.finder.troubles[SPACE]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"room": []},
        {"room": {"room_id": LOUNGE, "children_state": []}},
        {"room": {"room_id": SPACE, "children_state": {}}, "children": 5},
    ],
)
async def test_rubbish_is_no_answer(setup, server, answer):
    server.spaces[SPACE] = answer
    world = setup(garden=document(f'space: "{SPACE}"'))

    await world.finder.find_all()

    assert "does not say which rooms" in world.finder.troubles[SPACE]


async def test_rubbish_within_an_answer_is_left_out(setup, server):
    answer = server.space(SPACE, [LOUNGE])
    answer["room"]["children_state"] += [
        None, 5, {}, {"type": "m.space.child"}, {"type": "m.space.child", "state_key": []},
        {"type": "m.space.child", "state_key": "x", "content": {"via": ["a"]}},
        {"type": "m.space.child", "state_key": SHED, "content": {"via": "a"}},
    ]  # fmt: skip
    answer["children"] = [None, {"room_type": "m.space"}, {"room_type": "m.space", "room_id": []}]
    server.spaces[SPACE] = answer
    world = setup(garden=document(f'space: "{SPACE}"'))

    await world.finder.find_all()

    assert world.community_of(LOUNGE) == "garden"
    assert world.community_of(SHED) == "default"


async def test_spaces_without_end_come_to_one(setup, server, monkeypatch):
    monkeypatch.setattr(room_finder, "MAX_SPACES", 3)
    server.spaces = {f"!s{n}:a.example": [f"!s{n + 1}:a.example"] for n in range(20)}
    world = setup(garden=document('space: "!s0:a.example"'))

    await world.finder.find_all()

    assert len(server.asked) == 3
    assert "holds more than 3 spaces" in world.finder.troubles["!s0:a.example"]
    assert world.community_of("!s3:a.example") == "garden"
    assert world.community_of("!s4:a.example") == "default"


async def test_rooms_without_end_come_to_one(setup, server, monkeypatch):
    monkeypatch.setattr(room_finder, "MAX_ROOMS", 3)
    server.spaces[SPACE] = [f"!r{n}:a.example" for n in range(20)]
    world = setup(garden=document(f'space: "{SPACE}"'))

    await world.finder.find_all()

    assert world.community_of("!r1:a.example") == "garden"
    assert world.community_of("!r2:a.example") == "default"


async def test_policies_that_are_read_again_are_looked_after_at_once(setup, server, monkeypatch):
    monkeypatch.setattr(room_finder, "MIN_GAP_SECONDS", 0)
    alias = f"#lounge:{server.name}"
    server.aliases[alias] = LOUNGE
    world = setup()
    running = asyncio.create_task(world.finder.run())
    await asyncio.sleep(0.01)

    world.documents = {"garden": document(f'"{alias}"')}
    world.policies.enforce(world.read())
    for _ in range(500):
        if world.community_of(LOUNGE) == "garden":
            break
        await asyncio.sleep(0.02)
    assert world.community_of(LOUNGE) == "garden"

    running.cancel()
