"""Texts that trusted people sent first, which others may repeat."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.hash_lists import read_hashes, write_hashes
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.trust_records import Trust
from countersign.policy.text.likeness.answers import asked_words
from countersign.policy.text.likeness.vocabulary import have_common, within_percent
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.answers.event_context import EventContext, is_long_known
from countersign.service.answers.newcomer_crowds import Calls, RecentWriters, answers_question
from countersign.service.answers.said_words import (
    KEPT_MS,
    FirstSenders,
    Said,
    quotes_others,
    said_lately,
    senders_alike,
    words_without_contact,
)

VOUCHED_FOR_MS: Final = KEPT_MS
"""Time after a trusted person's text for which it vouches."""
MAX_VOUCHED: Final = 16
"""Maximum number of texts of a community that vouch; the oldest go first."""
MAX_HEARD: Final = 64
"""Maximum number of other people of a community whose last text is remembered."""
MAX_FIRST: Final = 256
"""Maximum number of texts of a community whose first sender among the members is remembered."""
MAX_COMMUNITIES: Final = 256
WITHIN_PERCENT: Final = 75
"""Minimum share of a text's words in a vouched text; people add a name, or a greeting."""
HEARD_BEFORE_PERCENT: Final = 50
"""Minimum share of common words with another's earlier text for a text to vouch for nothing."""
MAX_BY_MEMBERS: Final = 128
"""Maximum number of members' texts of a community that count for a chorus."""
LEAST_MEMBERS: Final = 2
"""Minimum number of members in a chorus; those who mock a raid are too few for its accounts."""
SEVERAL_MEMBERS: Final = 3
NEWCOMERS_TO_MEMBER: Final = 8
"""Maximum number of newcomers in a chorus for each member in it; half as many to each of two."""

_Texts = BoundedMapping[str, Said]


class _Among(StrEnum):
    """Kind of a remembered text."""

    FIRST = "f"
    """Texts whose first sender among the members is known."""
    MEMBERS = "m"
    HEARD = "h"
    VOUCHED = "v"
    ASKED = "q"
    """The longer words of a trusted person's question."""
    SIGNED = "s"
    """Signed texts of people who are not members."""


class VouchedTexts:
    """Hashes of the words in recent texts.

    A teacher lets a class repeat a sentence, or answer a question with its words; a moderator asks
    newcomers to agree to the rules. Such repetitions are vouched for by the trusted person's text.
    A text does not vouch if somebody who is not trusted sent a similar one before: it may be a
    quotation or a warning. Never vouched for are texts with links or contacts, quotations in
    warnings, and texts that consist of a quotation.

    A text that two members also send is a chorus, whoever began: thanks, a chant, a blessing.
    With many more newcomers than members it is not.

    Once a member known for long calls people to write something, those who were there may answer.

    The first senders of a text are remembered too: copies do not count against them.
    """

    def __init__(self) -> None:
        self._all = tuple(BoundedMapping[str, _Texts](MAX_COMMUNITIES) for _ in range(5))
        self._vouched, self._heard, self._first, self._by_members, self._asked = self._all
        self._newcomers = FirstSenders()
        self._writers = RecentWriters()
        self._calls = Calls()
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share texts with other processes: send those read here, and record theirs."""

        def on_message(community: str, sender: str, among: str, hashes: str) -> None:
            said = Said(read_hashes(hashes), clock.now_ts(), sender)
            self._keep_all(community, said, [_Among(each) for each in among])

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.SAID, on_message)
        self._calls.share(broadcasts, clock)

    def covers(self, context: EventContext, before_ts: int | None = None) -> bool:
        """Return True if a trusted person sent the text first, it is a chorus, or is called for.

        With `before_ts`, in ms since the epoch, later texts of trusted people do not count.
        """
        community = context.community
        is_any = community in self._vouched or community in self._by_members
        words = words_without_contact(context.event)
        return is_any and (
            self.covers_words(community, words, context.now_ts, before_ts)
            or self.is_called_for(context, before_ts)
        )

    def covers_words(
        self,
        community: str,
        words: frozenset[int],
        now_ts: int,
        before_ts: int | None = None,
    ) -> bool:
        """Return the same of the hashes of a text's words; see `all_words`."""
        asked, heard = self._asked.get(community), self._heard.get(community)
        return any(
            within_percent(words, each.words) >= WITHIN_PERCENT
            for each in said_lately(self._vouched.get(community, {}).values(), now_ts)
            if before_ts is None or each.said_ts < before_ts
        ) or (
            self._is_chorus(community, words, now_ts)
            or answers_question(words, asked, heard, now_ts, before_ts)
        )

    def are_few(self, context: EventContext, people: int, percent: int) -> bool:
        """Return True if people with a text without contact are at most that share of a crowd.

        Of a crowd some say the same, such as a question.
        """
        if not percent or not words_without_contact(context.event):
            return False
        return self._writers.are_few(context.community, people, percent, context.now_ts)

    def is_chorus(self, context: EventContext) -> bool:
        """Return True if members say the event's text too, and not many more newcomers did."""
        words = words_without_contact(context.event)
        return self._is_chorus(context.community, words, context.now_ts)

    def _is_chorus(self, community: str, words: frozenset[int], now_ts: int) -> bool:
        members = senders_alike(self._by_members.get(community), words, now_ts)
        if len(members) < LEAST_MEMBERS:
            return False
        others = senders_alike(self._heard.get(community), words, now_ts) - members
        most = len(members) * NEWCOMERS_TO_MEMBER
        return len(others) <= (most if len(members) >= SEVERAL_MEMBERS else most // 2)

    def is_called_for(self, context: EventContext, before_ts: int | None = None) -> bool:
        """Return True if a member called people to write, who were there, and this may answer it.

        With `before_ts`, in ms since the epoch, later calls do not count.
        """
        is_text = bool(words_without_contact(context.event))
        return is_text and self._calls.cover(context, before_ts)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: records the text and those who vouch for it."""
        if not context.policy.pipeline.compares_texts:
            return
        event = context.event
        words = words_without_contact(event)
        if not words or event.is_bridged:
            return
        said = Said(words, context.now_ts, event.sender)
        among: list[_Among] = []
        is_signed = recorded.decision.verdict is Verdict.SIGN
        if event.standing.level.rank >= Trust.MEMBER.rank:
            among.append(_Among.FIRST)
            if is_long_known(context) and not quotes_others(event):
                among.append(_Among.MEMBERS)
                if is_signed:
                    self._calls.note_call(context)
        elif is_signed:
            among.append(_Among.SIGNED)
            self._calls.note_answer(context)
        if event.standing.level.rank < Trust.TRUSTED.rank:
            among.append(_Among.HEARD)
        self._keep_all(context.community, said, among)
        if (
            is_signed
            and event.standing.level.rank >= Trust.TRUSTED.rank
            and not self._was_heard(context, words)
            and not quotes_others(event)
        ):
            self._keep(context.community, said, _Among.VOUCHED)
            among.append(_Among.VOUCHED)
            self._note_question(context)
        self._publish(context, "".join(among), words)

    def _note_question(self, context: EventContext) -> None:
        question_words = asked_words(context.event.seen.main_text)
        if question_words:
            said = Said(question_words, context.now_ts, context.event.sender)
            self._keep(context.community, said, _Among.ASKED)
            self._publish(context, _Among.ASKED, question_words)

    def _publish(self, context: EventContext, among: str, words: frozenset[int]) -> None:
        if self._broadcasts is not None:
            self._broadcasts.publish(
                Topic.SAID, context.community, context.event.sender, among, write_hashes(words)
            )

    def was_first(self, context: EventContext) -> bool:
        """Return True if the event's sender is the member who sent these words first.

        For others, return True if they had a similar text signed before anybody else.
        """
        event = context.event
        if event.standing.level.rank < Trust.MEMBER.rank:
            said = Said(words_without_contact(event), context.now_ts, event.sender)
            return self._newcomers.was_first(context.community, said)
        first = self._first.get(context.community)
        known = first.get(_name(words_without_contact(context.event))) if first else None
        return (
            known is not None
            and known.sender == context.event.sender
            and context.now_ts - known.said_ts <= VOUCHED_FOR_MS
        )

    def is_own_or_answer(self, context: EventContext, copied: Sequence[frozenset[int]]) -> bool:
        """Return True if an event repeats its sender's first text, or answers a copied member."""
        members = reversed(self._by_members.get(context.community, BoundedMapping(1)).values())
        said = Said(words_without_contact(context.event), context.now_ts, context.event.sender)
        return self.was_first(context) or self._newcomers.is_answer(
            context.community, said, members, copied
        )

    def forget_people(self) -> None:
        """Forget all texts."""
        self._newcomers = FirstSenders()
        self._writers.forget_people()
        self._calls.forget_people()
        for each in self._all:
            each.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's texts."""
        self._newcomers.forget_person(user_id)
        self._writers.forget_person(user_id)
        self._calls.forget_person(user_id)
        for texts in (each for kept in self._all for each in kept.values()):
            for key in [key for key, each in texts.items() if each.sender == user_id]:
                del texts[key]

    def _keep_all(self, community: str, said: Said, among: Sequence[_Among]) -> None:
        for each in among:
            self._keep(community, said, each)
        if _Among.HEARD in among and _Among.FIRST not in among:  # of no member
            self._writers.note(community, said.sender, said.said_ts)

    def _keep(self, community: str, said: Said, among: _Among) -> None:
        name = _name(said.words)
        match among:
            case _Among.FIRST:
                first = _texts(self._first, community, MAX_FIRST)
                known = first.use(name)
                if known is None or said.said_ts - known.said_ts > VOUCHED_FOR_MS:
                    first[name] = said
            case _Among.HEARD:
                # Of a sender the last text counts, so that one person does not push out the others.
                _texts(self._heard, community, MAX_HEARD)[said.sender] = said
            case _Among.MEMBERS:
                _texts(self._by_members, community, MAX_BY_MEMBERS)[f"{said.sender} {name}"] = said
            case _Among.VOUCHED:
                _texts(self._vouched, community, MAX_VOUCHED)[f"{said.sender} {name}"] = said
            case _Among.SIGNED:
                self._newcomers.keep(community, said)
            case _Among.ASKED:
                _texts(self._asked, community, MAX_VOUCHED)[f"{said.sender} {name}"] = said

    def _was_heard(self, context: EventContext, words: frozenset[int]) -> bool:
        if self.covers_words(context.community, words, context.now_ts):
            return False
        return any(
            have_common(words, each.words, HEARD_BEFORE_PERCENT)
            or within_percent(each.words, words) >= WITHIN_PERCENT
            for each in said_lately(self._heard.get(context.community, {}).values(), context.now_ts)
        )


def _texts(of: BoundedMapping[str, _Texts], community: str, most: int) -> _Texts:
    texts = of.use(community)
    if texts is None:
        texts = of[community] = BoundedMapping(most)
    return texts


def _name(words: frozenset[int]) -> str:
    return str(hash(words))
