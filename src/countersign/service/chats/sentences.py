"""English sentences of our user in direct chats; catalogues have the translations."""

from types import MappingProxyType
from typing import Final

from countersign.policy.languages.sentences import filled_in
from countersign.service.reasons.appeal_words import APPEAL_SENTENCES, shown_moment
from countersign.service.reporting.reporting import Outcome, ReportStanding

CHAT_SENTENCES: Final = MappingProxyType(
    {
        "greeting": (
            "You can appeal here against a refusal. Write its reference, such as {example}, and "
            "why it was a mistake. Without a reference, write: appeal."
        ),
        "greeting_reports": (
            "You can report a message here, too: write its link, and what is wrong with it. "
            "Moderators will look at it if it is in a room that I protect and that you are in."
        ),
        "reported": (
            "Thank you. If that is in a room that I protect and that you are in, its moderators "
            "will look at it, and you will read here what came of it. They do not learn who "
            "reported it, and nobody else does."
        ),
        "reports_full": (
            "The moderators have as many reports as they can look at today. If it is urgent, "
            "write to them."
        ),
        "report_acted": "Moderators looked at what you reported at {time}, and acted. Thank you.",
        "report_left": "Moderators looked at what you reported at {time}, and left it as it is.",
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


def greeting(language: str, *, takes_reports: bool) -> list[str]:
    """Return the sentences on what can be written in a chat."""
    appeals = chat_sentence("greeting", language, example=EXAMPLE)
    return [appeals, chat_sentence("greeting_reports", language)] if takes_reports else [appeals]


def report_in_words(standing: ReportStanding, language: str) -> str:
    """Return the result of a report that moderators handled, in words."""
    name = "report_acted" if standing.outcome is Outcome.ACTED else "report_left"
    return chat_sentence(name, language, time=shown_moment(standing.made_ts))


def chat_sentence(name: str, language: str, **values: str) -> str:
    """Return a sentence in a language."""
    sentence = CHAT_SENTENCES.get(name) or APPEAL_SENTENCES[name]
    return filled_in(sentence, language, **values)
