"""Filter `turned-account`: members who suddenly bring an offer to several rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.message_traits.quotations import (
    around_quotation,
    asks_about_quotation,
    without_true_quotation,
)
from countersign.policy.questions.crowds import Crowd, SentBefore
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.question import Question
from countersign.policy.text.finders import finder_of
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.policy.text.offers.cues import plain
from countersign.policy.text_model.offers import asks_for_secret

_DAY_SECONDS: Final = 86_400
MAX_READ_CHARS: Final = 400
"""Maximum number of characters searched for a request for a secret; such requests are short."""
_BESIDE_WORDS: Final = frozenset({IndicatorKind.DOMAIN, IndicatorKind.MAIL})
"""Kinds of indicators that are an offer only in a text that reads like one."""
# Words of an offer beside a link: an amount of money, a gain, or a threat.
# The border of a word: `\b` of RE2 works for Latin letters only.
_BEGINS: Final = r"(?:^|[^\pL\pN_])"
_ENDS: Final = r"(?:$|[^\pL\pN_])"
_holds_offer: Final = finder_of(
    r"[$€£¥₹₽₿] ?\p{Nd}"
    rf"|\p{{Nd}} ?(?:[$€£¥₹₽₿%]|(?:usdt?|eur|btc|eth|sol|dollars?|euros?|per day){_ENDS})"
    rf"|{_BEGINS}(?:airdrop|giveaway|nitro|bonus|profits?|invest[\pL\pN_]{{0,6}}"
    r"|earn[\pL\pN_]{0,4}|trading|casino|loan|wallets?|(?:recovery|seed) phrase|suspended|hacker)"
    rf"{_ENDS}"
)
_LEAST_POINTS: Final = 3
"""Minimum of the text model's points for a text with such words to be an offer."""
_ENOUGH_POINTS: Final = 6
"""The same for a text without such words."""
_MOST_CARRIED: Final = 3
"""Maximum number of links and contacts of an offer that are compared with earlier offers."""


@dataclass(frozen=True, kw_only=True)
class TurnedAccount(Filter):
    """Refuses an offer that a member brings to a second room, until a moderator has looked at it.

    ## Why this harms
    Accounts with a long harmless history are stolen or sold. Everybody trusts them. The new owner
    uses that trust to write to many rooms before somebody notices.

    ## What it sees
    The filter looks for offers: a contact in another messenger, a phone number, a wallet or an
    invitation that no other member has ever posted. An offer is also a mail address or a link to a
    domain that no other member has posted, in a text that the [text model](../text-model.md) takes
    for fraud or advertising, above all beside an amount of money or words about gain. The first
    room gets the offer. If the same person sends an offer to another room within `per_seconds`, the
    filter refuses it. It does so within `pitch_seconds` if both hold the same link or
    contact, and the text model takes both for fraud or advertising.

    Whoever asks for a code, a password or a key of others, with no link or contact, carries that
    from room to room like an offer: the filter refuses it in the second room within `per_seconds`.

    A quotation that the sender warns of or asks about is no offer, see
    [`text-model`](text-model.md). Style, language or links alone are never a reason. A moderator
    who looks at the message can allow it (`countersign decisions allow`), or post the contact: then
    it passes.

    ## When it is wrong
    Members do announce their own event in several rooms, with a new contact. The text that they
    read tells them to ask the moderators. Let the filter apply to members: other filters judge
    newcomers.
    """

    name: ClassVar[str] = "turned-account"
    finding_kind: ClassVar[FindingKind] = FindingKind.RULE
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = (
        "Please ask the moderators before you send this to more rooms: one of them has it already."
    )

    per_seconds: int = option(
        1_800,
        minimum=60,
        maximum=86_400,
        unit="seconds",
        help="How long after an offer in one room an offer in another room is refused.",
    )

    pitch_seconds: int = option(
        86_400,
        minimum=60,
        maximum=86_400,
        unit="seconds",
        help="The same for one link or contact in texts that read like fraud or advertising.",
    )

    def reads_indicators(self) -> bool:
        """See `Filter.reads_indicators`."""
        return True

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        if not event.indicators:
            if _requests_secret(event):
                yield self._requests(event)
                yield from asks_about_quotation(event)
            return
        quoting = tuple(asks_about_quotation(event))
        if _may_offer(event) or (quoting and _may_offer(event.with_own_quotation)):
            yield IndicatorsSeen(_DAY_SECONDS)
            yield from self._offers(event)
            yield from quoting

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if not event.indicators:
            return self._judge_request(event, facts)
        if not [*self.asks(event)]:
            return None
        if not _may_offer(without_true_quotation(event, facts)):
            return None
        offered = next(
            (each for each in facts[IndicatorsSeen(_DAY_SECONDS)] if _is_new(each)), None
        )
        if offered is None:
            return None
        for question in self._offers(event):
            crowd: Crowd = facts[question]
            others = crowd.rooms - {event.room_id}
            if others:
                return self.refuse(
                    f"holds {offered.label}, which no other member posted; the sender made an "
                    f"offer in {len(others)} other room{'s' if len(others) > 1 else ''} within "
                    f"{question.per_seconds} seconds",
                    value=len(others) + 1,
                    limit=1,
                )
        return None

    def _judge_request(self, event: Event, facts: Facts) -> Finding | None:
        """Return a finding if the sender asks for a secret and did so in another room; or None."""
        if not _requests_secret(event) or not _requests_secret(
            without_true_quotation(event, facts)
        ):
            return None
        crowd: Crowd = facts[self._requests(event)]
        others = crowd.rooms - {event.room_id}
        if not others:
            return None
        return self.refuse(
            f"asks for a code, a password or a key of others; the sender did so in {len(others)} "
            f"other room{'s' if len(others) > 1 else ''} within {self.per_seconds} seconds",
            value=len(others) + 1,
            limit=1,
        )

    def _requests(self, event: Event) -> SentBefore:
        return SentBefore(f"request\0{event.sender}", self.per_seconds)

    def _offers(self, event: Event) -> Iterable[SentBefore]:
        yield SentBefore(f"offer\0{event.sender}", self.per_seconds)
        if _reads_like_offer(event):
            for each in _carried(event.indicators):
                yield SentBefore(f"pitch\0{event.sender}\0{each.name}", self.pitch_seconds)


def _requests_secret(event: Event) -> bool:
    """Return True if an event asks for a secret outside of a quotation that its sender warns of."""
    if not _asks_for_secret(event):
        return False
    around = around_quotation(event)
    return around is None or _asks_for_secret(around)


def _asks_for_secret(event: Event) -> bool:
    return _text_asks_for_secret(event.seen.normalized[:MAX_READ_CHARS])


@lru_cache(maxsize=64)
def _text_asks_for_secret(normalized: str) -> bool:
    """Return True if a text asks for a secret. Cached for the questions and the judgement."""
    return asks_for_secret(plain(normalized))


def _may_offer(event: Event) -> bool:
    """Return True if an event has an offer outside of a quotation that its sender warns of."""
    if not _holds_place(event):
        return False
    around = around_quotation(event)
    return around is None or _holds_place(around)


def _holds_place(event: Event) -> bool:
    """Return True if an event has a contact, or a link in a text that reads like an offer."""
    indicators = event.indicators
    return any(map(_is_contact, indicators)) or (
        any(each.kind in _BESIDE_WORDS for each in indicators) and _reads_like_offer(event)
    )


def _carried(indicators: tuple[Indicator, ...]) -> list[Indicator]:
    """Return the indicators to compare with other rooms; a domain only in place of its link."""
    exact = [each for each in indicators if each.kind is not IndicatorKind.DOMAIN]
    return (exact or list(indicators))[:_MOST_CARRIED]


def _reads_like_offer(event: Event) -> bool:
    prediction = event.text_prediction if event.most_text_points >= _LEAST_POINTS else None
    if prediction is None or prediction.prediction.points < _LEAST_POINTS:
        return False
    is_enough = prediction.prediction.points >= _ENOUGH_POINTS
    return is_enough or _holds_offer(event.seen.normalized)


def _is_contact(indicator: Indicator) -> bool:
    return indicator.kind.is_contact and indicator.kind is not IndicatorKind.MAIL


def _is_new(facts: IndicatorFacts) -> bool:
    is_named = _is_contact(facts.indicator) or facts.indicator.kind in _BESIDE_WORDS
    return is_named and not (facts.is_vouched or facts.is_known)
