"""Tests of a room's contacts: what is shown, and what is dropped."""

import pytest

from countersign.protocol.rooms.room_contacts import RoomContacts, read_contacts, trimmed_contacts

CONTENT = {
    "contacts": [
        {"matrix_id": "@a:example.org", "email_address": "a@example.org", "role": "m.role.admin"},
        {"matrix_id": "@b:example.org", "x": 1},
        {"matrix_id": "b", "email_address": "mailto:b"},
        7,
    ],
    "support_page": "https://example.org/help?topic=appeals",
    "more": [],
}


def test_contacts_are_read_as_far_as_they_have_the_right_form():
    assert read_contacts(CONTENT) == RoomContacts(
        ("@a:example.org", "@b:example.org"),
        ("a@example.org",),
        "https://example.org/help?topic=appeals",
    )


def test_stored_contacts_read_the_same():
    kept = trimmed_contacts(CONTENT)

    assert read_contacts(kept) == read_contacts(CONTENT)
    assert trimmed_contacts(kept) == kept
    assert "more" not in kept
    assert all("role" not in each for each in kept["contacts"])


def test_five_contacts_are_kept():
    many = {"contacts": [{"matrix_id": f"@a{number}:example.org"} for number in range(50)]}

    assert len(read_contacts(many).user_ids) == 5
    assert len(trimmed_contacts(many)["contacts"]) == 5


@pytest.mark.parametrize(
    "page",
    [
        "http://example.org/",
        "javascript:alert(1)",
        "https://example.org/ x",
        "https://user@example.org/",
        "https://example.org/\u202egro.elpmaxe",
        "https://example.org/" + "a" * 500,
        7,
    ],
)
def test_a_support_page_is_a_plain_https_address(page):
    assert read_contacts({"support_page": page}).support_page is None
