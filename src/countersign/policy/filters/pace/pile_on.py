"""Filter `pile-on`: many people who mention one person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.crowds import SentBefore
from countersign.policy.questions.messages import MessageRelatedTo, TurnedBackTo, TurnedToAuthor
from countersign.policy.questions.people import NamesInRoom
from countersign.policy.questions.question import Question
from countersign.policy.questions.raids import RecentNewcomers

POINTS: Final = 2
"""Points for a mention in a pile-on: few, since many people also thank one person."""
FIRST_EVENTS: Final = 5
"""Number of signed events below which a sender is new to the community."""
SHARE_PERCENT: Final = 60
"""Minimum percentage of the recently active newcomers who mention the person."""
WHATEVER_SHARE: Final = 3
"""Multiple of `crowd` from which on the percentage does not matter."""
MAX_PEOPLE: Final = 4
"""Maximum number of mentioned people in one event that are checked."""
MOST_SENDERS: Final = 100
"""Maximum number of senders in an answer; see `Crowd`."""
_FIRST: Final = "first mention "
LEAST_ANSWERED: Final = 4
"""Number of these senders whom the person must have answered for it to be a conversation."""
LEAST_ANSWERED_OF_MANY: Final = 8
"""The same with `WHATEVER_SHARE` times `crowd` senders or more."""
_NEWCOMERS: Final = RecentNewcomers()


@dataclass(frozen=True, kw_only=True)
class PileOn(Filter):
    """Refuses mentions of a person whom a crowd of people new to the community mentions at once.

    ## Why this harms
    Somebody sends a crowd against one person, who cannot answer them all and leaves.

    ## What it sees
    The filter counts the different senders who mention the same person within `per_seconds`, in any
    room of the community. Events that were refused for evidence count too. Only events that this
    filter judges count: with `applies_to: new` only those of newcomers. From `senders` different
    senders on, including the present one, a mention is evidence of 2 points, which refuses nothing
    alone. Of an event that mentions more than four people, four are checked.

    With `crowd` the filter also refuses mentions, as a courtesy limit, from that sender on with
    whom so many people mentioned the person while each had fewer than five events signed here.
    People with more signed events are neither counted nor refused. A reply to a message of the last
    day counts like a mention of its author, unless the message mentions or answers the sender, who
    may answer it. Without the mention or reply, a message passes: the filter does not judge what is
    said. The limit does not apply

    - to mentions of a moderator of the room, whom newcomers ask for help;
    - while more than two fifths of the newcomers who wrote within `per_seconds` of `raid` did not
      mention the person, as when many come for a release. From three times `crowd` people (100 at
      most) on, it applies all the same;
    - while the person talks with them, as on a birthday or when a guest answers questions: if the
      person mentioned or answered four of them within fifteen minutes, or eight from three times
      `crowd` people on.

    ## When it is wrong
    Many people thank one person for a release, or ask one helper, and say nothing else. So the
    filter must not decide alone below `crowd`, and `crowd` must not be small: do not give it `kind:
    rule`. An attacker with three times `crowd` accounts, or with `crowd` accounts while no other
    newcomers write, can keep newcomers from mentioning a person with their first events; everybody
    else still can. An attacker with fewer can avoid the limit if two fifths of their accounts
    mention nobody. If a person who is attacked answers four of the attackers, the limit no longer
    applies: do not answer them.
    """

    name: ClassVar[str] = "pile-on"
    harm: ClassVar[Harm] = Harm.HARASSMENT
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please leave this person alone for a while: many turned to them just now."
    )

    senders: int = option(
        10,
        minimum=3,
        maximum=60,
        unit="senders",
        help="The number of different senders that makes a pile-on.",
    )
    crowd: int = option(
        0,
        minimum=0,
        maximum=60,
        unit="senders",
        help="The number of senders with fewer than five signed events from which on none of them "
        "may mention the person; 0 for no limit.",
    )
    per_seconds: int = last_seconds(3_600, minimum=60)

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return POINTS

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        mentioned = event.worked_out(_mentioned, _mentioned)
        for user_id in mentioned:
            yield self._by_anybody(user_id)
        answered_id = event.worked_out(_answered_id, _answered_id) if self.crowd else None
        if (mentioned or answered_id) and self._is_strangers(event):
            yield NamesInRoom(event.sender)
            yield _NEWCOMERS
            for user_id in mentioned:
                yield self._by_strangers(user_id)
                yield TurnedBackTo(user_id)
            if answered_id:
                yield self._at_author(answered_id)
                yield MessageRelatedTo(answered_id)

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MENTIONS | Aspect.RELATION if self.crowd else Aspect.MENTIONS

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if self._is_strangers(event):
            for user_id, crowd, turned_to in self._turned_to(event, facts):
                if self._is_crowd(user_id, crowd, turned_to, event, facts):
                    senders = len(crowd | {event.sender})
                    return self.refuse(
                        f"is one of {senders} senders who mention or answer {user_id} with one of "
                        f"their first events within {self.per_seconds} seconds; from {self.crowd} "
                        "on that is refused",
                        value=senders,
                        limit=self.crowd,
                        kind=FindingKind.COURTESY,
                    )
        for user_id in event.worked_out(_mentioned, _mentioned):
            senders = _senders(self._by_anybody(user_id), event, facts)
            if senders >= self.senders:
                return self.refuse(
                    f"is one of {senders} senders who mention {user_id} within "
                    f"{self.per_seconds} seconds; from {self.senders} on it is a pile-on",
                    value=senders,
                    limit=self.senders,
                    points=POINTS,
                )
        return None

    def _turned_to(
        self, event: Event, facts: Facts
    ) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
        """Yield people whom an event mentions or answers.

        With each come the earlier senders who did the same, and the people whom this person turned
        to. An answer to a message that mentions or answers the sender does not count.
        """
        event_id = event.worked_out(_answered_id, _answered_id)
        related = facts[MessageRelatedTo(event_id)] if event_id else None
        helper = related.sender if related and event.sender in related.mentioned else None
        for user_id in event.worked_out(_mentioned, _mentioned):
            if user_id != helper:
                senders = facts[self._by_strangers(user_id)].senders
                yield user_id, senders, facts[TurnedBackTo(user_id)]
        author = facts[self._at_author(event_id)] if event_id else None
        if author is not None and author.author != helper:
            yield author.author, author.crowd.senders, author.turned_to

    def _is_crowd(
        self,
        user_id: str,
        crowd: frozenset[str],
        turned_to: frozenset[str],
        event: Event,
        facts: Facts,
    ) -> bool:
        senders = len(crowd | {event.sender})
        if senders < self.crowd or _is_moderator(user_id, event, facts):
            return False
        answers = len(turned_to & crowd)
        if senders >= min(self.crowd * WHATEVER_SHARE, MOST_SENDERS):
            return answers < LEAST_ANSWERED_OF_MANY
        if answers >= LEAST_ANSWERED:
            return False
        others = facts[_NEWCOMERS] - {event.sender}
        mention = 1 + len(others & crowd)
        return mention * 100 >= (1 + len(others)) * SHARE_PERCENT

    def _is_strangers(self, event: Event) -> bool:
        return self.crowd > 0 and event.standing.accepted_events < FIRST_EVENTS

    def _by_anybody(self, user_id: str) -> SentBefore:
        return SentBefore(f"mention {user_id}", self.per_seconds)

    def _by_strangers(self, user_id: str) -> SentBefore:
        return SentBefore(f"{_FIRST}{user_id}", self.per_seconds)

    def _at_author(self, event_id: str) -> TurnedToAuthor:
        return TurnedToAuthor(event_id, _FIRST, self.per_seconds)


def _mentioned(event: Event) -> list[str]:
    return nsmallest(MAX_PEOPLE, event.seen.mentions.user_ids - {event.sender})


def _answered_id(event: Event) -> str | None:
    relation = event.seen.relation
    return relation.event_id if relation is not None and relation.kind == "reply" else None


def _senders(question: SentBefore, event: Event, facts: Facts) -> int:
    return len(facts[question].senders | {event.sender})


def _is_moderator(user_id: str, event: Event, facts: Facts) -> bool:
    return any(user_id == each for each, _ in facts[NamesInRoom(event.sender)].moderators)
