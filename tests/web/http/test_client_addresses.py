"""Tests of client addresses, which nobody can forge."""

from ipaddress import ip_network

import pytest

from countersign.web.http.client_addresses import ClientAddresses

PROXIED = ClientAddresses([ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")])


def scope(client, *forwarded):
    return {
        "client": client and (client, 1234),
        "headers": [(b"x-forwarded-for", value) for value in forwarded],
    }


def test_a_peer_is_where_it_connects_from():
    assert ClientAddresses().network_of(scope("192.0.2.7")) == "192.0.2.0/24"
    assert PROXIED.network_of(scope("192.0.2.7")) == "192.0.2.0/24"


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", None])
def test_behind_a_proxy_that_is_not_named_nothing_is_known(client):
    assert ClientAddresses().network_of(scope(client, b"192.0.2.7")) is None


def test_a_header_of_a_stranger_is_not_believed():
    assert PROXIED.network_of(scope("192.0.2.7", b"198.51.100.1")) == "192.0.2.0/24"


@pytest.mark.parametrize(
    "forwarded",
    [
        [b"192.0.2.7"],
        [b"198.51.100.1, 192.0.2.7"],
        [b"198.51.100.1, 192.0.2.7, 10.1.2.3"],
        [b"198.51.100.1", b"192.0.2.7"],
        [b"10.0.0.1,192.0.2.7,127.0.0.1"],
    ],
)
def test_behind_a_trusted_proxy_it_is_whoever_the_proxy_saw(forwarded):
    assert PROXIED.network_of(scope("10.0.0.9", *forwarded)) == "192.0.2.0/24"


@pytest.mark.parametrize("forwarded", [[], [b""], [b"unknown"], [b"_hidden, \xff"], [b"10.0.0.1"]])
def test_a_trusted_proxy_that_says_nothing_useful_is_no_network(forwarded):
    assert PROXIED.network_of(scope("10.0.0.9", *forwarded)) is None
