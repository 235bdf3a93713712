"""Tests of the audit log of what operators read; a page that refreshes itself is logged once."""

import pytest

from countersign.ports.actors import Actor, ActorKind, Face
from countersign.service.commands.actors.audit import SAME_LOOK_MS, AuditLog
from countersign.service.commands.actors.permissions import Command
from countersign.testing.clocks import ManualClock


class FakeStore:
    def __init__(self):
        self.entries = []

    async def append(self, entry):
        self.entries.append(entry)
        return len(self.entries)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def log(store, clock):
    return AuditLog(store, clock)


def operator(face):
    return Actor.unlimited("operator", ActorKind.OPERATOR, face)


async def look(log, face, **details):
    await log.read(operator(face), Command.DECISIONS_LIST, community="a", details=details)


async def test_a_page_of_the_dashboard_that_asks_again_is_one_look(log, store, clock):
    await look(log, Face.DASHBOARD, verdict="refuse", since_ts=1)
    clock.advance(10)
    await look(log, Face.DASHBOARD, verdict="refuse", since_ts=2)
    assert len(store.entries) == 1

    await look(log, Face.DASHBOARD, verdict="sign", since_ts=2)
    clock.advance(SAME_LOOK_MS / 1_000)
    await look(log, Face.DASHBOARD, verdict="refuse", since_ts=3)

    assert len(store.entries) == 3


@pytest.mark.parametrize("face", [Face.CLI, Face.API, Face.ROOM])
async def test_every_look_by_another_way_is_written_down(log, store, face):
    await look(log, face, verdict="refuse")
    await look(log, face, verdict="refuse")

    assert len(store.entries) == 2
