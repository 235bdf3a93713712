"""Rooms in the file of earlier versions are known after an upgrade."""

import json

import pytest

from countersign.adapters.sql.stores.found_rooms import SqlFoundRoomsStore
from countersign.bootstrap.policies.found_rooms import take_over_found_rooms
from countersign.config import read_config
from countersign.ports.stores.found_rooms import FoundRooms

CLUB = FoundRooms(frozenset({"!club:example.org"}), ("example.org",))
KEPT = {"#club:example.org": {"room_ids": ["!club:example.org"], "servers": ["example.org"]}}


@pytest.fixture
def store(database):
    return SqlFoundRoomsStore(database)


@pytest.fixture
def config(tmp_path):
    settings = tmp_path / "countersign.yaml"
    settings.write_text("server_name: policy.example.com\n")
    return read_config(settings)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "communities.found.json"


async def test_rooms_in_the_file_are_known_and_the_file_stays(config, file, store):
    file.write_text(json.dumps(KEPT))

    await take_over_found_rooms(config, store)

    assert await store.load() == {"#club:example.org": CLUB}
    assert file.exists()


async def test_rooms_found_since_are_kept(config, file, store):
    file.write_text(json.dumps(KEPT))
    await store.save({"#new:example.org": CLUB})

    await take_over_found_rooms(config, store)

    assert await store.load() == {"#new:example.org": CLUB}


@pytest.mark.parametrize("text", ['{"a": 5}', "[", "", '{"a": {"room_ids": []}}'])
async def test_a_damaged_file_is_said_and_keeps_no_server_from_starting(
    config, file, store, text, capsys
):
    file.write_text(text)

    await take_over_found_rooms(config, store)

    assert await store.load() == {}
    assert "communities.found.json is damaged" in capsys.readouterr().out


async def test_without_a_file_there_is_nothing_to_do(config, store):
    await take_over_found_rooms(config, store)

    assert await store.load() == {}
