"""Tests of lists of domains, looked up for one address and for all of an event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.links.domain_lists import Addresses, Domains
from countersign.policy.text.links.domains import Address, find_address

ENTRIES = ("a.b", "*.c", "x*", "a.b/*", "c.d/e?f", "*a*/b*")


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        ("example.org", "https://example.org"),
        ("example.org", "https://a.b.example.org/x"),
        ("EXAMPLE.org/", "https://example.org/x"),
        ("https://example.org/*", "https://example.org/x/y"),
        ("münchen.de", "https://xn--mnchen-3ya.de"),
        ("*.example.*", "https://a.example.net"),
        ("example.org/blocked", "https://example.org/Blocked/x"),
        ("example.org/blocked/*", "https://www.example.org/blocked/x"),
        ("t.me/+*", "https://t.me/+abc"),
    ],
)
def test_a_listed_domain_stands_for_all_below_it(entry, target):
    assert Domains([entry]).match(find_address(target))


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        ("example.org", "https://myexample.org"),
        ("example.org", "https://example.org.evil.example"),
        ("a.example.org", "https://example.org"),
        ("*.example.org", "https://example.org"),
        ("example.org/blocked", "https://example.org/blockedx"),
        ("example.org/blocked", "https://example.org/?/blocked"),
    ],
)
def test_a_listed_domain_stands_for_nothing_else(entry, target):
    assert not Domains([entry]).match(find_address(target))


def test_an_empty_list_is_empty():
    assert not Domains([])
    assert not Domains([]).match(Address("example.org", "/"))


@given(st.lists(st.sampled_from(ENTRIES), max_size=4), st.text("htps:/.abcdefx-\n%0A", max_size=40))
def test_any_address_can_be_matched(entries, target):
    address = find_address(f"https://{target}")
    if address is not None:
        Domains(entries).match(address)


@given(
    st.lists(st.sampled_from(ENTRIES), max_size=6),
    st.lists(
        st.builds(
            Address, st.text("abcdx.\n", min_size=1, max_size=6), st.text("/abef.\n", max_size=5)
        ),
        max_size=5,
    ),
)
def test_a_list_describes_any_of_several_addresses_if_it_describes_one(entries, addresses):
    domains = Domains(entries)

    assert domains.match_any(Addresses(addresses)) == any(map(domains.match, addresses))
