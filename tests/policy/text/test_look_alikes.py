"""Tests of look-alike characters and the letters they stand for."""

# ruff: noqa: RUF001

import pytest

from countersign.policy.text import look_alikes
from countersign.policy.text.look_alikes import is_foreign, skeleton
from countersign.policy.text.normalisation import normalize


@pytest.mark.parametrize("text", ["", "shop", "zażółć", "größe", "ışık", "møøse", "привет", "東京"])
def test_ordinary_letters_of_any_language_do_not_become_others(text):
    kept = skeleton(normalize(text)).replace("i", "l")

    # Cyrillic has letters that do pass for Latin ones; what matters is that not all do.
    assert kept == normalize(text).replace("i", "l") or not kept.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "раураl",
        "PayPaI",
        "p@ypa1",
        "ρаypal",
        "ᴘᴀʏᴘᴀʟ",
        "🅿🅰🆈🅿🅰🅻",
        "𝐩𝐚𝐲𝐩𝐚𝐥",
        "ｐａｙｐａｌ",
        "páypål",
    ],
)
def test_look_alikes_have_the_same_skeleton(text):
    assert skeleton(normalize(text)) == skeleton("paypal")


def test_each_character_becomes_one_so_that_positions_stay():
    text = normalize("Сhеар $0l, 🅰🅱 привет " + "".join(look_alikes._FOREIGN))

    assert len(skeleton(text)) == len(text)


def test_many_different_letters_are_replaced_as_a_few_are():
    letters = "".join(look_alikes._FOREIGN)

    assert skeleton(letters) == "".join(map(skeleton, letters))


def test_the_table_holds_letters_as_normalization_leaves_them_and_each_once():
    letters = "".join(look_alikes._LETTERS.values())

    assert [letter for letter in letters if normalize(letter) != letter] == []
    assert len(set(letters)) == len(letters)
    assert not letters.isascii()


def test_foreign_are_the_letters_and_not_the_signs():
    assert is_foreign("а")
    assert not is_foreign("a")
    assert not is_foreign("0")
    assert not is_foreign("ш")
