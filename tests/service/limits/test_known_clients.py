"""Tests of remembered addresses of member servers: for a day, a few for each server."""

import pytest

from countersign.service.limits.known_clients import (
    KNOWN_SECONDS,
    MAX_KNOWN,
    MAX_PER_OWNER,
    UNKNOWN_CLIENT,
    Client,
    KnownClients,
)
from countersign.testing.clocks import ManualClock


def client(number):
    address = f"198.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Client(address, address.rpartition(".")[0])


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def known(clock):
    return KnownClients(
        clock, lambda server: server.endswith(".org"), lambda server: server.partition(".")[2]
    )


def test_a_stranger_is_not_known_and_nor_is_a_server_of_no_room(known):
    known.note(client(1), "matrix.example.com")

    assert known.owner_of(client(1)) is None
    assert len(known) == 0


def test_an_address_is_known_for_a_day_since_a_member_server_proved_its_name(known, clock):
    known.note(client(1), "matrix.example.org")
    assert known.owner_of(client(1)) == "example.org"
    assert known.owner_of(client(2)) is None

    clock.advance(KNOWN_SECONDS - 1)
    known.note(client(1), "matrix.example.org")
    clock.advance(KNOWN_SECONDS - 1)
    assert known.owner_of(client(1)) == "example.org"
    clock.advance(2)
    assert known.owner_of(client(1)) is None


def test_a_proxy_that_speaks_for_everybody_is_nobody(known):
    known.note(UNKNOWN_CLIENT, "matrix.example.org")

    assert known.owner_of(UNKNOWN_CLIENT) is None


def test_the_number_of_known_addresses_of_one_owner_is_limited(known):
    for number in range(MAX_PER_OWNER + 1):
        known.note(client(number), f"host-{number}.example.org")

    assert len(known) == MAX_PER_OWNER
    assert known.owner_of(client(0)) is None
    assert known.owner_of(client(MAX_PER_OWNER)) == "example.org"


def test_so_many_are_remembered_and_the_oldest_goes(known):
    for number in range(MAX_KNOWN + 1):
        known.note(client(number), f"a.domain-{number}.org")

    assert len(known) == MAX_KNOWN
    assert known.owner_of(client(0)) is None
    assert known.owner_of(client(1)) == "domain-1.org"
