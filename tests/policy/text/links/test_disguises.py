"""Tests of disguised links: read as people read them; plain words stay unchanged."""

# ruff: noqa: RUF001 - ambiguous characters are what this is about

import pytest

from countersign.policy.text.links.disguises import (
    MAX_DISGUISED,
    MAX_READ_CHARS,
    Disguise,
    deobfuscated,
    undisguised,
)
from countersign.policy.text.links.written_links import LinkForm
from countersign.testing.counting import count_calls


@pytest.mark.parametrize(
    ("text", "target", "disguise"),
    [
        ("join t[.]me/abc now", "t.me/abc", Disguise.BRACKETS),
        ("example (dot) com", "example.com", Disguise.BRACKETS),
        ("shop {.} example.com", "shop.example.com", Disguise.BRACKETS),
        ("example[.]com[/]abc", "example.com/abc", Disguise.BRACKETS),
        ("discord(.)gg/abc", "discord.gg/abc", Disguise.BRACKETS),
        ("dlscord-nitro(dot)gift", "dlscord-nitro.gift", Disguise.BRACKETS),
        ("example dot com", "example.com", Disguise.WORDS),
        ("join t,me/abc", "t.me/abc", Disguise.WORDS),
        ("win-big*com", "win-big.com", Disguise.WORDS),
        ("rendite⚫club", "rendite.club", Disguise.WORDS),
        ("www dot example dot com slash abc", "www.example.com/abc", Disguise.WORDS),
        ("t точка me/abc", "t.me/abc", Disguise.WORDS),
        ("t nokta me bölü abc", "t.me/abc", Disguise.WORDS),
        ("go to t.me slash abc", "t.me/abc", Disguise.WORDS),
        ("t point me slash abc", "t.me/abc", Disguise.WORDS),
        ("entra en ganancias punto vip barra registro", "ganancias.vip/registro", Disguise.WORDS),
        ("guadagno-facile punto net", "guadagno-facile.net", Disguise.WORDS),
        ("signals at apexsignals dot pro", "apexsignals.pro", Disguise.WORDS),
        ("zysk-pewny kropka com", "zysk-pewny.com", Disguise.WORDS),
        ("my-shop . com", "my-shop.com", Disguise.SPACES),
        ("t . me / abc", "t.me/abc", Disguise.SPACES),
        ("t . m e / a b c", "t.me/abc", Disguise.SPACES),
        ("t.me / abc", "t.me/abc", Disguise.SPACES),
        ("t. me/abc", "t.me/abc", Disguise.SPACES),
        ('our page is "quickgain" + ".site"', "quickgain.site", Disguise.SPACES),
        ("go to cash + flow + 24 + .vip today", "cashflow24.vip", Disguise.SPACES),
        ("e x a m p l e . c o m", "example.com", Disguise.SPACES),
        ("hxxps://shop.example/x", "https://shop.example/x", Disguise.SCHEME),
        ("h**p://example.com/a", "http://example.com/a", Disguise.SCHEME),
        ("http : //example.com", "http://example.com", Disguise.SCHEME),
        ("https://\nexample.com/x", "https://example.com/x", Disguise.COPIED),
        ("hxxps://\nexample.com/x", "https://example.com/x", Disguise.SCHEME),
        ("ｅｘａｍｐｌｅ．ｃｏｍ/ｘ", "example.com/x", Disguise.COMPATIBILITY),
        ("𝐭.𝐦𝐞/𝐱", "t.me/x", Disguise.COMPATIBILITY),
        ("t。me/abc", "t.me/abc", Disguise.COMPATIBILITY),
        ("t\u200b.me/abc", "t.me/abc", Disguise.INVISIBLE),
        ("t.mе/abc", "t.me/abc", Disguise.LOOK_ALIKE),
        ("раураl.com/login", "paypal.com/login", Disguise.LOOK_ALIKE),
        ("come to t.me\n/abc", "t.me/abc", Disguise.SPACES),
        ("visit my-shop.\ncom\nnow", "my-shop.com", Disguise.LINE_BREAK),
        ("visit my-shop\n.com/x", "my-shop.com/x", Disguise.SPACES),
    ],
)
def test_a_disguised_link_is_told_with_its_disguise(text, target, disguise):
    found = {link.target: link.disguise for link in undisguised(text).links}

    assert found[target] is disguise
    assert target in deobfuscated(text)


def test_two_disguises_of_one_link_are_both_undone():
    assert deobfuscated("hxxps://example[.]com/x") == "https://example.com/x"


def test_the_form_is_that_of_the_plain_link():
    (link,) = undisguised("t[.]me/abc").links

    assert link.form is LinkForm.PLACE


@pytest.mark.parametrize(
    "text",
    [
        "Shall we meet at eight? I bring the cake.",
        "see https://example.com/a, example.org and t.me/abc",
        "I bought a .com domain, and the .org one",
        "the dot com bubble, dot net core, learn dot net",
        "I use .NET and node . js",
        "the dot in the middle. com certeza",
        "free,open source,info here; well,online,shop",
        "почта пишется так: ivan собака mail точка ru",
        "this is a test. me too / you too",
        "yes / no / maybe. de / en",
        "see (e.g.) [.] and (.) there",
        "a b c d e f, A . B . C",
        "array[.5] and foo[0].bar, x = a . b / c",
        "привет т.е. так т.к. и т.д. казино.рф",
        "Ich war da.\nde facto",
        "https:// is the scheme",
        "ls . / foo; cd .. / bar",
        "point de vue (point) es",
        "à ce point me semble, un point com une question",
        "the polka dot live session, microsoft dot net",
        "and slash or, the slash command",
        "foo (.py) files, it is 5 . 3 / 2",
        "日本語です。英語も。",
    ],
)
def test_ordinary_text_is_no_disguised_link(text):
    assert undisguised(text).links == ()
    assert deobfuscated(text) == text


def test_so_many_are_told_and_so_much_is_read():
    many = " ".join(f"t[.]me/{number}" for number in range(MAX_DISGUISED + 10))
    far = "x" * MAX_READ_CHARS + " t[.]me/abc"

    assert len(undisguised(many).links) == MAX_DISGUISED
    assert undisguised(far).links == ()
    assert deobfuscated(far) == far


@pytest.mark.parametrize(
    "piece",
    [
        "a . com/b ",
        "a . ",
        "(.)",
        "a.",
        "a . a / ",
        "a.\n",
        "dot ",
        "h**p",
        "[.]a",
        "a dot a ",
        "а.",
        "a + ",
        "a+.",
        '"a" + ".com ',
    ],
)
def test_the_time_has_a_bound(piece):
    text = piece * (2 * MAX_READ_CHARS // len(piece))

    assert count_calls(lambda: undisguised(text).links) < 60_000


@pytest.mark.parametrize("text", ["Shall we meet at eight. " * 40, "Käse für alle. " * 40])
def test_usual_texts_cost_a_look(text):
    assert count_calls(lambda: undisguised(text).links) < 60
