"""Contacts that a room names for questions about it.

Spec: https://github.com/matrix-org/matrix-spec-proposals/pull/4489
"""

import re
from typing import Any, Final, NamedTuple

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_user_id

CONTACT: Final = "m.room.contact"
MAX_CONTACTS: Final = 5
MAX_ADDRESS_CHARS: Final = 254
MAX_PAGE_CHARS: Final = 500

_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PAGE: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!-~]*)?")


class RoomContacts(NamedTuple):
    """Contacts that a room names, not verified.

    Attributes:
        user_ids: people on Matrix.
        addresses: for mail, of plain form.
        support_page: an `https` address; None if the room names none.
    """

    user_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    support_page: str | None = None


def read_contacts(content: JsonObject) -> RoomContacts:
    """Return the contacts in an event's content, without malformed ones."""
    entries = _entries(content)
    page = content.get("support_page")
    return RoomContacts(
        tuple(each["matrix_id"] for each in entries if "matrix_id" in each),
        tuple(each["email_address"] for each in entries if "email_address" in each),
        page if isinstance(page, str) and _is_page(page) else None,
    )


def trimmed_contacts(content: JsonObject) -> JsonObject:
    """Return the content with only what `read_contacts` reads of it."""
    trimmed: JsonObject = {"contacts": _entries(content)}
    page = read_contacts(content).support_page
    return trimmed if page is None else {**trimmed, "support_page": page}


def _entries(content: JsonObject) -> list[dict[str, str]]:
    listed: Any = content.get("contacts")
    entries: list[dict[str, str]] = []
    for each in listed[:MAX_CONTACTS] if isinstance(listed, list) else ():
        raw_entry: dict[str, Any] = each if isinstance(each, dict) else {}
        user_id, address = raw_entry.get("matrix_id"), raw_entry.get("email_address")
        entry: dict[str, str] = {}
        if isinstance(user_id, str) and is_user_id(user_id):
            entry["matrix_id"] = user_id
        if isinstance(address, str) and _is_address(address):
            entry["email_address"] = address
        entries.append(entry)
    return [entry for entry in entries if entry]


def _is_address(text: str) -> bool:
    return len(text) <= MAX_ADDRESS_CHARS and _ADDRESS.fullmatch(text) is not None


def _is_page(text: str) -> bool:
    return len(text) <= MAX_PAGE_CHARS and _PAGE.fullmatch(text) is not None
