"""Tests of the extraction of indicators from texts, and of their normal forms."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import MAX_READ_CHARS, indicators_of
from countersign.policy.text.indicators.keccak import keccak_256
from countersign.policy.text.indicators.kinds import MAX_INDICATORS, MAX_NAME_CHARS
from countersign.policy.text.indicators.shared_hosts import is_helpline, is_shared_host
from countersign.policy.text.indicators.wallets import wallets_in

ROOM = "!room:example.org"


def found_in(body, **more):
    content = Content({"msgtype": "m.text", "body": body, **more}, "m.room.message")
    return [(each.kind.value, each.name) for each in indicators_of(content, ROOM)]


@pytest.mark.parametrize(
    "body",
    [
        "hello, how are you?",
        "version 1.2.3+20240101123456 of the package failed",
        "pip install foo==1.2.3 on 2024-11-29 10:22:33 at 192.168.10.20",
        "error at 0x7ffdeadbeef, code 1234567890123",
        "@alice:example.org, is telegram down for you too?",
        "my telegram is broken, I use signal now. @room please look",
        "your code is 482913",
        "commit 5aaeb6053f3e94c9b9a09f33669435e7ef1beaed fixes it",
        "order 4711-0815 shipped, EUR 1.299,00 in total",
    ],
)
def test_everyday_talk_holds_none(body):
    assert found_in(body) == []


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        ("contact me on telegram @John_Trader1 now", "handle", "john_trader1"),
        ("Telegram: crypto_king99", "handle", "crypto_king99"),
        ("@bob.smith on WhatsApp", "handle", "bob.smith"),
        ("write to t.me/abc_def for more", "handle", "abc_def"),
        ("see https://t.me/s/Abc_Def/12", "handle", "abc_def"),
        ("<tg://resolve?domain=abc_def>", "handle", "abc_def"),
        ("телеграм @ivan_trade", "handle", "ivan_trade"),
        ("my wickr met @jane_doe1 today", "handle", "jane_doe1"),
        ("not this instagramming but insta: abc_12", "handle", "abc_12"),
        ("微信 @abc12345 加", "handle", "abc12345"),
        ("https://t.me/+AbCdEfGh1234", "invitation", "telegram:abcdefgh1234"),
        ("https://t.me/joinchat/AbCdEfGh1234", "invitation", "telegram:abcdefgh1234"),
        ("join discord.gg/AbCd12", "invitation", "discord:abcd12"),
        ("https://discord.com/invite/AbCd12", "invitation", "discord:abcd12"),
        ("https://chat.whatsapp.com/Xyz987", "invitation", "chat.whatsapp.com:xyz987"),
        ("use referral code AB12CD34", "invitation", "ab12cd34"),
        ("https://wa.me/4915112345678?text=hi", "phone", "4915112345678"),
        ("https://api.whatsapp.com/send?phone=4915112345678", "phone", "4915112345678"),
        ("https://signal.me/#p/+4915112345678", "phone", "4915112345678"),
        ("call +49 (151) 1234-5678 today", "phone", "4915112345678"),
        ("whatsapp 0176 1234 5678", "phone", "017612345678"),
        ("come to t [.] me / abc_def", "handle", "abc_def"),
        ("shop (dot) example (dot) com", "domain", "shop.example.com"),
        ("see hxxps://shop[.]example/offer", "link", "shop.example/offer"),
        ("mail me: John.Doe+x@gmail.com", "mail", "johndoe@gmail.com"),
        ("mail john.doe@example.org.", "mail", "john.doe@example.org"),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "wallet", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
    ],
)
def test_a_contact_has_one_form_however_it_is_written(body, kind, name):
    assert (kind, name) in found_in(body)


def test_a_link_is_known_by_its_host_path_and_what_changes_what_it_shows():
    written = [
        "https://Shop.Example/Offer/?utm_source=a&id=3&fbclid=x#top",
        "http://www.shop.example/offer?id=3",
    ]

    assert [found_in(each) for each in written] == [
        [("link", "shop.example/offer?id=3"), ("domain", "shop.example")]
    ] * 2


def test_a_host_that_many_publish_under_is_no_domain_of_anybody():
    assert found_in("https://github.com/example/project") == [
        ("link", "github.com/example/project")
    ]
    assert found_in("https://www.youtube.com/watch?v=Ab1&feature=share") == [
        ("link", "youtube.com/watch?v=ab1")
    ]
    assert is_shared_host("en.wikipedia.org")
    assert is_helpline("www.telefonseelsorge.de")


def test_a_room_on_matrix_is_a_link_and_a_message_of_the_same_room_is_nothing():
    assert found_in("https://matrix.to/#/#help:example.com") == [
        ("link", "matrix.to/#help:example.com")
    ]
    # Who made this room names the rooms beside it.
    assert found_in("https://matrix.to/#/#help:example.org") == []
    assert found_in(f"https://matrix.to/#/{ROOM}/$event") == []


def test_a_target_behind_a_label_is_found():
    html = '<a href="https://t.me/abc_def">our website</a>'
    found = found_in("our website", format="org.matrix.custom.html", formatted_body=html)

    assert ("handle", "abc_def") in found


@pytest.mark.parametrize(
    "address",
    [
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L",
        "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1",
        "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H",
    ],
)
def test_a_wallet_is_known_by_its_checksum(address):
    wrong = address[:-2] + ("b" if address[-2] != "b" else "c") + address[-1]

    assert len(list(wallets_in(f"this is {address}, I think"))) == 1
    if not address.startswith("bc1"):
        assert list(wallets_in(f"this is {wrong}, I think")) == []


def test_beside_a_word_about_money_an_address_counts_whatever_its_checksum():
    address = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

    assert list(wallets_in(f"it is in {address}")) == []
    assert list(wallets_in(f"send ETH to {address}")) == [address.lower()]


def test_a_solana_address_has_no_checksum_and_needs_a_word_about_money_beside_it():
    address = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"

    assert list(wallets_in(f"the key is {address}")) == []
    assert list(wallets_in(f"my phantom wallet: {address}")) == [address]


def test_keccak_is_the_one_of_ethereum():
    assert keccak_256(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0")
    assert keccak_256(b"abc").hex().startswith("4e03657aea45a94fc7d47ba826c8d667")
    assert keccak_256(b"a" * 136) != keccak_256(b"a" * 135)


def test_contacts_come_first_and_there_is_a_most_of_them():
    links = " ".join(f"https://site{number}.example/page" for number in range(100))
    found = found_in(f"{links} telegram @abc_def")

    assert len(found) == MAX_INDICATORS
    assert found[0] == ("handle", "abc_def")
    assert all(
        len(name) <= MAX_NAME_CHARS for _, name in found_in("https://a.example/" + "b" * 999)
    )


@pytest.mark.parametrize(
    "piece",
    ["telegram ", "@a ", "+1 ", "telegram: ", "a@", "a.", "1", "whatsapp 1 ", "code ", "0x1 ", "T"],
)
def test_hostile_texts_are_not_slow(piece):
    body = (piece * MAX_READ_CHARS)[: 4 * MAX_READ_CHARS]
    start = time.process_time()
    found_in(body)

    assert time.process_time() - start < 1


@given(st.text(alphabet="telgram @+:/.0123456789abc_\n", max_size=200))
def test_nothing_that_anybody_writes_is_too_much(body):
    assert len(found_in(body)) <= MAX_INDICATORS
