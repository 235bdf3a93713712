"""English sentences of our user in direct chats; catalogues have the translations."""

from types import MappingProxyType
from typing import Final

from countersign.policy.languages.sentences import filled_in
from countersign.service.reasons.appeal_words import APPEAL_SENTENCES

CHAT_SENTENCES: Final = MappingProxyType(
    {
        "greeting": (
            "You can appeal here against a refusal. Write its reference, such as {example}, and "
            "why it was a mistake. Without a reference, write: appeal."
        ),
        "encrypted": (
            "I cannot read encrypted chats. You can appeal on the page of the refusal: {page}"
        ),
        "encrypted_no_page": (
            "I cannot read encrypted chats. Start one without encryption, or ask the moderators of "
            "the room."
        ),
        "answer_here": "You will read the answer here.",
        "none": "There is no refusal of yours that you have not appealed against.",
        "too_long": "Your text is too long; {count} characters are the most.",
    }
)
"""Sentences by name; those on the state of an appeal are in `APPEAL_SENTENCES`."""


EXAMPLE: Final = "7F3K9-QX2MB"
"""Example of a reference."""


def greeting(language: str) -> str:
    """Return the greeting, which explains what can be written in a chat."""
    return said("greeting", language, example=EXAMPLE)


def said(name: str, language: str, **values: str) -> str:
    """Return a sentence in a language."""
    sentence = CHAT_SENTENCES.get(name) or APPEAL_SENTENCES[name]
    return filled_in(sentence, language, **values)
