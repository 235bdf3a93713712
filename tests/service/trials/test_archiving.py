"""Tests of archiving: it delays nothing, reports what it drops, and deletes what is old."""

import asyncio
import resource
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.answers.event_context import EventContext
from countersign.service.evaluation.judging import JudgedEvent
from countersign.service.trials.archiving import MAX_WAITING, MAX_WAITING_BYTES, Archiving
from countersign.testing.clocks import ManualClock

NOW_TS = 100 * DAY_MS
EVENT = Event(
    type="m.room.message",
    sender="@alice:example.org",
    server="example.org",
    room_id="!room:example.org",
    state_key=None,
    content={"msgtype": "m.text", "body": "hello"},
    origin_server_ts=1,
    size_bytes=500,
)
ASKED = EventContext(
    community="default",
    policy=parse_policy(b"filters: []", BUILTIN_FILTERS),
    room=None,
    event=EVENT,
    now=0.0,
    now_ts=NOW_TS,
)
RECORDED = RecordedDecision(
    key=b"",
    room_id=EVENT.room_id,
    event_id="$e",
    event_type=EVENT.type,
    sender=EVENT.sender,
    asked_by="example.org",
    decided_ts=NOW_TS,
    decision=Decision(verdict=Verdict.SIGN, policy_revision="r1"),
)

JUDGED = JudgedEvent(RECORDED.decision, {}, None, ())


@pytest.fixture
def archive(tmp_path):
    return SqliteArchive(tmp_path / "archive.db")


@pytest.fixture
def archiving(archive):
    return Archiving(archive, ManualClock(NOW_TS), retention_days=7)


async def count(archive):
    return await archive.count(community="default", since_ts=0, room_id=None)


@contextmanager
def full_disk():
    """Let no file of this process grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_judged_events_are_archived(archive, archiving):
    archiving.judged(ASKED, RECORDED, JUDGED)
    await archiving.write()

    assert await count(archive) == 1


async def test_beyond_its_bound_the_queue_takes_nothing(archive, archiving):
    for _ in range(MAX_WAITING + 5):
        archiving.judged(ASKED, RECORDED, JUDGED)
    await archiving.write()

    assert await count(archive) == MAX_WAITING


async def test_large_events_fill_the_queue_by_their_size_until_they_are_written(archive, archiving):
    large = replace(ASKED, event=replace(EVENT, size_bytes=MAX_WAITING_BYTES // 3))
    for _ in range(5):
        archiving.judged(large, RECORDED, JUDGED)
    await archiving.write()
    assert await count(archive) == 3

    archiving.judged(large, RECORDED, JUDGED)
    await archiving.write()
    assert await count(archive) == 4


async def test_on_a_full_disk_events_are_lost_and_told_and_later_ones_kept(archive, archiving):
    archiving.judged(ASKED, RECORDED, JUDGED)
    await archiving.write()
    for _ in range(3):
        archiving.judged(ASKED, RECORDED, JUDGED)
    with full_disk(), capture_logs() as logs:
        await archiving.write()
    archiving.judged(ASKED, RECORDED, JUDGED)
    await archiving.write()

    assert [(line["event"], line["lost"]) for line in logs] == [
        ("judged events are not archived", 3)
    ]
    assert await count(archive) == 2


async def test_running_it_writes_and_forgets_what_is_too_old_and_writes_at_the_end(
    archive, archiving
):
    for days in (8, 6):
        archiving.judged(ASKED, replace(RECORDED, decided_ts=NOW_TS - days * DAY_MS), JUDGED)
    await archiving.write()
    assert await count(archive) == 2

    running = asyncio.create_task(archiving.run())
    async with archiving._clock.passing(), asyncio.timeout(60):
        while await count(archive) != 1:  # noqa: ASYNC110 - nobody tells when it has forgotten
            await asyncio.sleep(0.01)
    archiving.judged(ASKED, RECORDED, JUDGED)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert await count(archive) == 2


async def test_a_stop_loses_no_event_that_is_being_prepared_for_the_archive(archive, archiving):
    has_begun, may_go_on = threading.Event(), threading.Event()

    class SlowAnswers(dict):
        def items(self):
            has_begun.set()
            may_go_on.wait(60)
            return super().items()

    archiving.judged(ASKED, RECORDED, replace(JUDGED, answers=SlowAnswers()))
    running = asyncio.create_task(archiving.run())
    async with archiving._clock.passing():
        await asyncio.to_thread(has_begun.wait, 60)
    running.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(running, return_exceptions=True)

    assert await count(archive) == 1
