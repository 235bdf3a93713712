"""Filter `offer`: texts that promise or threaten something and lead somebody elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.message_traits.asked_links import asks_if_asked_for, is_asked_for
from countersign.policy.message_traits.every_indicator import every_indicator
from countersign.policy.message_traits.everyday_contacts import MOST_POINTS as MOST_EVERYDAY_POINTS
from countersign.policy.message_traits.everyday_contacts import is_small_ad_by, most_everyday_points
from countersign.policy.message_traits.harmless_talk import is_harmless_talk
from countersign.policy.message_traits.quotations import (
    around_quotation,
    asks_about_quotation,
    without_true_quotation,
)
from countersign.policy.questions.question import Question
from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.policy.text.offers.cues import plain
from countersign.policy.text_model.job_offers import is_cheap
from countersign.policy.text_model.offers import MAX_POINTS, FoundOffer, offer_in

_LONG_PART: Final = 5
"""Minimum length of a word by which a phrase is known."""
_MOST_SHOWN: Final = 8
_SPREAD_POINTS: Final = 4
"""Points that `indicator` gives for a contact that is split over several messages."""


@dataclass(frozen=True, kw_only=True)
class Offer(Filter):
    """Refuses texts that promise or threaten something and lead elsewhere, with other evidence.

    ## Why this harms
    A fraud must say what there is to gain or to fear, and where to go: to a link, a number, a name
    in another messenger, or into a private talk. The words differ, and these two parts do not.

    ## What it sees
    Texts in some 40 languages. Spaces between letters, digits and signs in place of letters
    (`t3l3gr@m`) and look-alikes make no difference, as in [`text-model`](text-model.md). Each kind
    of sign of an offer counts once, 2 points each, up to 10:

    - a gain, how easily it comes, praise for somebody who brought it, a sum or a percentage;
    - an offer, such as a loan, a job or an investment. It counts twice if it seldom is honest, such
      as betting, escorts, forged documents, followers or airdrops;
    - a trouble, such as a blocked account or a held parcel, and its subject;
    - a call to write, register, pay or confirm.

    They count only in a text that leads elsewhere and has a gain, an offer, praise or a trouble.
    Beside a link or a bare number, two of them are needed. Where the text leads adds points:

    - *A messenger*: 7 points for its name beside a name or number, for a link into it, for a
      Session ID, and for a request to write to a name for a gain. Two sums beside it are a gain. A
      short text with nothing else, which asks nothing, has 3 points more. A number in words counts
      beside a messenger or a word for calling.
    - *A wallet*: 3 points beside a gain, 6 beside a sum of a cryptocurrency that comes back larger,
      and 8 beside a plea for help, as for a link by which somebody is paid (`paypal.me/…`).
    - *A private talk*, also with a Matrix user whose ID is behind a request to write, or by a link
      in a profile: 6 points beside an offer, 4 beside a contact or an account alone.

    Other points need no offer:

    - 6 for a request for a code, a password or a key; 4 more with a pretext, such as a number that
      was entered by mistake or an account that will be closed;
    - 6 for a claim to moderate or help here, with a request to write in private; 4 more if it is
      about an account;
    - 6 for a code to scan for a gift.

    These are no finding, or count less:

    - Work is an offer only beside a messenger, a gain or a link under a cheap top-level domain:
      employers name a place of their own.
    - A link to a place where everybody publishes leads nowhere.
    - A text without a contact that talks about fraud or quotes it, or shows what a program wrote,
      is no finding. Nor is one that reports a fault of a program with one or two of these signs.
    - A small ad is no finding: somebody sells, seeks, lost or found a thing, at one price at most,
      and gives a contact, or a link to a name in a messenger, but no other link. A contact with a
      word or two beside it has 3 points at most.
    - The filter does not read what a client quotes in a reply, if the answered message contains it.

    - A contact that a member asked for (see [`link`](link.md)) is no finding in a text that offers
      nothing.

    Several messages are read as one if the last has a contact or completes one.

    ## When it is wrong
    People offer their services, look for staff, or give their number beside a promise. Use the
    filter with `thresholds`, for newcomers: a contact alone refuses nobody then, nor does an offer
    alone.
    """

    name: ClassVar[str] = "offer"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.SPAM
    reads_together: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please ask the moderators if this is no advertisement: it looks like one."
    )

    min_points: int = option(
        2,
        minimum=1,
        maximum=MAX_POINTS,
        unit="points",
        help="A text with fewer points is no finding.",
    )

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return MAX_POINTS

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        yield from asks_about_quotation(event)
        if event.indicators:
            yield from asks_if_asked_for(event)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if "m.relates_to" in event.content:
            event = without_true_quotation(event, facts)
        best: FoundOffer | None = None
        path = ""
        # A name with the ending of a file (`example.pl`) is a link only by the words beside it.
        # The masks know fewer top-level domains than the search for links does.
        leads_out = None
        if event.seen.links:
            leads_out = any(each.kind is IndicatorKind.DOMAIN for each in every_indicator(event))
        for text in event.read_texts:
            offer = offer_in(
                text.features.read,
                text.normalized,
                leads_out=leads_out,
                is_joined=event.is_joined,
            )
            if offer.points >= self.min_points and (best is None or offer.points > best.points):
                best, path = offer, text.text.path
        if best is None:
            return None
        if is_asked_for(event, facts):
            return None
        points = best.points if not event.is_joined else _points_of_joined(event, best)
        if points < self.min_points:
            return None
        if (around := around_quotation(event)) is not None:
            # Judge only the sender's own words, not a scam that they quote to warn of it.
            return self.judge(around, facts)
        if not best.is_reached and is_harmless_talk(event):
            return None
        if is_small_ad_by(event):
            return None
        if points > MOST_EVERYDAY_POINTS and most_everyday_points(event) is not None:
            points = MOST_EVERYDAY_POINTS
        return self.refuse(
            f"makes an offer or a threat and leads elsewhere, in {path}: "
            + ", ".join(map(shown, best.words[:_MOST_SHOWN])),
            value=points,
            points=points,
        )


def _points_of_joined(joined: Event, offer: FoundOffer) -> int:
    """Return the points of an offer that several messages make together; 0 if they make none."""
    # An earlier link and a later text are not an offer together, nor are a messenger and the name
    # of somebody who is addressed.
    is_spread = any(each.kind.is_contact for each in joined.indicators)
    if not (is_spread or _leads_on(joined, offer.words)):
        return 0
    return offer.points - (_SPREAD_POINTS if is_spread else 0)


def _leads_on(joined: Event, words: Iterable[str]) -> bool:
    """Return True if the last of several messages belongs to the offer that they make together.

    It has a contact, or a link that is in a cheap zone or stands beside one of the offer's words.
    Many people answer with a link some minutes after they wrote of other things.

    Args:
        joined: the messages, read together.
        words: the words by which the offer was found; long parts of phrases count, too.
    """
    recent = joined.recent_messages
    if recent is None:
        return False
    content = Content({"msgtype": "m.text", "body": recent.texts[recent.place]}, joined.type)
    own = indicators_of(content, joined.room_id)
    if any(each.kind.is_contact for each in own):
        return True
    hosts = [each.host for each in own if each.kind is IndicatorKind.DOMAIN]
    if not hosts:
        return False
    text = plain(content.normalized)
    parts = (part for phrase in words for part in phrase.split() if len(part) >= _LONG_PART)
    return any(map(is_cheap, hosts)) or any(each in text for each in (*words, *parts))
