"""Filter `text-model`: texts that read like fraud or advertising."""

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
from countersign.policy.message_traits.everyday_contacts import most_everyday_points
from countersign.policy.message_traits.harmless_talk import is_harmless_talk
from countersign.policy.message_traits.quotations import (
    around_quotation,
    asks_about_quotation,
    warned_quotation,
    without_true_quotation,
)
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.questions.messages import MessageRelatedTo
from countersign.policy.questions.question import Question
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.policy.text.minhash import is_courtesy
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.spelled_words import holds_disguised_words
from countersign.policy.text_model.shipped import shipped_model

MOST_POINTS: Final = 12
EDITED_WITHIN_SECONDS: Final = 120
GROWN_TIMES: Final = 1.5
"""Ratio of lengths from which on an edited message has grown; corrections stay below it."""
NAME_MIN_POINTS: Final = 8
"""Minimum of points at which `named_points` are added: with fewer, it may be a joke or a trade."""
_SOMEBODY: Final = frozenset({IndicatorKind.HANDLE, IndicatorKind.PHONE})
TALK_POINTS: Final = 4
"""Points subtracted for talk about fraud without a contact, and for the output of programs."""


@dataclass(frozen=True, kw_only=True)
class TextModel(Filter):
    """Refuses texts that read like fraud or advertising, once they have enough points as evidence.

    ## Why this harms
    Scams come in ever new words, on ever new domains and in every language. No list of words keeps
    up. They share their style: a gain without effort, a hurry, a contact on another messenger.

    ## What it sees
    The model scores each text that a person may see; the highest score counts. It ignores case,
    accents, styled and full-width letters, look-alikes, spaces between letters and written-out
    dots. Names, numbers and links are masked: the model sees that there is a link, but not which
    one. Of a long text it reads the beginning and the surroundings of links and amounts.

    - *No evidence* is a text of fewer than 3 words or 15 characters, or in an unknown language. A
      text in a language without a measurement of its own counts 6 points at most.
    - *Quotations.* What a client quotes in a reply is left out, if the answered message contains
      it. Signed messages are remembered for a day, in the memory of each process. All other
      quotations count as the sender's own words, unless the sender warns of them or asks about
      them: of `Is this a scam? "..."` the model reads only the words around the quotation. For
      this, the quotation must have no link that works, and the words around it no link, contact or
      praise. If only a colon or a line break marks the quotation, the whole text is read and counts
      4 points less.
    - *Talk about fraud*, or a quotation of it, counts 4 points less without a contact or wallet.
      "No scam" and "100 % legit" are not talk about fraud.
    - *4 points less* also for what a program wrote, such as an error, a line of a log or a link
      with a port, for a report of a fault in a program, and for several messages that are read as
      one and have no link, contact or wallet. If the last has words of courtesy and nothing else,
      they are not read as one. So does an offer of work that leads to an employer's
      own page or mail address for applicants, without pay by the day or a messenger. Free mail
      services and cheap top-level domains are not an employer's own.

    Options add points:

    - `edited_points`: a message is edited a second time within two minutes and is half as long
      again as it was, so it may be growing into an advertisement.
    - `disguised_points`: a text spells several words out (`t e l e g r a m`, a letter a line), has
      full stops for spaces, or digits for letters (`cr1pt0`).
    - `named_points`: a display name, or the reason of a join, an invitation or a knock, has 8
      points or more. The whole room sees it, and few people have such names.
    - `split_points`: several messages are read as one, and the last one adds a name in another
      messenger or a phone number.

    The finding is evidence with its own points: one point multiplies the odds of abuse by about
    2.5. The model is small, multilingual and the same for everybody; it does not learn here. It
    knows fraud and advertising only. It was not trained on opinions, insults or politics. [The text
    model](../text-model.md) describes its training, its results in each language, and its
    weaknesses.

    ## When it is wrong
    People who quote a scam to warn of it, who sell a bicycle, or who announce a release use the
    same words. Therefore its points seldom refuse an event alone: use the filter with `thresholds`,
    beside other evidence, and for newcomers. `explain` shows the parts of the text with the most
    weight.
    """

    name: ClassVar[str] = "text-model"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.SPAM
    reads_together: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please write this in other words, or ask the moderators: it reads like an advertisement."
    )

    min_points: int = option(
        2,
        minimum=1,
        maximum=MOST_POINTS,
        unit="points",
        help="A text with fewer points is no finding.",
    )
    max_points: int = option(
        MOST_POINTS,
        minimum=1,
        maximum=MOST_POINTS,
        unit="points",
        help="The most points that a text gets.",
    )

    edited_points: int = option(
        0,
        minimum=0,
        maximum=MOST_POINTS,
        unit="points",
        help="Additional points for a message that is edited a second time within two minutes and "
        "has grown.",
    )
    disguised_points: int = option(
        0,
        minimum=0,
        maximum=MOST_POINTS,
        unit="points",
        help="Additional points for a text that spells several words out or joins them by signs.",
    )

    named_points: int = option(
        0,
        minimum=0,
        maximum=MOST_POINTS,
        unit="points",
        help="Additional points for a display name or reason in a membership event.",
    )

    split_points: int = option(
        0,
        minimum=0,
        maximum=MOST_POINTS,
        unit="points",
        help="Additional points for several messages, read as one, if the last adds a name in "
        "another messenger or a phone number.",
    )

    def __post_init__(self) -> None:
        # Loads the weights now, so that the first message need not wait for them.
        shipped_model()

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return min(self.max_points, shipped_model().max_points)

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        if event.indicators:
            yield from asks_if_asked_for(event)
        if "m.relates_to" not in event.content:
            return
        relation = event.seen.relation
        if self.edited_points and relation is not None and relation.kind == "edit":
            yield SentBefore(f"edit {relation.event_id}", EDITED_WITHIN_SECONDS)
            if relation.event_id is not None:
                yield MessageRelatedTo(relation.event_id)
        yield from asks_about_quotation(event)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if "m.relates_to" in event.content:
            event = without_true_quotation(event, facts)
        most = event.most_text_points
        if most < 1:
            return None
        is_chain = self._is_chain(event, facts)
        least = 1 if is_chain else self.min_points
        # Most predictions are weak, and finding their language takes longer than weighing them.
        prediction = event.text_prediction if most >= least else None
        if prediction is None:
            return None
        if event.is_joined and (_adds_nothing(event) or is_asked_for(event, facts)):
            return None
        quotation, around = warned_quotation(event), around_quotation(event)
        if quotation is not None and quotation.is_clear and around is not None:
            # Judge only the sender's own words, not a scam that they quote to warn of it.
            return self.judge(around, facts)
        points = prediction.prediction.points
        is_talk = points >= least and (quotation is not None or is_harmless_talk(event))
        if is_talk:
            points -= TALK_POINTS
        everyday = self._most_everyday(event, facts) if points >= least else None
        points = points if everyday is None else min(points, everyday)
        if points < least:
            return None
        is_disguised = bool(self.disguised_points) and holds_disguised_words(event.seen.normalized)
        points += self.edited_points if is_chain else 0
        points += self.disguised_points if is_disguised else 0
        if event.type == "m.room.member" and points >= NAME_MIN_POINTS:
            points += self.named_points
        is_split = self.split_points > 0 and event.is_joined and everyday is None
        if is_split and _leads_to_somebody(event):
            points += self.split_points
        points = min(self.max_points, points)
        parts = shipped_model().explain(prediction.prediction.features)
        return self.refuse(
            f"reads like fraud or advertising, in {prediction.path} "
            f"({prediction.prediction.language}): "
            + ", ".join(map(shown, parts))
            + ("; it only talks of such things, or offers work" if is_talk else "")
            + ("; it is edited again and again" if is_chain else "")
            + ("; its words are written so that filters do not read them" if is_disguised else ""),
            value=points,
            points=points,
        )

    def _most_everyday(self, event: Event, facts: Facts) -> int | None:
        """Return the maximum of points of a small ad, or of a contact alone or asked for."""
        is_answer = not event.is_joined and is_asked_for(event, facts)
        return MOST_EVERYDAY_POINTS if is_answer else most_everyday_points(event)

    def _is_chain(self, event: Event, facts: Facts) -> bool:
        """Return True if a message is edited a second time and has grown since it was sent."""
        is_again, first = False, None
        for each in self.asks(event):
            if isinstance(each, SentBefore):
                is_again = facts[each].by_sender > 0
            elif isinstance(each, MessageRelatedTo):
                first = facts[each]
        # The first version may have been forgotten: it counts as having grown then.
        return is_again and (
            first is None or len(event.seen.main_text) >= first.chars * GROWN_TIMES
        )


def _adds_nothing(joined: Event) -> bool:
    """Return True if the last of several messages is one of courtesy, or was sent before."""
    recent = joined.recent_messages
    if recent is None:
        return False
    text = recent.texts[recent.place]
    return text in recent.others().texts or is_courtesy(normalize(text))


def _leads_to_somebody(event: Event) -> bool:
    """Return True if the last of several messages adds a phone number or a name in a messenger."""
    # People who ask for help show a wallet, or a mail address that they wrote to.
    contacts = {each for each in every_indicator(event) if each.kind in _SOMEBODY}
    if not contacts or event.recent_messages is None:
        return False
    before = event.read_with(event.recent_messages.others())
    return not contacts.issubset(every_indicator(before))
