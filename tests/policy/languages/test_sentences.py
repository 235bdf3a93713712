"""Tests of sentences in languages of either writing direction."""

import re

import pytest
from bidi import get_display

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, Mode
from countersign.policy.harms import Harm
from countersign.policy.languages.catalogues import CATALOGUES, translated
from countersign.policy.languages.sentences import (
    REFUSED,
    SEND_AGAIN,
    filled_in,
    in_any_language,
    in_language,
    refusal,
)

REFERENCE = "7F3K9-QX2MB"
ISOLATES = re.compile("[\u2066-\u2069]")
ELEMENT = "the server returned an error: [400 / M_FORBIDDEN] "


def shown(text, base="L"):
    """Return the characters from left to right as a screen shows them in one line."""
    return ISOLATES.sub("", get_display(text, base_dir=base))


def test_a_text_is_translated_if_it_is_known():
    assert in_language(REFUSED, "de").startswith("Bitte die Moderation fragen")
    assert in_language("Kein Markt hier.", "fr") == "Kein Markt hier."


def test_the_nearest_of_several_languages_is_chosen():
    says = {"en": "E", "pt": "P", "pt-BR": "B"}
    tags = ("pt-BR", "pt-PT", "pt", "de", "en")
    assert [in_language(says, tag) for tag in tags] == ["B", "P", "P", "E", "E"]
    assert in_language({"fr": "F", "de": "D"}, "ru") == "F"


def test_the_reference_comes_last():
    for language in CATALOGUES:
        text = ISOLATES.sub("", refusal(None, language, reference=REFERENCE))
        assert text.startswith(translated(REFUSED, language))
        assert re.search(rf"\([^()]*{REFERENCE}\)$", text), text
    assert refusal("No.", "en", reference=REFERENCE) == f"No. (reference {REFERENCE})"
    assert refusal("No.", "en", reference=None) == "No."


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("base", ["L", "R"])
def test_a_reference_is_shown_as_it_must_be_quoted(language, base):
    assert REFERENCE in shown(ELEMENT + refusal(None, language, reference=REFERENCE), base)


def test_without_isolates_an_arabic_text_shows_another_reference():
    """The test above can fail."""
    plain = ISOLATES.sub("", refusal(None, "ar", reference=REFERENCE))

    assert REFERENCE not in shown(ELEMENT + plain)


def test_an_arabic_text_keeps_its_order_within_an_english_line():
    text = ELEMENT + refusal("هنا. غدا.", "ar", reference=REFERENCE)
    line = shown(text)

    assert line.startswith(ELEMENT)
    # Read from the right, the reference is the last.
    assert line.index(REFERENCE) < line.index("ادغ") < line.index("انه")


def test_words_from_the_right_in_an_english_room_do_not_harm_the_reference():
    text = refusal("לא כאן.", "en", reference=REFERENCE)

    assert ISOLATES.sub("", text) == f"לא כאן. (reference {REFERENCE})"
    for base in ("L", "R"):
        assert f"(reference {REFERENCE})" in shown(text, base)


@pytest.mark.parametrize("name", ["evil.example.org", "192.0.2.7:8448", "[2001:db8::1]:8448"])
def test_a_name_is_shown_as_it_is_spelled(name):
    from countersign.service.errors import ACL_DENIES

    for language in CATALOGUES:
        assert name in shown(filled_in(ACL_DENIES, language, server=name))


def test_isolates_are_closed_in_every_text():
    for language in CATALOGUES:
        for says in (None, "x", "شيء"):
            text = refusal(says, language, reference=REFERENCE)
            assert len(re.findall("[\u2066-\u2068]", text)) == text.count("\u2069")


def test_words_of_ours_that_no_catalogue_holds_stay_as_they_are():
    assert in_any_language("Bad JSON.", "ar") == "Bad JSON."


def test_a_warning_says_in_the_same_language_that_it_passes_when_sent_again():
    finding = Finding(filter="a", harm=Harm.SPAM, reason="r", says="Так.", mode=Mode.WARN)
    decision = Decision.from_findings((finding,), policy_revision="1", language="ru")

    assert decision.words == f"Так. {translated(SEND_AGAIN, 'ru')}"
    assert Decision.from_json(decision.to_json()) == decision


def test_a_decision_of_an_earlier_version_is_in_english():
    stored = Decision.from_findings((), policy_revision="1").to_json()
    del stored["language"]

    assert Decision.from_json(stored).language == "en"
