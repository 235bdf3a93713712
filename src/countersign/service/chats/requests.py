"""Requests in a direct chat: an appeal, by a reference or by a word."""

import re
from dataclasses import dataclass
from typing import Final

from countersign.protocol.canonical_json import JsonObject
from countersign.service.reasons.appealing import cleaned_text

MAX_CHARS: Final = 4_000
"""Length of a message that is read; a longer one is too long for an appeal anyway."""
MAX_REFERENCES: Final = 3
"""References that are looked for of one message."""
APPEAL_WORDS: Final = frozenset(
    {
        *("appeal", "einspruch", "widerspruch", "beschwerde", "recours", "appel", "contester"),
        *("recurso", "apelar", "apelación", "apelacion", "reclamación", "recorrer", "apelação"),
        *("апелляция", "обжаловать", "жалоба", "申诉", "申訴", "استئناف", "اعتراض"),
    }
)
"""First words that ask for an appeal without a reference, in the languages of the catalogues."""

_REFERENCE: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z]{5}-[0-9A-Za-z]{5}(?![0-9A-Za-z-])")
_NOTHING_BUT_A_REFERENCE: Final = re.compile(
    rf"\W*(?:https://\S+/)?{_REFERENCE.pattern}\W*", re.ASCII
)
_FIRST_WORD: Final = re.compile(r"\W*(\w+)\W*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Appeal as somebody writes it.

    Attributes:
        references: what may be references of refusals, as they were written, the first few.
        asks_for_latest: they write of an appeal, and of no reference.
        text: why the refusal was a mistake; may be empty.
    """

    references: tuple[str, ...]
    asks_for_latest: bool
    text: str


def text_in(content: JsonObject) -> str | None:
    """Return the text of a message; None if it is none, or an edit of one."""
    body, relation = content.get("body"), content.get("m.relates_to")
    is_edit = isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
    if content.get("msgtype") != "m.text" or not isinstance(body, str) or is_edit:
        return None
    return body[:MAX_CHARS]


def read_request(body: str) -> ChatRequest:
    """Return what a message asks for."""
    references = tuple(_REFERENCE.findall(body)[:MAX_REFERENCES])
    first = _FIRST_WORD.match(body)
    is_word = first is not None and first[1].lower() in APPEAL_WORDS
    text = cleaned_text(body[first.end() :] if is_word and first is not None else body)
    if _NOTHING_BUT_A_REFERENCE.fullmatch(text):
        text = ""
    return ChatRequest(references, is_word and not references, text)
