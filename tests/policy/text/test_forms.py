"""Tests of forms: labels are nobody's own words, and what is filled in is."""

import pytest

from countersign.policy.text.content import Content
from countersign.policy.text.likeness.vocabulary import common_percent, vocabulary
from countersign.policy.text.prose.forms import without_labels

TEMPLATE = "**Device:** {}\n**System:** {}\n**Client and version:** {}\n**What happens:** {}"
HEADINGS = "### Steps to reproduce\n{}\n### Outcome\n{}\n### Operating system\n{}"
RAID = "you have been raided by the crows, everybody out of this room now, it is ours"


def said(body):
    return Content({"msgtype": "m.text", "body": body}, "m.room.message").main_text


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (TEMPLATE, ("a tablet", "Debian", "Element 1.15", "search finds nothing at all")),
        (HEADINGS, ("open the app and wait", "it closes", "Fedora")),
        ("Name: {}\nPronouns: {}\n- Where are you from: {}", ("Jo", "they", "Ghent")),
        ("1. Name : {}\n2. Stadt\uff1a {}\n3. Hobby: {}", ("Mina", "Bremen", "Schach")),
    ],
)
def test_only_the_values_of_a_form_are_left(form, values):
    left = without_labels(form.format(*values))

    assert [line.strip() for line in left.split("\n")] == list(values)


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\nas I said: no.\nThank you",
        "https://one.example\nhttps://two.example\nhttp://three.example",
        "a sentence that goes on for more than six words before: one\n" * 4,
        "",
    ],
)
def test_other_texts_are_left_as_they_are(text):
    assert without_labels(text) == text


def test_two_filled_in_forms_are_not_alike():
    one = said(TEMPLATE.format("a tablet", "Debian", "Nheko", "my keys are gone since today"))
    other = said(TEMPLATE.format("Pixel 7", "Android", "Cinny", "calls ring and then stop again"))

    assert common_percent(vocabulary(one), vocabulary(other)) < 20


def test_the_same_words_in_a_form_are_alike():
    one = said(f"Name: x\nTown: y\nMessage: {RAID}")
    other = said(f"Who: z\nWhere: a\nWhat: {RAID}")

    assert common_percent(vocabulary(one), vocabulary(other)) > 70


def test_words_that_are_cut_up_by_colons_are_compared():
    cut = said("you have been: raided by the crows\neverybody: out of this room\nnow: it is ours")

    assert common_percent(vocabulary(cut), vocabulary(said(RAID))) > 40


def test_a_long_text_of_colons_is_read_in_its_time():
    assert without_labels("a: " * 100_000 + "\n" * 10_000)
