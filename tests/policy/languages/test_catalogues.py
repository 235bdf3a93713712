"""Every catalogue translates every sentence for senders, within the length limits."""

import importlib.util
import re
import string
from gettext import GNUTranslations
from itertools import combinations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from countersign.policy.languages.catalogues import CATALOGUES, catalogue_of, translated
from countersign.policy.languages.limit_ends import (
    BY_MODERATORS,
    MESSAGES,
    MESSAGES_AND_TIME,
    TIME,
)
from countersign.policy.languages.sentences import REFERENCE, REFUSED, SEND_AGAIN
from countersign.service.chats.sentences import CHAT_SENTENCES
from countersign.service.leaks.own_redactions import REASON
from countersign.web.reasons.sentences import PAGE_SENTENCES

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "src/countersign/policy/languages/catalogues"
OTHERS = CATALOGUES[1:]
MAX_FIRST_SENTENCE_CHARS = 120
LETTERS = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
}
SENTENCE_END = re.compile(r"[.!?\u061f](?=\s|$)|[\u3002\uff01\uff1f]")
ENGLISH_WORDS = re.compile(r"\b(please|this|the|with|room|welcome|you|send)\b", re.IGNORECASE)


def _script():
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "scripts/catalogues.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


SENTENCES = tuple(_script().all_sentences())


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def first_sentence(text):
    end = SENTENCE_END.search(text)
    return text if end is None else text[: end.end()]


def test_there_are_sentences_of_filters_presets_warnings_and_errors():
    assert len(SENTENCES) > 55
    assert {SEND_AGAIN, REFERENCE, REFUSED, REASON} < set(SENTENCES)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_every_sentence_and_no_other(language):
    """If this fails: make catalogues, and translate what it lists."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        written = {each.id: each.string for each in read_po(file) if each.id}
    with (FOLDER / f"{language}.mo").open("rb") as file:
        compiled = GNUTranslations(file)

    assert set(written) == set(SENTENCES)
    assert {sentence: compiled.gettext(sentence) for sentence in SENTENCES} == written
    assert {sentence: translated(sentence, language) for sentence in SENTENCES} == written


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_the_same(language):
    for sentence in SENTENCES:
        assert fields(translated(sentence, language)) == fields(sentence), sentence


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_first_sentence_fits_into_a_notice_and_names_no_number(language):
    for sentence in SENTENCES:
        text = translated(sentence, language)
        assert 0 < len(first_sentence(text)) <= MAX_FIRST_SENTENCE_CHARS, text
        assert not re.search(r"\d", text), text


def test_the_first_sentence_says_what_to_do():
    closing = {SEND_AGAIN, REFERENCE, REASON, MESSAGES_AND_TIME, MESSAGES, TIME, BY_MODERATORS}
    # A page and a message have room for more than an error.
    closing |= {*PAGE_SENTENCES.values(), *CHAT_SENTENCES.values()}
    assert [each for each in SENTENCES if not each.startswith("Please ")] == [
        each for each in SENTENCES if each in closing and not each.startswith("Please ")
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_in_their_language(language):
    letters = LETTERS.get(language)
    for sentence in SENTENCES:
        text = translated(sentence, language)
        plain = re.sub(r"\{\w+\}", "", text)
        assert not ENGLISH_WORDS.search(plain), text
        assert (letters is None) == (not any(each.search(text) for each in LETTERS.values())), text
        if letters is not None:
            count = len(letters.findall(plain))
            assert count > 0.6 * sum(map(str.isalpha, plain)), text


def test_no_two_languages_say_the_same():
    for one, other in combinations(CATALOGUES, 2):
        same = [each for each in SENTENCES if translated(each, one) == translated(each, other)]
        assert same == [], (one, other)
    for language in CATALOGUES:
        assert len({translated(each, language) for each in SENTENCES}) == len(SENTENCES), language


def test_a_tag_is_served_by_the_nearest_catalogue_and_else_by_english():
    assert [catalogue_of(tag) for tag in ("de-AT", "zh-Hant-TW", "pt-BR", "ar-EG", "nl")] == [
        "de", "zh", "pt", "ar", None,
    ]  # fmt: skip
    assert translated(REFUSED, "de-AT") == translated(REFUSED, "de") != REFUSED
    assert translated(REFUSED, "nl") == REFUSED
    assert translated("Words of a policy.", "de") == "Words of a policy."
    assert translated("", "de") == ""
