"""Requests in a direct chat: a report, named by a link; an appeal, by a reference or a keyword."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from countersign.protocol.canonical_json import JsonObject
from countersign.service.reasons.appealing import cleaned_text

MAX_CHARS: Final = 4_000
"""Maximum length of a message that is read; a longer one is too long for an appeal."""
MAX_REFERENCES: Final = 3
"""Maximum number of possible references that are looked up for one message."""
MAX_EVENTS: Final = 3
"""Maximum number of events that one message reports."""
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
_WORD: Final = re.compile(r"\S+")
_EVENT_ID: Final = re.compile(
    r"(?:\$|matrix:[^\s?#]{1,400}/e/)"
    r"([0-9A-Za-z+/_-]{43}(?![0-9A-Za-z+/_-])|[^\s:?#/]{1,200}:[0-9A-Za-z.:-]{1,200})"
)
"""The ID in a link of any client, in a `matrix:` URI, or alone.

Those of room versions 1 and 2 end with a server name.
"""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request for an appeal, or a report.

    Attributes:
        event_ids: the IDs of the first few events that are reported; empty for an appeal.
        references: the first few words that may be references of refusals, as written.
        asks_for_latest: the message asks for an appeal and has no reference.
        text: the reason that the person gives; may be empty.
    """

    event_ids: tuple[str, ...]
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
    event_ids, other_words = _reported(body)
    if event_ids:
        return ChatRequest(event_ids, (), asks_for_latest=False, text=cleaned_text(other_words))
    references = tuple(_REFERENCE.findall(body)[:MAX_REFERENCES])
    first = _FIRST_WORD.match(body)
    is_word = first is not None and first[1].lower() in APPEAL_WORDS
    text = cleaned_text(body[first.end() :] if is_word and first is not None else body)
    if _NOTHING_BUT_A_REFERENCE.fullmatch(text):
        text = ""
    return ChatRequest((), references, is_word and not references, text)


def _reported(body: str) -> tuple[tuple[str, ...], str]:
    """Return the IDs of the events that a message names, each once, and the text without them."""
    event_ids: dict[str, None] = {}
    other_words: list[str] = []
    end = 0
    for word in _WORD.finditer(body):
        event_id = _event_id_in(word[0])
        if event_id is not None:
            event_ids[event_id] = None
            other_words.append(body[end : word.start()])
            end = word.end()
    return tuple(event_ids)[:MAX_EVENTS], "".join([*other_words, body[end:]])


def _event_id_in(word: str) -> str | None:
    # In links the ID, and the room's before it, may be written with percent signs.
    match = _EVENT_ID.search(unquote(word))
    return None if match is None else "$" + match[1].rstrip(".:")
