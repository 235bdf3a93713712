"""Tests of names and mail addresses with words for their signs."""

import pytest

from countersign.policy.text.links.disguises import deobfuscated

NAMES = {
    "write to at-sign profit underscore anna": "write to @profit_anna",
    "meu insta é arroba luana underline renda": "meu insta é @luana_renda",
    "mi usuario: clara guión bajo fx": "mi usuario: clara_fx",
    "пиши kassa нижнее подчёркивание bot": "пиши kassa_bot",
    "email loans.mr.paul at gmail com": "email loans.mr.paul@gmail.com",
    "reach hacker(at)proton(dot)me": "reach hacker@proton.me",
    "reach hacker [at] mail [.] host": "reach hacker@mail.host",
    "schreib geldengel (Unterstrich) vip": "schreib geldengel_vip",
    "Mail an rendite.hans at gmx punkt de": "Mail an rendite.hans@gmx.de",
}


@pytest.mark.parametrize("text", NAMES)
def test_words_for_the_signs_of_a_name_are_read_as_these(text):
    assert deobfuscated(text) == NAMES[text]


@pytest.mark.parametrize(
    "text",
    [
        "I looked at gmail and it is down",
        "arroba is the Spanish word for it",
        "underscore is my favourite library",
        "we met at yahoo in 2009",
    ],
)
def test_talk_about_signs_and_providers_is_left_as_it_is(text):
    assert deobfuscated(text) == text
