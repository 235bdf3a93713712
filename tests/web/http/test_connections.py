"""Tests of connection limits, by network and not by single address."""

import asyncio
from itertools import pairwise

import pytest

from countersign.web.http import connections
from countersign.web.http.connections import ENDED_AT_ONCE, ConnectionLimits, EdgeLimits


class CountedConnection:
    """A connection that is overdue, or not."""

    def __init__(self, *, is_overdue=False):
        self.is_overdue = is_overdue
        self.is_ended = False

    def end_for_others(self):
        self.is_ended = True

    def expire(self, now):
        self.is_ended = self.is_overdue
        return self.is_overdue


@pytest.fixture
async def connection_limits():
    return ConnectionLimits(EdgeLimits(connections=10, connections_per_address=2))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", None])
async def test_loopback_counts_in_the_total_only(connection_limits, address):
    guests = [CountedConnection() for _ in range(11)]

    assert all(connection_limits.admits(connection, address) for connection in guests)
    assert [connection.is_ended for connection in guests] == [True] + [False] * 10
    assert len(connection_limits) == 10


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        pytest.param(["192.0.2.1"] * 3, "192.0.2.2", id="IPv4"),
        pytest.param(["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], "192.0.2.2", id="mapped"),
        pytest.param(
            ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"], "2001:db8:0:1::1", id="IPv6 /64"
        ),
        pytest.param(["fe80::1%eth0", "fe80::2%eth0", "fe80::3"], "2001:db8::1", id="link-local"),
    ],
)
async def test_connections_are_counted_by_ipv4_address_or_ipv6_64(
    connection_limits, addresses, other
):
    assert [connection_limits.admits(CountedConnection(), address) for address in addresses] == [
        True,
        True,
        False,
    ]
    assert connection_limits.admits(CountedConnection(), other)


MEMBER, STRANGER = "203.0.113.1", None


@pytest.fixture
async def crowded():
    return ConnectionLimits(
        EdgeLimits(connections=4, connections_per_address=4),
        is_member=lambda address: address == MEMBER,
    )


def let_in(connection_limits, count, address=STRANGER):
    guests = [CountedConnection() for _ in range(count)]
    assert all(connection_limits.admits(connection, address) for connection in guests)
    return guests


async def test_idle_connections_give_way_before_requests_that_have_just_begun(crowded):
    began, rested, rested_later = let_in(crowded, 3)
    crowded.mark_idle(rested, STRANGER)
    crowded.mark_idle(rested_later, STRANGER)
    let_in(crowded, 2)
    assert [one.is_ended for one in (began, rested, rested_later)] == [False, True, False]

    crowded.begin(rested_later)
    let_in(crowded, 1)
    assert [one.is_ended for one in (began, rested_later)] == [True, False]


async def test_a_request_that_does_not_arrive_gives_way_before_idle_connections(
    crowded, monkeypatch
):
    monkeypatch.setattr(connections, "GRACE_SECONDS", 0.01)
    idle, stalled, *_ = let_in(crowded, 4)
    crowded.mark_idle(idle, STRANGER)
    await asyncio.sleep(0.02)
    let_in(crowded, 1)

    assert (idle.is_ended, stalled.is_ended) == (False, True)


async def test_connections_of_members_give_way_to_no_stranger(crowded):
    members = let_in(crowded, 3, MEMBER)
    let_in(crowded, 20)
    assert not any(member.is_ended for member in members)

    (proved,) = let_in(crowded, 1)
    crowded.mark_idle(proved, MEMBER)
    assert not crowded.admits(CountedConnection(), STRANGER)
    assert not proved.is_ended


async def test_a_closed_connection_frees_its_place(connection_limits):
    guests = [CountedConnection(), CountedConnection()]
    assert all(connection_limits.admits(connection, "192.0.2.1") for connection in guests)
    refused = CountedConnection()
    assert not connection_limits.admits(refused, "192.0.2.1")

    connection_limits.leave(refused)
    assert not connection_limits.admits(CountedConnection(), "192.0.2.1")
    connection_limits.leave(guests[0])

    assert connection_limits.admits(CountedConnection(), "192.0.2.1")
    assert len(connection_limits) == 2


async def test_addresses_without_connections_are_forgotten(connection_limits):
    for number in range(100):
        connection = CountedConnection()
        connection_limits.admits(connection, f"192.0.2.{number}")
        connection_limits.leave(connection)

    assert (len(connection_limits), len(connection_limits._by_network)) == (0, 0)
    await connection_limits.wait_until_empty()


async def test_many_overdue_connections_delay_no_other():
    connection_limits = ConnectionLimits(EdgeLimits())
    punctual = [CountedConnection() for _ in range(100)]
    overdue = [CountedConnection(is_overdue=True) for _ in range(10 * ENDED_AT_ONCE)]
    for connection in punctual + overdue:
        connection_limits.admits(connection, None)
    turns_of_others = []

    async def others():
        while True:
            turns_of_others.append(sum(connection.is_ended for connection in overdue))
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await connection_limits.go_round(0.0)
    task.cancel()

    assert all(connection.is_ended for connection in overdue)
    assert not any(connection.is_ended for connection in punctual)
    steps = [after - before for before, after in pairwise([0, *turns_of_others])]
    assert max(steps) == ENDED_AT_ONCE
