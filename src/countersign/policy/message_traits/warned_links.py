"""Links, also broken ones, in messages which warn of them, or ask whether they are a fraud."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.message_traits.quotations import around_quotation
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.links.disguises import Disguise
from countersign.policy.text.links.written_links import links_in
from countersign.policy.text.offers.cues import Cue, cues_in, plain
from countersign.policy.text.prose.warning_words import asks_or_warns, praises
from countersign.policy.text_model.fraud_talk import boasts, calls_fraud
from countersign.policy.text_model.masking import AMOUNT, SMALL_AMOUNT

MAX_CHARS: Final = 200
"""Maximum length of such a message: whoever warns of a link is brief, and a pitch is not."""
MOST_SENDERS: Final = 6
"""Number of newcomers of a community who may name such a link within `WITHIN_SECONDS`."""
WITHIN_SECONDS: Final = 3_600
_SENT: Final = SentBefore("link that is warned of", WITHIN_SECONDS)
_BROKEN: Final = frozenset({Disguise.SCHEME, Disguise.BRACKETS})
"""Ways in which people break a link to warn of it; other disguises hide it."""
_OFFERING: Final = Cue.GAIN | Cue.EASE | Cue.PRAISE | Cue.CALL


def asks_if_few_warned(event: Event) -> Iterator[SentBefore]:
    """Yield the question about others' recent warnings of links; nothing for most events."""
    if not event.seen.links and "[" not in event.seen.normalized:
        return
    if event.worked_out(_warns_of_link, _warns_of_link):
        yield _SENT


def beside_warning(event: Event, facts: Facts) -> Event | None:
    """Return a message without the quotation or the link that it warns of or asks about.

    Returns:
        None if it warns of nothing; a link that works stays in unless it is the sender's first
        within an hour, and few others warned of one.
    """
    around = around_quotation(event)
    if around is not None or not all(map(facts.has, questions := [*asks_if_few_warned(event)])):
        return around
    for question in questions:
        others = facts[question]
        if not others.by_sender and len(others.senders) < MOST_SENDERS:
            return replace(event, content=_without_link(event), recent_messages=None)
    return None


def _meant(content: Content) -> Content:
    """Return a content with a link that works in place of a broken one."""
    if not content.disguised_links:
        return content
    body = content.undisguised(content.texts[0].raw).meant
    return Content({"msgtype": "m.text", "body": body}, "m.room.message")


def _without_link(event: Event) -> dict[str, str]:
    body = _meant(event.seen).texts[0].raw
    for start, end, _ in reversed(list(links_in(body))):
        body = f"{body[:start]} … {body[end:]}"
    return {"msgtype": "m.text", "body": body}


def _warns_of_link(event: Event) -> bool:
    """Return True if a message calls its one link a fraud, or asks, and neither offers nor praises.

    A sender with another contact may be the author of the fraud.
    """
    content = event.seen
    if event.type != "m.room.message" or event.is_joined or event.follow_up is not None:
        return False
    if (
        len(content.texts) != 1
        or len(content.normalized) > MAX_CHARS
        or content.own
        or content.quoted
    ):
        return False
    if any(link.disguise not in _BROKEN for link in content.disguised_links):
        return False
    if len({link.target for link in _meant(content).links}) != 1:
        return False
    text = content.normalized
    if not (calls_fraud(text) or asks_or_warns(text)) or boasts(text) or praises(text):
        return False
    if any(each.kind.is_contact for each in indicators_of(content, event.room_id)):
        return False
    return not any(map(_offers, (each.features.read for each in event.read_texts)))


def _offers(text: str) -> bool:
    is_priced = AMOUNT in text or SMALL_AMOUNT in text
    return is_priced or bool(cues_in(plain(text)).cues & _OFFERING)
