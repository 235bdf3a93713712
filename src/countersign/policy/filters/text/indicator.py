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
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.message_traits.quotations import warned_quotation
from countersign.policy.questions.indicators import BadBecause, IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.question import Question
from countersign.policy.text.indicators.kinds import Indicator as SeenIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.policy.text.indicators.shared_hosts import (
    HELPLINE_NUMBERS,
    HELPLINES,
    is_shared_host,
)
from countersign.policy.text.links.domains import parents

_MEMBER_RANK: Final = RANKS[Trust.MEMBER]

_SAID_POINTS: Final = 12
_REDACTED_POINTS: Final = {"contact": 10, "link": 7, "domain": 3}
_REFUSED_POINTS: Final = {"contact": 8, "link": 5, "domain": 2}
_BAD_POINTS: Final = {
    BadBecause.REDACTED: _REDACTED_POINTS,
    BadBecause.REFUSED: _REFUSED_POINTS,
    BadBecause.SAID: dict.fromkeys(_REFUSED_POINTS, _SAID_POINTS),
}
_WAVE_POINTS: Final = {"contact": 10, "link": 4, "domain": 2}
"""Points by kind; few for a domain: honest people post different pages of one issue tracker."""
_SHARED_WAVE_POINTS: Final = 2
_ROOMS_WAVE_POINTS: Final = 7
"""Points of a link that one newcomer posts in several rooms; pages of one site count less."""
_MAIL_WAVE_POINTS: Final = 4
_FREE_MAIL: Final = (
    "@gmail.com", "@googlemail.com", "@outlook.com", "@hotmail.com", "@yahoo.com", "@proton.me",
    "@protonmail.com", "@gmx.de", "@gmx.net", "@mail.ru", "@yandex.ru", "@163.com", "@qq.com",
    "@aol.com", "@icloud.com", "@tutanota.com", "@mail.com", "@zohomail.com",
)  # fmt: skip
"""Hosts where anybody gets an address; a company's are passed on by its customers too."""
_HARMLESS_TEXT_POINTS: Final = 5
"""Most points of the text model on such a text."""
_LONE_LINK_POINTS: Final = 2
"""Most points of a link that stands alone and that others sent too, as many do in a crowd."""
_LONE_LETTERS: Final = 12
"""A link with no more letters beside it is what the message is about."""
_UNKNOWN_POINTS: Final = 1
_CUT_POINTS: Final = 8
"""Points of an address divided over messages: `t.me` in one, `/abc` in the next."""
_SPREAD_POINTS: Final = 4
"""Points of a messenger in one message and a name in the next, which honest people write too."""
_OWN_REPEATS_MORE: Final = 2
"""Number of additional repeats by one person before they are a wave: a question may go unheard."""

_BAD_WORDS: Final = {
    BadBecause.SAID: "a moderator called bad",
    BadBecause.REDACTED: "a moderator redacted before",
    BadBecause.REFUSED: "several people were refused with",
}


class _Weighed(NamedTuple):
    """Points for one indicator, why, what moderators read of it, and if they called it bad."""

    points: int
    why: str
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
      or room on, because a feed links to new pages of its own domain.
    - An indicator that is known to be bad: 12 points if a moderator said so. For 30 days: if a
      moderator redacted an event with it, 10 for a contact, 7 for a link and 3 for a domain; if
      several people were refused with it for other evidence, 8, 5 and 2, and 4 for a mail address
      that is not at one of the large free services: anybody can put a project's into scams.
    - An indicator that appears only if the last few short messages of a newcomer in the room,
      within five minutes, are read as one: 8 points if an address is split, 4 for a messenger in
      one message and a name in the next. If the whole is refused, the parts that were signed are
      passed on for redaction.
    - With `unknown_domains`, a domain that no member ever posted and where not everybody publishes:
      1 point.

    In a text that the text model takes for harmless, and that says more than the link, a link or
    domain counts no more than an unknown one, however many others sent it or had it refused:
    anybody can put the link of a project into scams. A link that stands alone there counts 2 points
    at most. The same holds if one person repeats it in one room.

    The indicator with the most points counts; a second one of 2 points or more adds a point. Waves,
    unknown domains and split addresses count only in what newcomers send.

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
        default=True, help="Whether a domain that no member ever posted counts a point."
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
        return _SAID_POINTS + 1

    def reads_indicators(self) -> bool:
        """See `Filter.reads_indicators`."""
        return True

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        if event.indicators:
            yield IndicatorsSeen(self.per_seconds, event.is_joined)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if not event.indicators:
            return None
        # Of messages read together fewer may be left than were asked about.
        present = set(event.indicators)
        found = [
            weighed
            for each in facts[IndicatorsSeen(self.per_seconds, event.is_joined)]
            if each.indicator in present
            and not self._is_helpline(each.indicator)
            and (weighed := self._weigh(each, event)) is not None
        ]
        if found and warned_quotation(event) is not None:
            # Those who sent it are whom a quotation warns of; a moderator's word holds.
            found = [weighed for weighed in found if weighed.is_word]
        if not found:
            return None
        found.sort(key=lambda weighed: -weighed.points)
        points = found[0].points + (len(found) > 1 and found[1].points > _UNKNOWN_POINTS)
        whys = dict.fromkeys(weighed.why for weighed in found[:2])
        reason = f"holds {'; '.join(whys)}"
        return self.refuse(reason, points=points, hits=len(found), value=found[0].label)

    def _weigh(self, seen: IndicatorFacts, event: Event) -> _Weighed | None:
        bad = seen.bad
        if bad is not None:
            points = _BAD_POINTS[bad.because][_class_of(seen.indicator)]
            is_refused = bad.because is BadBecause.REFUSED
            if is_refused:
                most = _MAIL_WAVE_POINTS if _is_own_mail(seen.indicator) else points
                points = _within_harmless(min(points, most), seen.indicator, event)
            why = f"{seen.label}, which {_BAD_WORDS[bad.because]}"
            return _Weighed(points, why, seen.label, not is_refused)
        if seen.is_vouched or event.standing.level.rank >= _MEMBER_RANK:
            return None
        found = [self._weigh_wave(seen, event), self._weigh_unknown(seen)]
        if event.is_joined:
            found.append(_weigh_cut(seen, event))
        return max(filter(None, found), default=None)

    def _weigh_wave(self, seen: IndicatorFacts, event: Event) -> _Weighed | None:
        senders = len(seen.senders | {event.sender})
        rooms = len(seen.rooms | {event.room_id})
        # The same messages are read together with each that follows: that is no repetition.
        times = 0 if event.is_joined else seen.by_sender + 1 - _OWN_REPEATS_MORE
        if senders == rooms == 1 and seen.indicator.kind is IndicatorKind.DOMAIN:
            # A feed links to ever new pages of its own; the same page again is a link.
            return None
        if max(senders, rooms, times) < self.messages:
            return None
        crowd = f"{senders} newcomers" if senders > 1 else "a newcomer"
        why = (
            f"{seen.label}, which {crowd} sent to {rooms} room{'s' if rooms > 1 else ''} within "
            f"{self.per_seconds} seconds"
        )
        points = _wave_points(seen.indicator, is_one=senders == 1 < rooms)
        if senders > 1 or rooms == 1:
            points = _within_harmless(points, seen.indicator, event)
        return _Weighed(points, why, seen.label)

    def _weigh_unknown(self, seen: IndicatorFacts) -> _Weighed | None:
        kind = seen.indicator.kind
        if not self.unknown_domains or kind is not IndicatorKind.DOMAIN or seen.is_known:
            return None
        return _Weighed(_UNKNOWN_POINTS, f"{seen.label}, which no member ever posted", seen.label)

    def _is_helpline(self, indicator: SeenIndicator) -> bool:
        if indicator.host:
            return not self._domains.isdisjoint(parents(indicator.host))
        return indicator.kind is IndicatorKind.PHONE and indicator.name in self._numbers


def _weigh_cut(seen: IndicatorFacts, event: Event) -> _Weighed:
    texts = event.recent_messages.texts if event.recent_messages is not None else ()
    is_cut = any(all(link.target not in text for text in texts) for link in event.seen.links)
    if is_cut:
        why = f"{seen.label}, which is cut apart over several messages"
        return _Weighed(_CUT_POINTS, why, seen.label)
    return _Weighed(
        _SPREAD_POINTS, f"{seen.label}, which takes several messages to see", seen.label
    )


def _within_harmless(points: int, indicator: SeenIndicator, event: Event) -> int:
    """Return the points of a link that others sent, fewer if the event asks or talks about it.

    Anybody can put the link of a project into messages that are refused.
    """
    if indicator.kind.is_contact or points <= _UNKNOWN_POINTS:
        return points
    if event.most_text_points > _HARMLESS_TEXT_POINTS:
        return points
    return min(points, _LONE_LINK_POINTS) if is_lone_link(event, _LONE_LETTERS) else _UNKNOWN_POINTS


def _class_of(indicator: SeenIndicator) -> str:
    return "contact" if indicator.kind.is_contact else indicator.kind.value


def _is_own_mail(indicator: SeenIndicator) -> bool:
    """Return True for a mail address at a domain of its own, as those of projects and clubs are."""
    return indicator.kind is IndicatorKind.MAIL and not indicator.name.endswith(_FREE_MAIL)


def _wave_points(indicator: SeenIndicator, *, is_one: bool) -> int:
    if _is_own_mail(indicator):
        return _MAIL_WAVE_POINTS
    if indicator.kind is IndicatorKind.LINK and is_one:
        return _ROOMS_WAVE_POINTS
    if indicator.host and is_shared_host(indicator.host):
        return _SHARED_WAVE_POINTS
    return _WAVE_POINTS[_class_of(indicator)]


def _digits_of(written: str) -> str:
    """Return the digits of a phone number; nothing of a domain."""
    if any(map(str.isalpha, written)):
        return ""
    return "".join(filter(str.isdigit, written))
