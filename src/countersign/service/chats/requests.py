"""Requests in a direct chat: an appeal, named by a reference or by a keyword."""

import re
from dataclasses import dataclass
from typing import Final

from countersign.protocol.canonical_json import JsonObject
from countersign.service.reasons.appealing import cleaned_text

MAX_CHARS: Final = 4_000
"""Maximum length of a message that is read; a longer one is too long for an appeal."""
MAX_REFERENCES: Final = 3
"""Maximum number of possible references that are looked up for one message."""
APPEAL_WORDS: Final = frozenset(
    {
        *("appeal", "einspruch", "widerspruch", "beschwerde", "recours", "appel", "contester"),
        *("recurso", "apelar", "apelación", "apelacion", "reclamación", "recorrer", "apelação"),
        *("апелляция", "обжаловать", "жалоба", "申诉", "申訴", "استئناف", "اعتراض"),
    }
)
"""First words of a message that ask for an appeal without a reference, in all languages."""

_REFERENCE: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z]{5}-[0-9A-Za-z]{5}(?![0-9A-Za-z-])")
_NOTHING_BUT_A_REFERENCE: Final = re.compile(
    rf"\W*(?:https://\S+/)?{_REFERENCE.pattern}\W*", re.ASCII
)
_FIRST_WORD: Final = re.compile(r"\W*(\w+)\W*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request for an appeal.

    Attributes:
        references: the first few words that may be references of refusals, as written.
        asks_for_latest: the message asks for an appeal and has no reference.
        text: the reason that the person gives; may be empty.
    """

    references: tuple[str, ...]
    asks_for_latest: bool
    text: str


def text_in(content: JsonObject) -> str | None:
    """Return the text of a message; None for other events, and for edits."""
    body, relation = content.get("body"), content.get("m.relates_to")
    is_edit = isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
    if content.get("msgtype") != "m.text" or not isinstance(body, str) or is_edit:
        return None
    return body[:MAX_CHARS]


def read_request(body: str) -> ChatRequest:
    """Parse a message."""
    references = tuple(_REFERENCE.findall(body)[:MAX_REFERENCES])
    first = _FIRST_WORD.match(body)
    is_word = first is not None and first[1].lower() in APPEAL_WORDS
    text = cleaned_text(body[first.end() :] if is_word and first is not None else body)
    if _NOTHING_BUT_A_REFERENCE.fullmatch(text):
        text = ""
    return ChatRequest(references, is_word and not references, text)
