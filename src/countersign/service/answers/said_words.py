"""Words that an event says to people, by which texts are compared, and who said them first."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.message_traits.everyday_contacts import is_small_ad_by
from countersign.policy.text.content import MAX_SAID_CHARS
from countersign.policy.text.likeness.vocabulary import (
    all_words,
    common_percent,
    few_words,
    vocabulary,
    within_percent,
)
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.bare_quotations import is_bare_quotation
from countersign.policy.text.prose.warning_words import warns

KEPT_MS: Final = 1_800_000
MAX_SENDERS: Final = 64
"""Maximum number of people of a community whose signed texts are remembered."""
MAX_TEXTS: Final = 4
"""Maximum number of signed texts of each of them; the oldest goes first."""
MAX_COMMUNITIES: Final = 256
COPIED_AFTER_MS: Final = 10_000
"""Time in which nobody else says what somebody asked who said nothing else, if they asked first."""
ANSWER_PERCENT: Final = 50
"""Minimum share of the words of an answer to a member that the member had used."""
COPY_PERCENT: Final = 80
"""Minimum share of common words with a member's text for a text to be a copy and no answer."""
LIKE_PERCENT: Final = 50
HELD_PERCENT: Final = 75
_WITH_REASONS: Final = (MembershipKind.INVITE, MembershipKind.KNOCK)


def is_said(event: Event) -> bool:
    """Return True if an event says something: messages, and reasons to invite or to knock.

    Names are said to nobody: those of a class or a bridge are alike.
    """
    if event.is_state and event.membership_kind not in _WITH_REASONS:
        return False
    return bool(event.seen.texts)


def words_said(event: Event) -> frozenset[int]:
    """Return what `all_words` does of what an event says; nothing if it says nothing."""
    return all_words(event.seen.said) if is_said(event) else frozenset()


def words_without_contact(event: Event) -> frozenset[int]:
    """Return what `words_said` does of it; nothing of a text with a link or contact."""
    return frozenset() if event.indicators else words_said(event)


def quotes_others(event: Event) -> bool:
    """Return True if an event quotes what others say, and no more, or warns of it."""
    return warns(event.seen.normalized) or any(
        is_bare_quotation(text.raw) for text in event.seen.texts
    )


def few_words_said(event: Event) -> frozenset[int]:
    """Return what `few_words` does of it."""
    return few_words(event.seen.said) if is_said(event) else frozenset()


def vocabulary_said(event: Event) -> frozenset[int]:
    """Return what `vocabulary` does of it: nothing of a short text, nor of a small ad.

    Those who sell or have lost something say it in the same words, each with a contact of their
    own; the same contact by several is noticed by its filter.
    """
    if not is_said(event) or _is_small_ad(event):
        return frozenset()
    return vocabulary(event.seen.said)


def _is_small_ad(event: Event) -> bool:
    return any(each.kind.is_contact for each in event.indicators) and is_small_ad_by(event)


def coded_words_said(event: Event) -> frozenset[int]:
    """Return what `vocabulary` does of a text that is code and nothing else; else nothing.

    Many who have the same trouble paste the same log: that is like a raid's text only if there is
    a raid with such a text.
    """
    if not is_said(event) or event.seen.said:
        return frozenset()
    longest = max((text.raw for text in event.seen.texts), key=len)
    return vocabulary(normalize(longest[:MAX_SAID_CHARS]))


class Said(NamedTuple):
    """Words that somebody said, with the time in ms since the epoch, and who."""

    words: frozenset[int]
    said_ts: int
    sender: str


class FirstSenders:
    """Remembers signed texts of newcomers for half an hour.

    Whoever copies a newcomer's question decides what a raid's text is, and shall not keep the
    newcomer from asking it again.
    """

    def __init__(self) -> None:
        self._by_community: BoundedMapping[str, BoundedMapping[str, Sequence[Said]]]
        self._by_community = BoundedMapping(MAX_COMMUNITIES)

    def keep(self, community: str, said: Said) -> None:
        """Remember a signed text, unless the sender had one like it signed before."""
        senders = self._by_community.use(community) or BoundedMapping(MAX_SENDERS)
        self._by_community[community] = senders
        own = said_lately(senders.get(said.sender, ()), said.said_ts)
        if not any(_is_like(said.words, each.words) for each in own):
            own = [*own, said][-MAX_TEXTS:]
        senders[said.sender] = own

    def was_first(self, community: str, said: Said) -> bool:
        """Return True if a sender had something like it signed before anybody else had.

        It must be some seconds before if they said nothing else.
        """
        senders = self._by_community.get(community, BoundedMapping(1))
        signed = said_lately(senders.get(said.sender, ()), said.said_ts)
        own = [each for each in signed if _is_like(said.words, each.words)]
        # The accounts of a raid say one thing, within seconds; whoever copies it reads it first.
        later_ms = 0 if len(own) < len(signed) else COPIED_AFTER_MS
        asked = (said._replace(said_ts=each.said_ts + later_ms) for each in own)
        return any(self._is_first(community, each, said.said_ts) for each in asked)

    def is_answer(
        self,
        community: str,
        said: Said,
        advice: Iterable[Said],
        copied: Sequence[frozenset[int]],
    ) -> bool:
        """Return True if a text takes up copied advice, and is no copy itself.

        Args:
            community: where it was said.
            said: the text.
            advice: what members said; it counts if they were the first.
            copied: the words of the copies.
        """
        return any(
            within_percent(said.words, each.words) >= ANSWER_PERCENT
            and common_percent(said.words, each.words) < COPY_PERCENT
            and any(common_percent(each.words, copy) >= LIKE_PERCENT for copy in copied)
            and self._is_first(community, each, said.said_ts)
            for each in said_lately(advice, said.said_ts)
        )

    def _is_first(self, community: str, said: Said, now_ts: int) -> bool:
        return not any(
            each.said_ts <= said.said_ts and common_percent(said.words, each.words) >= LIKE_PERCENT
            for sender, texts in self._by_community.get(community, {}).items()
            if sender != said.sender
            for each in said_lately(texts, now_ts)
        )

    def forget_person(self, user_id: str) -> None:
        """Forget a user's texts."""
        for senders in self._by_community.values():
            senders.pop(user_id, None)


def said_lately(said: Iterable[Said], now_ts: int) -> Sequence[Said]:
    """Return those of the texts that were said in the last half hour."""
    return [each for each in said if now_ts - each.said_ts <= KEPT_MS]


def _is_like(words: frozenset[int], before: frozenset[int]) -> bool:
    """Return True if a text is much the same as an earlier one, or holds it."""
    return (
        common_percent(words, before) >= LIKE_PERCENT
        or within_percent(before, words) >= HELD_PERCENT
    )
