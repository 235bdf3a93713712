"""Tests of `script`: scripts that the policy does not allow are refused."""

# ruff: noqa: RUF001 - other scripts are what this is about

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.document.options import OptionsInvalid
from countersign.policy.filters.text.script import SCRIPTS, Script

LATIN = Script(scripts=("latin",))
RUSSIAN = "Здравствуйте, кто может помочь с настройкой?"


@pytest.mark.parametrize(
    "text",
    [
        "Good morning",
        "Zażółć gęślą jaźń, ça va, größer",
        "what does привет mean in English, please?",
        "123 \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 !!! ??? ***",
        "да",
    ],
)
def test_texts_in_the_rooms_scripts_pass(message, no_facts, text):
    assert LATIN.judge(message(text), no_facts) is None


@pytest.mark.parametrize(
    "text", [RUSSIAN, "これは日本語の文章です、読めますか", "مرحبا بكم جميعا في الغرفة"]
)
def test_other_scripts_are_refused(message, no_facts, text):
    assert LATIN.judge(message(text), no_facts) is not None


def test_the_policy_says_which(message, no_facts):
    cyrillic = Script(scripts=("cyrillic",))

    assert cyrillic.judge(message(RUSSIAN), no_facts) is None
    finding = cyrillic.judge(message("Hello, who can help me?"), no_facts)
    assert finding.reason == "has 17 letters of 17 in scripts other than cyrillic"


def test_every_script_is_known_to_the_engine_and_others_are_a_mistake():
    assert all(Script(scripts=(script,)) for script in SCRIPTS)
    with pytest.raises(OptionsInvalid, match="latin"):
        Script(scripts=("latn",))


def test_no_preset_uses_it():
    assert not any(
        b"- script" in source or b"script:" in source for source in read_presets().values()
    )
