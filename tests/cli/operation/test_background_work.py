"""Every kind of background work recovers after its first run fails in a real server."""

import asyncio
import http.client
import json
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
import structlog

from countersign.adapters import metrics
from countersign.adapters.sql import sqlite
from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.adapters.sql.stores.own_user.own_events import SqlOwnEventStore
from countersign.adapters.sql.stores.rooms import SqlRoomStore
from countersign.basics.backoff import Backoff
from countersign.bootstrap import measures
from countersign.bootstrap.serving import _Server, serve
from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.service import background
from countersign.service.background import Work
from countersign.service.chats.chats import Chats
from countersign.service.health import loop_holders
from countersign.service.leaks import detection, unseen_signatures
from countersign.service.management.rooms import ManagementRooms
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.privacy import evidence, retention, sender_redactions
from countersign.service.reasons.appeal_metrics import AppealMetrics
from countersign.service.rooms import late_verification
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.trials import archiving
from countersign.web.http.connections import ConnectionLimits
from countersign.web.http.protocol import EdgeProtocol
from tests.cli.running_server import ROOM_ID, get, put_in_room

ONCE = {
    "accepting": (Work.CONNECTIONS, EdgeProtocol, "__init__"),
    "overdue connections": (Work.CONNECTIONS, ConnectionLimits, "go_round"),
    "room checks": (Work.ROOM_CHECKS, StateCheckSchedule, "due"),
    "community rooms": (Work.COMMUNITY_ROOMS, Policies, "named_rooms"),
    "policy reload": (Work.POLICY_RELOAD, _Server, "_reload_policies"),
    "key renewal": (Work.KEY_RENEWAL, Rooms, "joined_servers"),
    "leaks": (Work.LEAKS, None, "wait"),
    "former recipients": (Work.OUTBOX, SqlLeakStore, "abandon_other_recipients"),
    "outbox": (Work.OUTBOX, SqlLeakStore, "waiting"),
    "appeals": (Work.APPEALS, AppealMetrics, "count"),
    "chats": (Work.CHATS, Chats, "all"),
    "redactions": (Work.REDACTIONS, SqlOwnEventStore, "newest"),
    "management": (Work.MANAGEMENT, ManagementRooms, "resolve"),
    "unseen signatures": (
        Work.UNSEEN_SIGNATURES,
        unseen_signatures.UnseenSignatures,
        "raise_alarms",
    ),
    "archive": (Work.ARCHIVE, SqliteArchive, "forget_before"),
    "evidence": (Work.EVIDENCE, evidence.EvidenceKeeper, "write"),
    "retention": (Work.RETENTION, retention.Retention, "delete_expired"),
    "redactions by senders": (Work.RETENTION, None, "wait"),
    "trust": (Work.MEASURES, TrustRecords, "save"),
    "raids": (Work.MEASURES, Raids, "save"),
    "guard": (Work.MEASURES, RunawayGuard, "save"),
    "decision count": (Work.DECISION_COUNT, SqlDecisionStore, "count"),
    "late verification": (Work.LATE_VERIFICATION, SqlRoomStore, "load_unverified"),
    "database watch": (Work.DATABASE_WATCH, sqlite, "_write_the_same"),
    "loop holders": (Work.LOOP_HOLDERS, loop_holders._Sampler, "run"),
    "loop watch": (Work.LOOP_WATCH, metrics._Histogram, "observe"),
}
ENDING = {Work.DECISION_COUNT, Work.LATE_VERIFICATION}
"""Work that is well again as soon as it is done."""
QUICK = (
    (background, "BACKOFF", Backoff(first=0.2, longest=60)),
    (unseen_signatures, "WATCH_SECONDS", 0.05),
    (measures, "SAVE_EVERY_SECONDS", 0.05),
    (archiving, "WRITE_EVERY_SECONDS", 0.05),
    (evidence, "WRITE_EVERY_SECONDS", 0.05),
    (late_verification, "BACKOFF", Backoff(first=0.05, longest=0.05)),
)


class Broken(Exception):
    """An unexpected error."""


class Fault:
    """Has a function fail the first time, and counts its calls."""

    def __init__(self, original):
        self.calls = 0
        self._original = original

    def __get__(self, instance, _):
        return lambda *given, **named: self(instance, *given, **named)

    def __call__(self, *given, **named):
        self.calls += 1
        if self.calls == 1:
            raise Broken
        return self._original(*given, **named)


@pytest.fixture
def faults(monkeypatch):
    """Break what each kind of work stands on, once."""
    for where, name, value in QUICK:
        monkeypatch.setattr(where, name, value)
    made = {}
    for name, (_, where, function) in ONCE.items():
        if where is not None:
            made[name] = Fault(getattr(where, function))
            monkeypatch.setattr(where, function, made[name])
    for name, module in {"leaks": detection, "redactions by senders": sender_redactions}.items():
        made[name] = Fault(asyncio.Event.wait)
        event = type("Event", (asyncio.Event,), {"wait": made[name]})
        monkeypatch.setattr(module, "asyncio", SimpleNamespace(**{**vars(asyncio), "Event": event}))
    with structlog.testing.capture_logs():  # tracebacks on a terminal take half a second each
        yield made


async def get_soon(port, path):
    while True:
        with suppress(OSError, http.client.HTTPException):
            return await asyncio.to_thread(get, port, path)
        await asyncio.sleep(0.05)


async def test_all_background_work_comes_back_and_its_failures_are_shown(
    home, faults, unused_tcp_port
):
    home.set(
        archive={"is_on": True},
        redactions={"by_ourselves": True},
        management_room=ROOM_ID,
        metrics={"address": "127.0.0.1", "port": unused_tcp_port},
    )
    config = read_config(home.config)
    await asyncio.to_thread(put_in_room, home)
    async with open_stores(config) as stores:
        rooms = stores.rooms
        (room,) = [room for room in await rooms.load() if room.room_id == ROOM_ID]
        await rooms.save(replace(room, note="Not all could be verified."))

    serving = asyncio.create_task(serve(config, lambda *_: None))
    try:
        async with asyncio.timeout(120):
            shown = set()
            while not {work.value for work, _, _ in ONCE.values() if work not in ENDING} <= shown:
                assert not serving.done(), serving.result()
                status, page = await get_soon(unused_tcp_port, "/ready")
                assert status == 200  # it goes on answering
                warnings = json.loads(page)["warnings"]
                shown |= {name for name, trouble in warnings.items() if trouble} - {"disk"}
            while not all(fault.calls >= 2 for fault in faults.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        _, page = await get_soon(unused_tcp_port, "/metrics")
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    counted = {
        line.split('"')[1]: float(line.split()[-1])
        for line in page.splitlines()
        if line.startswith("countersign_background_failures_total{")
    }
    expected = {work.value: 0 for work in Work}
    for work, _, _ in ONCE.values():
        expected[work.value] += 1
    assert counted == expected


ELSEWHERE = {
    Work.JOINS: "for others to ask for again: an error ends them",
    Work.BACKTESTS: "likewise",
    Work.CHANGES: "waits for ever where one process is alone; tests/service/processes",
    Work.LEADERSHIP: "likewise",
    Work.RECEIVED_EVENTS: "runs only beside other processes; tests/service/processes",
    Work.SHARED_COUNTERS: "runs only with a Valkey server; tests/adapters/valkey",
    Work.WORKER_METRICS: "runs only in workers; tests/cli/operation/test_workers.py",
    Work.WORKER_HEALTH: "likewise",
    Work.WORKER_REQUESTS: "likewise; tests/dashboard/test_workers.py",
}
"""Work that this server does not do, or not for long, and why or where it is tested."""


def test_every_kind_of_work_is_made_to_fail():
    assert {work for work, _, _ in ONCE.values()} == set(Work) - set(ELSEWHERE)
