"""Tests of words in letters that are turned upside down."""

# ruff: noqa: RUF001 - turned letters are what this is about

import pytest

from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.turned_letters import (
    MAX_READ_CHARS,
    read_backwards,
    with_upright_letters,
)
from countersign.testing.counting import count_calls


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("¡ǝɯoɥ ɯoɹɟ ʎǝuoɯ uɹɐǝ telegram @abc_def", "earn money from home! telegram @abc_def"),
        ("ʇɥƃᴉu ʎɐpoʇ sn uᴉoɾ fast.example", "join us today night fast.example"),
        ("ɯɐɹƃǝlǝʇ uo ǝɯ ʇxǝʇ", "text me on telegram"),
    ],
)
def test_turned_words_are_read_from_their_end(text, read):
    assert with_upright_letters(normalize(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "hello everybody",
        'the word "bird" is /bɜːd/, and "father" is /ˈfɑːðə/',
        "ŋdi na mi, nye ŋkɔe nye kofi, ɖe ame aɖe le afisia a?",
        "salam, mən azərbaycandanam, necəsən?",
        "das zeichen ʇ ist gedreht",
    ],
)
def test_phonetics_and_languages_with_such_letters_stay(text):
    assert with_upright_letters(text) == text


@pytest.mark.parametrize("piece", ["ǝ", "ǝ ", "ʇɥ a ", "aʇɥɐ ", "ooo ", "ʇ" + "o" * 12])
def test_the_time_has_a_bound(piece):
    text = piece * (2 * MAX_READ_CHARS // len(piece))

    assert count_calls(lambda: with_upright_letters(text)) < 20_000


@pytest.mark.parametrize(
    "text", ["moc.yenomtsaf ta yad a srallod 005 nrae", "etatic em/pihsrebmem/em.t nioj"]
)
def test_a_text_with_a_host_from_its_end_is_read_backwards(text):
    assert read_backwards(text) == text[::-1]


@pytest.mark.parametrize(
    "text", ["see example.com", "we are ten. more came", "moc. nothing", "em.t is no host"]
)
def test_other_texts_are_not_read_backwards(text):
    assert read_backwards(text) is None
