"""Tests of unseen signatures: counted by server, without other consequences."""

from hashlib import sha256

import pytest
from structlog.testing import capture_logs

from countersign.ports.broadcasts import Topic
from countersign.service.errors import RateLimited
from countersign.service.leaks import unseen_signatures
from countersign.service.leaks.unseen_signatures import ALARM_COUNT, UnseenSignatures
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub

CEILING = 2_000
SERVER = "example.org"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def unseen(clock):
    return UnseenSignatures(clock, ceiling=CEILING)


def digest(number):
    return sha256(str(number).encode()).digest()


def fill(unseen, count, server=SERVER, *, start=0):
    for number in range(start, start + count):
        unseen.add(digest(f"{server} {number}"), server)


def see(unseen, count, server=SERVER, *, start=0):
    for number in range(start, start + count):
        unseen.mark_seen(digest(f"{server} {number}"))


def check_alarms(unseen, times=2):
    with capture_logs() as logs:
        for _ in range(times):
            unseen.raise_alarms()
    return [each["server"] for each in logs]


def test_seen_signatures_do_not_count(unseen):
    fill(unseen, 3 * CEILING)
    see(unseen, 3 * CEILING)

    unseen.check(SERVER)
    assert unseen.counts() == []
    assert len(unseen) == 0
    assert check_alarms(unseen) == []


def test_an_event_that_was_never_signed_may_be_seen(unseen):
    unseen.mark_seen(digest(1))

    unseen.check(SERVER)
    assert unseen.counts() == []


def test_a_few_that_go_astray_are_no_alarm(unseen):
    fill(unseen, ALARM_COUNT - 1)

    assert check_alarms(unseen) == []
    unseen.check(SERVER)


def test_a_small_share_of_many_is_no_alarm(unseen):
    fill(unseen, 10 * CEILING)
    see(unseen, 8 * CEILING)

    assert check_alarms(unseen) == []
    unseen.check(SERVER)


def test_a_signature_seen_by_the_next_check_raises_no_alarm(unseen):
    fill(unseen, ALARM_COUNT)
    assert check_alarms(unseen, times=1) == []
    see(unseen, ALARM_COUNT)

    assert check_alarms(unseen) == []


def test_a_server_that_keeps_events_back_raises_an_alarm(unseen):
    fill(unseen, ALARM_COUNT)
    fill(unseen, 10, "example.com")

    assert check_alarms(unseen, times=5) == [SERVER], "once"
    (first, second) = unseen.counts()
    assert (first.server, first.unseen, first.unseen_lately) == (SERVER, ALARM_COUNT, ALARM_COUNT)
    assert first.is_alarming
    assert not second.is_alarming


def test_a_server_that_withholds_signed_events_meets_a_limit(unseen):
    fill(unseen, CEILING - 1)
    unseen.check(SERVER)
    fill(unseen, 1, start=CEILING)

    with pytest.raises(RateLimited) as limited:
        unseen.check(SERVER)
    assert limited.value.retry_after_ms > 0
    unseen.check("example.com")

    see(unseen, 1)
    unseen.check(SERVER)


def test_after_an_hour_the_ceiling_lifts_and_after_a_day_all_is_forgotten(unseen, clock):
    fill(unseen, CEILING)
    clock.advance(3_600 + 600)
    unseen.check(SERVER)
    assert unseen.counts()[0].unseen == CEILING

    clock.advance(24 * 3_600)
    assert unseen.counts() == []
    assert len(unseen) == 0


def test_memory_is_bounded(unseen, monkeypatch):
    monkeypatch.setattr(unseen_signatures, "MAX_ENTRIES", 100)
    monkeypatch.setattr(unseen_signatures, "MAX_SERVERS", 10)
    for number in range(50):
        fill(unseen, 10, f"server-{number}.example")

    assert len(unseen) == 100
    assert {each.unseen for each in unseen.counts()} == {10}
    see(unseen, 10, "server-0.example")
    assert len(unseen.counts()) == 10


class TestProcesses:
    """Two processes of one server name, of which each is asked about a part."""

    @pytest.fixture
    def both(self, clock):
        hub = Hub()
        return [UnseenSignatures(clock, ceiling=CEILING, broadcasts=hub.join()) for _ in range(2)]

    def test_a_signature_seen_by_another_process_does_not_count(self, both):
        one, other = both
        fill(one, 3 * CEILING)
        see(other, 3 * CEILING)

        for each in both:
            each.check(SERVER)
            assert each.counts() == []

    def test_signatures_of_both_processes_are_counted_together(self, both):
        for number, each in enumerate(both):
            fill(each, CEILING // 2, start=number * CEILING)

        for each in both:
            with pytest.raises(RateLimited):
                each.check(SERVER)
            assert [count.unseen for count in each.counts()] == [CEILING]

    def test_the_order_of_messages_makes_no_difference(self, clock):
        """A sighting by the second process may arrive before the signature by the first one."""
        subscribed = []

        class Late:
            def publish(self, topic, *words):
                subscribed.append((topic, words))

            def subscribe(self, topic, on_message):
                subscribed.append((topic, on_message))

        one = UnseenSignatures(clock, ceiling=CEILING, broadcasts=Late())
        receive = dict(subscribed)
        receive[Topic.SEEN](digest(1)[:16].hex())
        one.add(digest(1), SERVER)
        receive[Topic.SIGNED](digest(2)[:16].hex(), SERVER)
        receive[Topic.SEEN](digest(2)[:16].hex())

        assert one.counts() == []
        assert len(one) == 0

    def test_each_event_is_published_once_however_often_it_is_seen(self, clock):
        hub, heard = Hub(), []
        hub.join().subscribe(Topic.SEEN, heard.append)
        unseen = UnseenSignatures(clock, ceiling=CEILING, broadcasts=hub.join())
        for _ in range(100):
            unseen.mark_seen(digest(1))

        assert len(heard) == 1


def test_without_broadcasts_between_processes_nothing_is_counted():
    others = []
    unseen = UnseenSignatures(ManualClock(), ceiling=1, is_blind=lambda: bool(others))
    unseen.add(bytes(32), "busy.example")
    assert len(unseen) == 1
    others.append("another machine")
    for number in range(3):
        unseen.add(bytes([number]) * 32, "busy.example")
    unseen.check("busy.example")
    assert unseen.counts() == []
    assert len(unseen) == 0
