"""Tests of rooms in SQLite: any room state is read back exactly, and damage is detected."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.adapters.sql.stores.rooms import SqlRoomStore
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.rooms.room_state import StateEvent
from countersign.testing.records import ALICE, make_member, make_stored_room

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
state_events = st.builds(
    StateEvent,
    type=texts,
    state_key=texts,
    sender=texts,
    content=st.dictionaries(texts, json_values, max_size=4),
    event_id=texts,
    depth=st.integers(),
    origin_server_ts=st.integers(),
    known_since_ts=st.integers(min_value=0, max_value=2**63 - 1),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    state=st.lists(state_events, max_size=6, unique_by=lambda event: (event.type, event.state_key))
)
async def test_any_state_comes_back_field_for_field(open_database, state):
    database = open_database()
    store = SqlRoomStore(database)
    await store.save(make_stored_room(state))

    (room,) = await store.load()

    def by_key(event):
        return event.type, event.state_key

    assert repr(sorted(room.state, key=by_key)) == repr(sorted(state, key=by_key))
    await database.close()


async def test_twenty_thousand_members_are_one_save(open_database):
    store = SqlRoomStore(open_database())
    room = make_stored_room(
        make_member(f"@user{number:05}:example.org") for number in range(20_000)
    )

    await store.save(room)

    assert await store.load() == [room]


async def test_a_save_that_fails_leaves_the_room_as_it_was(open_database, other_process):
    store = SqlRoomStore(open_database())
    room = make_stored_room([make_member(ALICE)])
    await store.save(room)
    other_process.execute(
        "CREATE TRIGGER fault BEFORE INSERT ON room_state BEGIN SELECT RAISE(ABORT, 'fault'); END"
    )

    with pytest.raises(StoreUnavailable, match="fault"):
        await store.save(replace(room, membership="left"))

    assert await store.load() == [room]


@pytest.mark.parametrize("damaged", ["", "[", "[1]", "{}", '{"sender": 1, "more": 2}'])
async def test_a_damaged_row_is_trouble_and_not_a_room(open_database, other_process, damaged):
    store = SqlRoomStore(open_database())
    await store.save(make_stored_room([make_member(ALICE)]))
    other_process.execute("UPDATE room_state SET event = ?", [damaged])

    with pytest.raises(StoreUnavailable):
        await store.load()
