"""What was signed and is not seen is counted, by server; nothing else is held against anybody."""

from hashlib import sha256

import pytest
from structlog.testing import capture_logs

from countersign.service.errors import RateLimited
from countersign.service.leaks import unseen_signatures as banked_signatures
from countersign.service.leaks.unseen_signatures import ALARM_COUNT, UnseenSignatures
from countersign.testing.clocks import ManualClock

CEILING = 2_000
SERVER = "example.org"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def bank(clock):
    return UnseenSignatures(clock, ceiling=CEILING)


def digest(number):
    return sha256(str(number).encode()).digest()


def fill(bank, count, server=SERVER, *, start=0):
    for number in range(start, start + count):
        bank.add(digest(f"{server} {number}"), server)


def see(bank, count, server=SERVER, *, start=0):
    for number in range(start, start + count):
        bank.see(digest(f"{server} {number}"))


def check_alarms(bank, times=2):
    with capture_logs() as logs:
        for _ in range(times):
            bank.raise_alarms()
    return [each["server"] for each in logs]


def test_what_is_seen_is_held_against_nobody(bank):
    fill(bank, 3 * CEILING)
    see(bank, 3 * CEILING)

    bank.check(SERVER)
    assert bank.counts() == []
    assert len(bank) == 0
    assert check_alarms(bank) == []


def test_what_was_never_signed_may_be_seen(bank):
    bank.see(digest(1))

    bank.check(SERVER)
    assert bank.counts() == []


def test_a_few_that_go_astray_are_no_alarm(bank):
    fill(bank, ALARM_COUNT - 1)

    assert check_alarms(bank) == []
    bank.check(SERVER)


def test_a_small_share_of_many_is_no_alarm(bank):
    fill(bank, 10 * CEILING)
    see(bank, 8 * CEILING)

    assert check_alarms(bank) == []
    bank.check(SERVER)


def test_what_is_seen_by_the_next_check_is_no_alarm(bank):
    fill(bank, ALARM_COUNT)
    assert check_alarms(bank, times=1) == []
    see(bank, ALARM_COUNT)

    assert check_alarms(bank) == []


def test_a_server_that_keeps_events_back_raises_an_alarm(bank):
    fill(bank, ALARM_COUNT)
    fill(bank, 10, "example.com")

    assert check_alarms(bank, times=5) == [SERVER], "once"
    (first, second) = bank.counts()
    assert (first.server, first.unseen, first.unseen_lately) == (SERVER, ALARM_COUNT, ALARM_COUNT)
    assert first.is_alarming
    assert not second.is_alarming


def test_who_keeps_back_what_was_signed_meets_a_ceiling(bank):
    fill(bank, CEILING - 1)
    bank.check(SERVER)
    fill(bank, 1, start=CEILING)

    with pytest.raises(RateLimited) as limited:
        bank.check(SERVER)
    assert limited.value.retry_after_ms > 0
    bank.check("example.com")

    see(bank, 1)
    bank.check(SERVER)


def test_after_an_hour_the_ceiling_lifts_and_after_a_day_all_is_forgotten(bank, clock):
    fill(bank, CEILING)
    clock.advance(3_600 + 600)
    bank.check(SERVER)
    assert bank.counts()[0].unseen == CEILING

    clock.advance(24 * 3_600)
    assert bank.counts() == []
    assert len(bank) == 0


def test_memory_is_bounded(bank, monkeypatch):
    monkeypatch.setattr(banked_signatures, "MAX_ENTRIES", 100)
    monkeypatch.setattr(banked_signatures, "MAX_SERVERS", 10)
    for number in range(50):
        fill(bank, 10, f"server-{number}.example")

    assert len(bank) == 100
    assert {each.unseen for each in bank.counts()} == {10}
    see(bank, 10, "server-0.example")
    assert len(bank.counts()) == 10
