"""Tests of words of warning: texts that tell people not to heed what they quote."""

# ruff: noqa: RUF001 - words of many scripts

import pytest

from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.warning_words import warns


@pytest.mark.parametrize(
    "text",
    [
        "Ignore those who write: we own this room",
        "Achtung, antwortet nicht auf: we own this room",
        "Méfiez-vous, signalez ce message : we own this room",
        "Не отвечайте тем, кто пишет: we own this room",
        "注意: we own this room",
        # Letters with accents beside and within what is looked for.
        "Is \u043eчень legit?",
        "à éviter: nep",
        "… don’t answer those who write: we own this room",
    ],
)
def test_a_warning_is_known_by_its_words(text):
    assert warns(normalize(text))


@pytest.mark.parametrize(
    "text",
    [
        "Please all write: I have read the rules and I agree with them.",
        "Bitte schreibt alle: Ich habe die Regeln gelesen.",
        "Répétez après moi : nous sommes gentils",
        # Words that a word of warning only ends, whatever letter stands before it.
        "We are afraid of éraid and of раraid, all unreported.",
    ],
)
def test_a_sentence_that_people_are_asked_to_say_is_no_warning(text):
    assert not warns(normalize(text))
