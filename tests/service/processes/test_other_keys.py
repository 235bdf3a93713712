"""Tests of the warning about processes of one server name with different keys or secrets."""

import asyncio
from contextlib import suppress

import pytest

from countersign.ports.broadcasts import Topic
from countersign.service.processes.comparisons import FORGOTTEN_AFTER_SECONDS, SAY_EVERY_SECONDS
from countersign.service.processes.other_keys import OtherKeys
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub

OURS = {"policy key": b"one", "indicator secret": b"two"}


class BroadcastCounter:
    """Counts what a further member of the hub hears."""

    def __init__(self, hub):
        self.messages = []
        hub.join().subscribe(Topic.KEYS, lambda *words: self.messages.append(words))


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def clock():
    return ManualClock()


async def say_once(keys):
    """Have a process send its digests as at its start."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await keys.run()


def process(hub, clock, **other):
    named = {name.replace("_", " "): value for name, value in other.items()}
    return OtherKeys(hub.join(), clock, OURS | named)


async def test_processes_with_the_same_files_say_nothing(hub, clock):
    one, other = process(hub, clock), process(hub, clock)

    await say_once(other)
    await say_once(one)

    assert one.find_trouble() is None
    assert other.find_trouble() is None


async def test_both_know_as_soon_as_one_with_another_key_starts(hub, clock):
    one, other = process(hub, clock), process(hub, clock, policy_key=b"mine")

    await say_once(other)

    assert one.find_trouble() == other.find_trouble()
    assert "has another policy key." in one.find_trouble()


async def test_all_that_differs_is_named(hub, clock):
    one = process(hub, clock)

    await say_once(process(hub, clock, policy_key=b"mine", indicator_secret=b"mine"))

    assert "another policy key and another indicator secret." in one.find_trouble()


async def test_once_the_files_are_the_same_it_is_forgotten(hub, clock):
    one = process(hub, clock)
    await say_once(process(hub, clock, policy_key=b"mine"))
    clock.advance(FORGOTTEN_AFTER_SECONDS - SAY_EVERY_SECONDS)
    assert one.find_trouble() is not None

    clock.advance(SAY_EVERY_SECONDS + 1)

    assert one.find_trouble() is None


async def test_two_that_differ_do_not_answer_each_other_for_ever(hub, clock):
    told = BroadcastCounter(hub)
    process(hub, clock)

    await say_once(process(hub, clock, policy_key=b"mine"))

    assert len(told.messages) <= 3 * len(OURS)


async def test_no_key_or_secret_is_sent(hub, clock):
    told = BroadcastCounter(hub)

    await say_once(process(hub, clock))

    said = " ".join(word for words in told.messages for word in words)
    assert not any(value.hex() in said or value.decode() in said.split() for value in OURS.values())


async def test_names_that_are_not_known_are_ignored(hub, clock):
    one = process(hub, clock)

    hub.join().publish(Topic.KEYS, "a key of a later version", "00")

    assert one.find_trouble() is None
