"""Tests of IP addresses."""

import pytest

from countersign.basics.ip_addresses import (
    client_network,
    find_address,
    one_spelling,
    owner_network,
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:0db8:0001::/48"),
        ("fe80::1%eth0", "fe80:0000:0000::/48"),
        ("127.0.0.1", None),
        ("::ffff:127.0.0.1", None),
        ("::1", None),
        ("unix:", None),
        ("", None),
    ],
)
def test_a_network_is_what_one_owner_has(address, network):
    assert owner_network(address) == network


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::3", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:ffff::", "2001:0db8:0001:0002"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("127.0.0.1", None),
        ("::1", None),
        ("unix:", None),
    ],
)
def test_a_client_has_all_of_an_ipv6_64(address, client):
    assert client_network(address) == client


@pytest.mark.parametrize(
    "spelling", ["2001:db8::1", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8::0:1"]
)
def test_all_spellings_of_an_address_are_one(spelling):
    assert one_spelling(spelling) == "2001:db8::1"


@pytest.mark.parametrize("text", ["", "999.0.0.1", "example.org", "1", "127.1", "[::1]"])
def test_a_host_name_stands_for_itself(text):
    assert find_address(text) is None
    assert one_spelling(text) == text
