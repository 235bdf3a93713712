"""Others' words in our messages become no link, mention or markup."""

import pytest

from countersign.protocol.canonical_json import encode_canonical
from countersign.service.management.wording import (
    MAX_BYTES,
    MAX_FOREIGN_CHARS,
    MAX_LINES,
    Exact,
    Foreign,
    Wording,
    defanged,
    refanged,
)


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/path?q=1",
        "@alice:evil.example",
        "#room:evil.example",
        "<a href='https://evil.example'>x</a>",
        "[x](https://evil.example)",
        "`code` https://evil.example",
        "www.evil.example",
        "\u202ehttps://evil.example",
        "a\nhttps://evil.example",
        "@room matrix.to/#/@a:evil.example",
    ],
)
def test_a_strangers_text_is_disarmed(text):
    content = Wording.of("Sender ", Foreign(text)).content()

    for shown in (content["body"], content["formatted_body"]):
        assert "evil.example" not in shown
        assert "://" not in shown
        assert "matrix.to" not in shown
        assert "\n" not in shown
        assert "\u202e" not in shown
    assert "<a" not in content["formatted_body"]
    assert content["m.mentions"] == {}


def test_refanging_reverts_defanging():
    for name in ("@alice:evil.example", "!room:a.b.example", "7F3K9-QX2MB"):
        assert refanged(defanged(name)) == name


def test_long_texts_are_cut():
    assert len(defanged("x" * 10_000)) == MAX_FOREIGN_CHARS
    wording = Wording()
    for _ in range(10 * MAX_LINES):
        wording.line("y" * 100, Exact("<>" * 50), Foreign("\N{PILE OF POO}" * 900))
    content = wording.content()

    assert len(content["body"].encode()) <= MAX_BYTES
    assert len(content["formatted_body"].encode()) <= 2 * MAX_BYTES
    assert content["formatted_body"].count("<code>") == content["formatted_body"].count("</code>")
    assert len(encode_canonical({**content, "m.new_content": content})) < 50_000


def test_our_own_words_are_escaped_and_whole():
    content = Wording.of("a < b.c ", Exact('{"via": "policy.example.org"}')).content()

    assert content["body"] == 'a < b.c {"via": "policy.example.org"}'
    assert "a &lt; b.c <code>{" in content["formatted_body"]
