"""Filter `indicator`: links, contacts and wallets that came in a wave before, or are known bad."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.message_traits.bare_handles import bare_handles_of
from countersign.policy.message_traits.indicator_points import (
    SAID_POINTS,
    UNKNOWN_POINTS,
    bad_points,
    pair_points,
    unknown_points,
    wave_points,
    within_harmless,
)
from countersign.policy.message_traits.quotations import warned_quotation
from countersign.policy.questions.indicators import BadBecause, IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.question import Question
from countersign.policy.text.indicators.kinds import Indicator as SeenIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.policy.text.indicators.shared_hosts import (
    HELPLINE_NUMBERS,
    HELPLINES,
)
from countersign.policy.text.links.domains import parents

_MEMBER_RANK: Final = RANKS[Trust.MEMBER]

_MOST_NAME_POINTS: Final = 8
"""Maximum of points for a name without a messenger beside it."""
_CUT_POINTS: Final = 8
"""Points for an address that is split over messages: `t.me` in one, `/abc` in the next."""
_SPREAD_POINTS: Final = 4
"""Points for a messenger in one message and a name in the next, which honest people send too."""
_OWN_REPEATS_MORE: Final = 2
"""Number of additional repeats by one person before they are a wave: people repeat questions."""

_BAD_WORDS: Final = {
    BadBecause.SAID: "a moderator called bad",
    BadBecause.REDACTED: "a moderator redacted before",
    BadBecause.REFUSED: "several people were refused with",
}


class _Weighed(NamedTuple):
    """Points for one indicator.

    Attributes:
        points: the points.
        why: the reason, for moderators.
        label: text for moderators, see `IndicatorFacts.label`.
        is_word: True if a moderator marked it as bad or redacted it.
    """

    points: int
    cause: str
    label: str
    is_word: bool = False


@dataclass(frozen=True, kw_only=True)
class Indicator(Filter):
    """Refuses what leads to a fraud: the link, contact or wallet, whatever words are around it.

    ## Why this harms
    A fraud can change its words, but it must say where to write, pay or click. The same wallet or
    contact in the messages of several newcomers is one campaign.

    ## What it sees
    Indicators in everything that a person may see: links by host and path (without parameters that
    only track people), domains, names in other messengers, phone numbers, mail addresses, wallets
    by their checksums, invitations and referral codes; at most a dozen in one event.

    - An indicator that newcomers sent within `per_seconds`: `messages` different people, one to
      `messages` different rooms, or one person two times more often, because people ask again.
      Messages that were refused for evidence count too. A contact or wallet counts 10 points. A
      mail address counts 10 points or, if it is not at one of the large free services, 4. A link
      counts 4 points, or 7 if one newcomer brings it to several rooms, or 2 if several bring it and
      it leads to a host where many people publish. A domain counts 2 points, from the second person
      or room on, because a feed links to new pages of its own domain. A contact or wallet that one
      newcomer too few for a wave sent counts 8 points, or 5 if it
      is a phone number or mail address.
    - A bare name with a digit or `_` and no messenger beside it (`@anna_77`), which several
      newcomers pass on: 8 points. It is counted together with
      the same name beside a messenger, and has a contact's points if that is known to be bad. Names
      of people in the room do not count.
    - An indicator that is known to be bad: 12 points if a moderator said so. For 30 days: if a
      moderator redacted an event with it, 10 for a contact, 7 for a link and 3 for a domain; if
      several people were refused with it for other evidence, 8, 5 and 2, and 4 for a mail address
      that is not at one of the large free services: anybody can put a project's into scams. As a
      wave it may have more.
    - An indicator that appears only if the last few short messages of a newcomer in the room,
      within five minutes, are read as one: 8 points if an address is split, 4 for a messenger in
      one message and a name in the next. If the whole is refused, the parts that were signed are
      passed on for redaction.
    - With `unknown_domains`, what no member ever posted: 1 point for a domain where not everybody
      publishes, 2 for a name in a messenger, and 6 for a mail address at a large free service that
      is written so that programs do not read it.

    In a text that the text model takes for harmless, and that says more than the link, a link or
    domain counts no more than an unknown one, however many others sent it or had it refused:
    anybody can put the link of a project into scams. A link that stands alone there counts 2 points
    at most. The same holds if one person repeats it in one room.

    The indicator with the most points counts; a second one of 2 points or more adds a point. Waves,
    what is unknown and split addresses count only in what newcomers send.

    The filter holds nothing against an indicator that members posted before the event: at least a
    day before, or two others than the sender, or one who is trusted or a moderator. If they posted
    a domain, its links are exempt too, unless a moderator redacted an event with that very link. A
    moderator's word outweighs all of this. Helplines never count. In a quotation that the sender
    warns of or asks about (see [`text-model`](text-model.md)) only what a moderator redacted or
    called bad counts. `countersign indicators list` shows bad indicators, and `countersign
    indicators remove` removes one.

    ## When it is wrong
    Newcomers may all share a contact that is new here: that of an event, or of a project that moves
    elsewhere. Once a moderator or trusted member posts it, it passes.
    """

    name: ClassVar[str] = "indicator"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.SPAM
    expects_crowds: ClassVar[bool] = True
    reads_together: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please ask the moderators if this is no advertisement: it looks like one."
    )

    messages: int = option(
        3,
        minimum=2,
        maximum=100,
        unit="messages",
        help="The number of messages of newcomers with the same indicator that makes a wave.",
    )
    per_seconds: int = option(
        86_400, minimum=1, maximum=604_800, unit="seconds", help="The time, counted back from now."
    )
    unknown_domains: bool = option(
        default=True,
        help="Whether a domain or a name in a messenger that no member ever posted counts.",
    )
    helplines: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="domains or phone numbers",
        help="Further helplines, besides the well-known ones, that never count.",
    )
    _domains: frozenset[str] = field(init=False, repr=False, compare=False)
    _numbers: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = {digits for each in self.helplines if (digits := _digits_of(each))}
        domains = {each.lower() for each in self.helplines if not _digits_of(each)}
        object.__setattr__(self, "_domains", HELPLINES | domains)
        object.__setattr__(self, "_numbers", HELPLINE_NUMBERS | numbers)

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return SAID_POINTS + 1

    def reads_indicators(self) -> bool:
        """See `Filter.reads_indicators`."""
        return True

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        if event.indicators:
            yield IndicatorsSeen(self.per_seconds, event.is_joined)
        if "@" in event.seen.normalized and self._asks_about_names(event):
            yield IndicatorsSeen(self.per_seconds, are_bare=True)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        may_hold_names = "@" in event.seen.normalized
        if not event.indicators and not may_hold_names:
            return None
        # If messages are read together, the questions may cover more indicators than the event.
        present = set(event.indicators)
        all_facts = facts[IndicatorsSeen(self.per_seconds, event.is_joined)] if present else ()
        evidence = [
            weighed
            for each in all_facts
            if each.indicator in present
            and not self._is_helpline(each.indicator)
            and (weighed := self._weigh(each, event)) is not None
        ]
        if may_hold_names and self._asks_about_names(event):
            names = facts[IndicatorsSeen(self.per_seconds, are_bare=True)]
            evidence += filter(None, [self._weigh_name(each, event) for each in names])
        if evidence and warned_quotation(event) is not None:
            # The counted senders are those whom a quotation warns of. A moderator's mark counts.
            evidence = [weighed for weighed in evidence if weighed.is_word]
        if not evidence:
            return None
        evidence.sort(key=lambda weighed: -weighed.points)
        points = evidence[0].points + (len(evidence) > 1 and evidence[1].points > UNKNOWN_POINTS)
        reasons = dict.fromkeys(weighed.cause for weighed in evidence[:2])
        reason = f"holds {'; '.join(reasons)}"
        return self.refuse(reason, points=points, hits=len(evidence), value=evidence[0].label)

    def _weigh(self, known: IndicatorFacts, event: Event) -> _Weighed | None:
        evidence: list[_Weighed | None] = []
        if (bad := known.bad) is not None:
            points = bad_points(bad.because, known.indicator, event)
            cause = f"{known.label}, which {_BAD_WORDS[bad.because]}"
            evidence.append(
                _Weighed(points, cause, known.label, bad.because is not BadBecause.REFUSED)
            )
        if not (known.is_vouched or event.standing.level.rank >= _MEMBER_RANK):
            # What many were refused with counts no less than before, as a wave.
            evidence += [self._weigh_wave(known, event), self._weigh_unknown(known, event)]
            if event.is_joined:
                evidence.append(_weigh_cut(known, event))
        return max(filter(None, evidence), key=_by_points, default=None)

    def _asks_about_names(self, event: Event) -> bool:
        return event.standing.level.rank < _MEMBER_RANK and bool(bare_handles_of(event))

    def _weigh_name(self, known: IndicatorFacts, event: Event) -> _Weighed | None:
        """Return the points of a bare name: fewer than a contact's, since it may be a member's."""
        if known.bad is None and (known.is_vouched or known.is_known):
            return None
        if known.bad is not None:
            return self._weigh(known, event)
        weighed = self._weigh_wave(known, event)
        return weighed and weighed._replace(points=min(weighed.points, _MOST_NAME_POINTS))

    def _weigh_wave(self, known: IndicatorFacts, event: Event) -> _Weighed | None:
        senders = len(known.senders | {event.sender})
        rooms = len(known.rooms | {event.room_id})
        # Messages are read together again with each later one, so counts would include them twice.
        times = 0 if event.is_joined else known.by_sender + 1 - _OWN_REPEATS_MORE
        if senders == rooms == 1 and known.indicator.kind is IndicatorKind.DOMAIN:
            # A feed links to new pages of its own domain. A repeated page counts as a link.
            return None
        is_pair = max(senders, rooms, times) == senders == self.messages - 1 > 1
        if max(senders, rooms, times) < self.messages and not is_pair:
            return None
        crowd = f"{senders} newcomers" if senders > 1 else "a newcomer"
        cause = (
            f"{known.label}, which {crowd} sent to {rooms} room{'s' if rooms > 1 else ''} within "
            f"{self.per_seconds} seconds"
        )
        if is_pair:
            points = pair_points(known.indicator)
        else:
            points = wave_points(known.indicator, is_one=senders == 1 < rooms)
        if senders > 1 or rooms == 1:
            points = within_harmless(points, known.indicator, event)
        return _Weighed(points, cause, known.label) if points else None

    def _weigh_unknown(self, known: IndicatorFacts, event: Event) -> _Weighed | None:
        points = unknown_points(known, event) if self.unknown_domains else 0
        if not points:
            return None
        return _Weighed(points, f"{known.label}, which no member ever posted", known.label)

    def _is_helpline(self, indicator: SeenIndicator) -> bool:
        if indicator.host:
            return not self._domains.isdisjoint(parents(indicator.host))
        return indicator.kind is IndicatorKind.PHONE and indicator.name in self._numbers


def _by_points(weighed: _Weighed) -> int:
    return weighed.points


def _weigh_cut(known: IndicatorFacts, event: Event) -> _Weighed:
    texts = event.recent_messages.texts if event.recent_messages is not None else ()
    is_cut = any(all(link.target not in text for text in texts) for link in event.seen.links)
    if is_cut:
        cause = f"{known.label}, which is cut apart over several messages"
        return _Weighed(_CUT_POINTS, cause, known.label)
    return _Weighed(
        _SPREAD_POINTS, f"{known.label}, which takes several messages to see", known.label
    )


def _digits_of(text: str) -> str:
    """Return the digits of a phone number; an empty string for a domain."""
    if any(map(str.isalpha, text)):
        return ""
    return "".join(filter(str.isdigit, text))
