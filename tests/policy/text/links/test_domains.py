"""Tests of a link's target, read as a browser reads it."""

# ruff: noqa: RUF001 - ambiguous characters are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.links.domains import (
    MAX_JUDGED_BARE,
    Address,
    bare_addresses,
    find_address,
    is_disguised,
    is_ip_address,
    readable_host,
)
from countersign.testing.counting import count_calls


@pytest.mark.parametrize(
    "target",
    [
        "mailto:me@example.org",
        "matrix:u/a:b",
        "magnet:?xt=urn:btih:a",
        "hello",
        "",
        "12:30",
        "tel:1",
    ],
)
def test_some_links_lead_to_no_host(target):
    assert find_address(target) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://Example.ORG/a?b#c",
        "http://example.org./a",
        "https:example.org/a",
        "https:/example.org/a",
        "https:///example.org/a",
        "https:\\\\example.org\\a",
        "//example.org/a",
        "https://example.org:8448/a",
        "https://example%2Eorg/a",
        "https://ex\tample\n.org/a",
        "https://ｅxample。org/a",
        "https://exa\u00admple.org/a",
        " gemini://example.org/a",
    ],
)
def test_every_spelling_of_a_host_is_one_host(target):
    assert find_address(target) == Address("example.org", "/a")


def test_credentials_are_not_the_host():
    address = find_address("https://bank.example:443@evil.example/x")

    assert address == Address("evil.example", "/x", "bank.example:443")


def test_an_international_host_is_decoded():
    assert readable_host("xn--mnchen-3ya.de") == "münchen.de"
    assert readable_host("xn--\u00ff.de") == "xn--\u00ff.de"
    assert readable_host("xn--99999999.de") == "xn--99999999.de"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see example.org, or (sub.example.com/path)", ["example.org", "sub.example.com"]),
        ("eight? i bring the cake. you bring the coffee...", []),
        ("@alice:example.org #room:example.org me@example.org first.last@example.org", []),
        ("https://example.org/a.b?c=d.e", []),
        ("example.org example.org", ["example.org"]),
        ("xn--mnchen-3ya.de", ["münchen.de"]),
    ],
)
def test_bare_hosts_are_words_with_dots_and_no_part_of_an_address(text, hosts):
    assert [address.host for address in bare_addresses(text)] == hosts


@pytest.mark.parametrize(
    "padding",
    ["x" * 20_000 + ",", "x," * 10_000, "%d0" * 7_000 + "(", "a.b/c " * 4_000, "\u00e4;" * 9_000],
)
def test_a_bare_host_is_found_behind_and_before_any_padding(padding):
    text = f"{padding}scam.example/path,{padding}"

    found = bare_addresses(text)

    assert found is not None
    assert "scam.example" in [address.host for address in found]


def test_too_many_bare_hosts_give_none():
    def read(number):
        return bare_addresses(" ".join(f"a{n}.example" for n in range(number)))

    assert len(read(MAX_JUDGED_BARE)) == MAX_JUDGED_BARE
    assert read(MAX_JUDGED_BARE + 1) is None


@pytest.mark.parametrize("text", ["a.", "-", "a.a", "a-", ".a", "@a.b:", "a.b@", "/a.b"])
def test_bare_hosts_are_found_in_steps_in_proportion_to_the_text(text):
    half, whole = (text * (size // len(text)) for size in (30_000, 60_000))
    steps = count_calls(lambda: list(bare_addresses(half)))

    assert count_calls(lambda: list(bare_addresses(whole))) <= 2 * steps + 100
    assert len(list(bare_addresses(whole))) <= 1


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "1.2.3.0x", "[::1]"])
def test_an_ip_address_is_one_in_every_spelling(host):
    assert is_ip_address(host)


@pytest.mark.parametrize("host", ["example.org", "1.2.3.4.example", "x1", "0xide.computer"])
def test_a_name_is_no_ip_address(host):
    assert not is_ip_address(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "münchen.de",
        "пример.рф",
        "ελλάδα.gr",
        "東京tokyo.jp",
        "яндекс.com",
        "l0l.com",
    ],
)
def test_a_name_in_one_alphabet_is_no_disguise(host):
    assert not is_disguised(host)


@pytest.mark.parametrize("host", ["раypal.com", "www.gооgle.com", "осо.com", "αmazon.com"])
def test_mixed_alphabets_and_look_alikes_below_latin_are_a_disguise(host):
    assert is_disguised(host)


@given(st.text(alphabet="htps:/\\@.%x-n[]0 \u3002\u00e4\u0430", max_size=60))
def test_any_text_can_be_read(target):
    address = find_address(target)
    if address is not None:
        is_disguised(address.host)
