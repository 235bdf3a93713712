"""Tests of the archive store: exact reading, and deletion of what has expired."""

import pytest

from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.policy.events import Event
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.archive import ArchivedEvent

EVERYTHING = {"community": "default", "since_ts": 0, "room_id": None, "limit": 1_000}


def archived(body="hello", *, ts=1_000, sender="@alice:example.org", room_id="!a:b", **others):
    event = Event(
        type="m.room.message",
        sender=sender,
        server=sender.partition(":")[2],
        room_id=room_id,
        state_key=None,
        content={"msgtype": "m.text", "body": body, **others},
        origin_server_ts=ts,
        size_bytes=500,
        sender_power_level=2**53 - 1,
        received_ts=ts,
        sticky_ms=5,
        standing=Standing(level=Trust.MEMBER, because="known", known_hours=30, accepted_events=9),
    )
    return ArchivedEvent(
        community="default", event=event, decided_ts=ts, is_refused=True, labels=("keyword",)
    )


@pytest.fixture
def archive(tmp_path):
    return SqliteArchive(tmp_path / "archive.db")


async def test_gives_back_what_it_was_given_in_order(archive):
    events = [archived("b", ts=2_000), archived("a", ts=1_000)]

    await archive.add(events)

    assert list(archive.read(**EVERYTHING)) == events[::-1]
    assert not await archive.is_empty()
    assert await archive.count(community="default", since_ts=1_500, room_id=None) == 1
    assert list(archive.read(**(EVERYTHING | {"limit": 1}))) == [events[0]]
    assert list(archive.read(**(EVERYTHING | {"community": "other"}))) == []


async def test_only_its_owner_may_read_it(archive, tmp_path):
    await archive.add([archived()])

    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


async def test_purged_events_are_gone_from_the_disk(archive, tmp_path):
    secret = "a long and peculiar sentence that nobody else would ever have written"
    await archive.add([archived(sender="@spammer:elsewhere.example"), archived(secret)])

    assert await archive.purge(sender="@spammer:elsewhere.example") == 1
    assert await archive.purge(room_id="!other:b") == 0

    assert b"elsewhere.example" not in b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert len(list(archive.read(**EVERYTHING))) == 1


async def test_expired_events_are_deleted(archive):
    await archive.add([archived(ts=1_000), archived(ts=2_000)])

    assert await archive.forget_before(2_000) == 1
    assert [each.decided_ts for each in archive.read(**EVERYTHING)] == [2_000]


async def test_a_number_beyond_all_bounds_comes_back_as_the_largest_safe_one(archive):
    await archive.add([archived(odd=2**70, deep=[{"n": -(2**70)}]), archived("b")])

    first, second = archive.read(**EVERYTHING)
    assert first.event.content["odd"] == 2**53 - 1
    assert first.event.content["deep"] == [{"n": -(2**53 - 1)}]
    assert second.event.content["body"] == "b"


async def test_an_archive_that_is_not_there_is_empty(archive):
    assert await archive.is_empty()
    assert await archive.count(community="default", since_ts=0, room_id=None) == 0
    assert list(archive.read(**EVERYTHING)) == []
    assert await archive.purge(sender="@a:b") == 0


async def test_an_archive_whose_table_is_not_made_yet_is_empty(archive, tmp_path):
    (tmp_path / "archive.db").touch()

    assert await archive.count(community="default", since_ts=0, room_id=None) == 0
    assert list(archive.read(**EVERYTHING)) == []
    assert await archive.find(sender="@a:b", room_id="!a:b", decided_ts=1) == []
    assert await archive.export_person("@a:b") == []
    assert await archive.purge(sender="@a:b") == 0


async def test_a_failed_write_raises_the_ports_error(tmp_path):
    with pytest.raises(StoreUnavailable):
        await SqliteArchive(tmp_path / "nowhere" / "archive.db").add([archived()])
