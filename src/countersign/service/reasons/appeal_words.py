"""Sentences on the state of an appeal for the person who appealed, on the page and in the chat.

They are fixed English sentences with translations in the catalogues. None repeats the refused text
or names anybody.
"""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from countersign.policy.languages.sentences import filled_in
from countersign.ports.stores.review.appeals import Appeal, AppealState

APPEAL_SENTENCES: Final = MappingProxyType(
    {
        "open": "It was received at {time}. An answer is due by {due}.",
        "overdue": "It was received at {time}. The answer is late: it was due by {due}.",
        "granted": "It was granted: the refusal was a mistake. Until {time} you can send it again.",
        "was_granted": "It was granted: the refusal was a mistake.",
        "upheld": "It was looked at, and the refusal stands.",
        "closed": "It was closed without a decision.",
        "unknown": "This reference is not known here. It may be misspelled, or too old.",
        "reference": "Reference: {reference}",
        "full_title": "No more appeals at the moment",
        "full": "Please try again tomorrow, or ask the moderators of the room.",
        "trouble": "Please try again a little later.",
    }
)
"""Sentences by name."""


def appeal_in_words(appeal: Appeal, language: str, now_ts: int) -> str:
    """Return the sentences on an appeal's state in a language.

    Args:
        appeal: the appeal.
        language: the language of a catalogue.
        now_ts: now, in ms since the epoch.
    """
    if appeal.state is AppealState.OPEN:
        name = "open" if now_ts <= appeal.due_ts else "overdue"
        due, made = shown_moment(appeal.due_ts), shown_moment(appeal.made_ts)
        return filled_in(APPEAL_SENTENCES[name], language, time=made, due=due)
    if appeal.state is AppealState.GRANTED and (appeal.allowed_until_ts or 0) > now_ts:
        until = shown_moment(appeal.allowed_until_ts or 0)
        return filled_in(APPEAL_SENTENCES["granted"], language, time=until)
    names = {
        AppealState.GRANTED: "was_granted",
        AppealState.UPHELD: "upheld",
        AppealState.CLOSED: "closed",
    }
    return filled_in(APPEAL_SENTENCES[names[appeal.state]], language)


def shown_moment(ts: int) -> str:
    """Return a time, given in ms since the epoch, in a form that is readable in every language."""
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
