"""Tests of the limit on handed-over leaks, shared by all processes of a server name."""

import pytest

from countersign.service.leaks.leak_rations import MAX_AN_HOUR, LeakRation
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub

ROOM = "!a:example.org"


@pytest.fixture
def clock():
    return ManualClock()


def test_a_domain_has_half_of_its_rooms_ration_whichever_process_records(clock):
    hub = Hub()
    rations = [LeakRation(clock, hub.join()) for _ in range(2)]
    for number in range(MAX_AN_HOUR // 2):
        assert all(ration.has_left(ROOM, "b") for ration in rations)
        rations[number % 2].count(ROOM, "b")

    assert [ration.has_left(ROOM, "b") for ration in rations] == [False, False]
    assert [ration.has_left(ROOM, "c") for ration in rations] == [True, True]
    clock.advance(3_601)
    assert [ration.has_left(ROOM, "b") for ration in rations] == [True, True]
