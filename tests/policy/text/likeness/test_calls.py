"""Tests of calls to write something."""

import pytest

from countersign.policy.text.likeness.calls import calls_to_write
from countersign.policy.text.normalisation import normalize


@pytest.mark.parametrize(
    "text",
    [
        "Translate: I would like a kilo of tomatoes.",
        "Good morning! Please write 'present'.",
        "Listen first. Please repeat after me: the sun is shining",
        "Übersetzt bitte: the train was late",
        "Und jetzt schreibt alle den Satz noch einmal ab.",
        "Bonjour à tous. S'il vous plaît, présentez-vous !",
        "Ahora repetid: el tren llega tarde",
        "Пожалуйста, переведите предложение номер три",
        "请写一个句子",
        "次の文を訳してください",
        "Şimdi söyleyin: tren geldi",
    ],
)
def test_an_imperative_by_which_people_are_to_write_is_a_call(text):
    assert calls_to_write(normalize(text))


@pytest.mark.parametrize(
    "text",
    [
        "I write letters to nobody",
        "can you answer my mail?",
        "they say it rains tomorrow",
        "what does this error say?",
        "wir übersetzt haben das schon",
        "the train is late again",
    ],
)
def test_talk_with_such_a_word_is_no_call(text):
    assert not calls_to_write(normalize(text))
