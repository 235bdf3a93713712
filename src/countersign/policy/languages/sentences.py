"""Messages to senders, composed of sentences and safe in left-to-right and right-to-left text."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from countersign.policy.languages.catalogues import translated
from countersign.policy.languages.tags import ENGLISH, is_right_to_left, lookup

Says = str | Mapping[str, str]
"""A policy's words for the sender: in whatever language they are, or by language tag."""

SEND_AGAIN: Final = "If you mean it, send it again, and it will pass."
REFERENCE: Final = "(reference {reference})"
REFUSED: Final = "Please ask the moderators: this event was refused."

_LEFT_TO_RIGHT: Final = "\u2066"
_RIGHT_TO_LEFT: Final = "\u2067"
_FIRST_STRONG: Final = "\u2068"
_END: Final = "\u2069"


def in_language(says: Says, language: str) -> str:
    """Return words for the sender in `language`.

    A text is translated if a catalogue has it, and otherwise unchanged. Of several texts that
    in the language is chosen, or in the nearest wider one, in English, or the first.
    """
    if isinstance(says, str):
        return translated(says, language)
    for tag in (*lookup(language), ENGLISH):
        if tag in says:
            return says[tag]
    return next(iter(says.values()))


def filled_in(template: str, language: str, **values: str) -> str:
    """Return a sentence of a catalogue with its placeholders replaced.

    Within a language that is written from right to left each value is isolated: a reference, a
    name or a number would otherwise be shown in another order.

    Spec: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    if is_right_to_left(language):
        values = {name: f"{_FIRST_STRONG}{value}{_END}" for name, value in values.items()}
    return translated(template, language).format_map(values)


def refusal(says: str | None, language: str, *, reference: str | None) -> str:
    """Return the text of a refusal: the advice first, the reference last.

    Args:
        says: the words of the decision, in that language already; None for the usual words.
        language: the language of the event's room.
        reference: the reference of the decision, for the sender to quote; None if nothing was
            recorded.
    """
    words = says or translated(REFUSED, language)
    if reference is None:
        return isolated([words], language)
    closing = filled_in(REFERENCE, language, reference=reference)
    if not is_right_to_left(language) and _holds_right_to_left(words):
        # A policy's own words need not be in the room's language.
        closing = f"{_LEFT_TO_RIGHT}{closing}{_END}"
    return isolated([words, closing], language)


def in_any_language(sentence: str, language: str) -> str:
    """Return a whole sentence, translated if a catalogue has it."""
    text = translated(sentence, language)
    return text if text == sentence else isolated([text], language)


def isolated(parts: list[str], language: str) -> str:
    """Return sentences as one text; one from right to left keeps its order wherever it is shown."""
    if not is_right_to_left(language):
        return " ".join(parts)
    inner = " ".join(f"{_FIRST_STRONG}{part}{_END}" for part in parts)
    return f"{_RIGHT_TO_LEFT}{inner}{_END}"


def _holds_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
