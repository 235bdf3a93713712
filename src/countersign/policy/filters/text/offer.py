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
from countersign.policy.text_model.offers import MAX_POINTS, FoundOffer, offer_in

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
    Texts in some 40 languages, undisguised as for the filter [`text-model`](text-model.md): letters
    apart, digits and signs for letters (`t3l3gr@m`) and look-alikes make no difference. The filter
    looks for signs of a few kinds, each of which counts once:

    - a gain, how easily it comes, somebody who is praised for it, a sum or a percentage;
    - what is offered: a loan, a job, an investment; twice as much for what seldom is honest, such
      as betting, escorts, forged documents, followers or airdrops;
    - a trouble (an account that is blocked, a parcel that is held) and what it is about;
    - a call to write, register, pay or confirm.

    They count only in a text that leads elsewhere, and only if there is a gain, an offer, a
    praise or a trouble among them: 2 points for each, up to 10; beside a link or a bare number
    at least two must be there. 7 points more if a messenger is named beside a name or a number,
    or there is a link into one, or somebody is to write to a name for a gain; two sums beside
    it are a gain, and a short text without any of these signs, which asks nothing, has 3 points
    more. A number that is written in words counts as one beside a messenger, if there is a word
    for calling somebody. A wallet beside a gain has 3 points more, one beside a sum of a
    cryptocurrency that comes back larger has 6, and one beside the plea of somebody in need has
    8. A name in Session counts as a contact there. If the text asks people to write in private,
    there are 6 points more beside an offer, and 4 beside a contact or an account alone.

    Other points need no offer: 6 for whoever asks for a code, a password or a key, and 4 more with
    a pretext (a number that was entered by mistake, an account that will be closed); 6 for whoever
    says that they moderate or help here and asks people to write in private, and 4 more if that is
    about an account; 6 for whoever has a code scanned for a gift.

    Work is an offer only beside a messenger, a gain or a link that costs next to nothing: who seeks
    staff names a place of their own. Several messages are read as one, if the last has a contact or
    makes one whole. A link to a place where everybody publishes leads nowhere. A text without a
    contact that talks about fraud or quotes it, shows what a program wrote, or reports a fault of a
    program with one or two of these signs, is no finding. The filter does not read what a client
    quotes in a reply, if the message that is answered says so.

    A contact with a word or two beside it has 3 points at most, and a small ad is no finding:
    somebody sells, seeks, lost or found a thing, at one price at most, and gives a contact but no
    link. A contact that a member asked for (see [`link`](link.md)) is
    read by itself, unless what its sender wrote before offers something.

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
        found: FoundOffer | None = None
        path = ""
        # A name with the ending of a file (`example.pl`) is a link only by the words beside it.
        leads_out = not event.seen.links or any(
            each.kind is IndicatorKind.DOMAIN for each in event.indicators
        )
        for read in event.read_texts:
            offer = offer_in(
                read.features.read,
                read.normalized,
                leads_out=leads_out,
                is_joined=event.is_joined,
            )
            if offer.points >= self.min_points and (found is None or offer.points > found.points):
                found, path = offer, read.text.path
        if found is None:
            return None
        points = found.points
        if event.is_joined:
            # An earlier link and a later text are not an offer together, nor are a messenger and
            # the name of somebody who is addressed.
            is_spread = any(each.kind.is_contact for each in event.indicators)
            if is_asked_for(event, facts) or not (is_spread or _brings_contact(event)):
                return None
            points -= _SPREAD_POINTS if is_spread else 0
            if points < self.min_points:
                return None
        if (around := around_quotation(event)) is not None:
            # Judge only the sender's own words, not a scam that they quote to warn of it.
            return self.judge(around, facts)
        if not found.is_reached and is_harmless_talk(event):
            return None
        if is_small_ad_by(event):
            return None
        if points > MOST_EVERYDAY_POINTS and most_everyday_points(event) is not None:
            points = MOST_EVERYDAY_POINTS
        return self.refuse(
            f"makes an offer or a threat and leads elsewhere, in {path}: "
            + ", ".join(map(shown, found.words[:_MOST_SHOWN])),
            value=points,
            points=points,
        )


def _brings_contact(joined: Event) -> bool:
    """Return True if the last of the messages that are read together has a contact by itself."""
    recent = joined.recent_messages
    if recent is None:
        return False
    said = {"msgtype": "m.text", "body": recent.texts[recent.place]}
    own = indicators_of(Content(said, joined.type), joined.room_id)
    return any(each.kind.is_contact for each in own)
