"""Tests of when observers are told of decisions."""

import asyncio

import pytest
import structlog

from countersign.service.evaluation.notifications import ROUNDS_UNTIL_ANSWERED, Notifications


class Observer:
    """Keeps what it is told."""

    def __init__(self):
        self.told = []

    def settled(self, context, recorded):
        self.told.append((context, recorded))

    def judged(self, context, recorded, judged):
        self.told.append((context, recorded, judged))


class Failing(Observer):
    """Fails on all that it is told."""

    def settled(self, context, recorded):
        raise ZeroDivisionError

    judged = settled


@pytest.fixture
def observer():
    return Observer()


def test_observers_are_told_at_once_without_a_loop(observer):
    archive = Observer()

    Notifications([observer], archive).add("context", "recorded", "judged")

    assert observer.told == [("context", "recorded")]
    assert archive.told == [("context", "recorded", "judged")]


def test_a_failing_observer_does_not_affect_others(observer):
    with structlog.testing.capture_logs() as logs:
        Notifications([Failing(), observer], Failing()).add("context", "recorded", "judged")

    assert observer.told
    assert [entry["event"] for entry in logs] == ["an observer failed"] * 2


async def test_observers_are_told_after_the_answers(observer):
    notifications = Notifications([observer], is_after_answers=True)

    notifications.add("first", 1, "judged")
    notifications.add("second", 2, "judged")
    for _ in range(ROUNDS_UNTIL_ANSWERED):
        assert observer.told == []
        await asyncio.sleep(0)

    await asyncio.sleep(0)
    assert observer.told == [("first", 1), ("second", 2)]


async def test_observers_are_told_before_the_next_event_is_judged_and_only_once(observer):
    notifications = Notifications([observer], is_after_answers=True)

    notifications.add("first", 1, "judged")
    notifications.notify_observers()
    assert observer.told == [("first", 1)]

    notifications.add("second", 2, "judged")
    for _ in range(2 * ROUNDS_UNTIL_ANSWERED):
        await asyncio.sleep(0)
    assert observer.told == [("first", 1), ("second", 2)]
