"""Words of an event's text, by which texts are compared, and their first sender."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import inf
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.message_traits.everyday_contacts import is_small_ad_by
from countersign.policy.text.content import MAX_MAIN_CHARS
from countersign.policy.text.likeness.vocabulary import (
    all_words,
    common_percent,
    few_words,
    have_common,
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
"""Minimum lead of a sender's text before others' copies, if the sender wrote nothing else."""
ANSWER_PERCENT: Final = 50
"""Minimum share of the words of an answer to a member that the member had used."""
COPY_PERCENT: Final = 80
"""Minimum share of common words with a member's text for a text to be a copy and no answer."""
LIKE_PERCENT: Final = 50
MAX_TAKEN_UP: Final = 8
"""Maximum number of members' texts that hold half of a text's words, and are looked at closely."""
MAX_COPIED: Final = 1_024
"""Maximum number of members' texts of which it is remembered whether they are copied."""
HELD_PERCENT: Final = 75
CHORUS_PERCENT: Final = 60
"""Minimum share of common words in a chorus; a quotation has further words."""
_WITH_REASONS: Final = (MembershipKind.INVITE, MembershipKind.KNOCK)


def is_said(event: Event) -> bool:
    """Return True if an event has a text: a message, or the reason of an invitation or knock.

    Names do not count: those of a class or a bridge are alike.
    """
    if event.is_state and event.membership_kind not in _WITH_REASONS:
        return False
    return bool(event.seen.texts)


def words_said(event: Event) -> frozenset[int]:
    """Return `all_words` of an event's text; empty without a text."""
    return all_words(event.seen.main_text) if is_said(event) else frozenset()


def words_without_contact(event: Event) -> frozenset[int]:
    """Return `words_said` of an event; empty for a text with a link or contact."""
    return frozenset() if event.indicators else words_said(event)


def quotes_others(event: Event) -> bool:
    """Return True if an event only quotes others, or warns of a text."""
    return warns(event.seen.normalized) or any(
        is_bare_quotation(text.raw) for text in event.seen.texts
    )


def few_words_said(event: Event) -> frozenset[int]:
    """Return `few_words` of the event's own text."""
    return few_words(event.seen.main_text) if is_said(event) else frozenset()


def vocabulary_said(event: Event) -> frozenset[int]:
    """Return `vocabulary` of the event's own text; empty for a short text and a small ad.

    Those who sell or have lost something say it in the same words, each with a contact of their
    own; the same contact by several is noticed by its filter.
    """
    if not is_said(event) or _is_small_ad(event):
        return frozenset()
    return vocabulary(event.seen.main_text)


def _is_small_ad(event: Event) -> bool:
    return any(each.kind.is_contact for each in event.indicators) and is_small_ad_by(event)


def coded_words_said(event: Event) -> frozenset[int]:
    """Return `vocabulary` of a text that consists of code only; empty for others.

    Many who have the same trouble paste the same log: that is like a raid's text only if there is
    a raid with such a text.
    """
    if not is_said(event) or event.seen.main_text:
        return frozenset()
    longest = max((text.raw for text in event.seen.texts), key=len)
    return vocabulary(normalize(longest[:MAX_MAIN_CHARS]))


class Said(NamedTuple):
    """Words of a text, with its sender and the time, in ms since the epoch."""

    words: frozenset[int]
    said_ts: int
    sender: str


class _Copied(NamedTuple):
    """Result of a comparison of a member's text with copies of it.

    Attributes:
        by: the words of the copies.
        is_first: True if the member sent it first.
    """

    by: Sequence[frozenset[int]]
    is_first: bool


class _Signed:
    """A signed text, and the time of the first similar text by somebody else.

    Attributes:
        said: the text.
        copied_ts: the time of the first similar text, in ms since the epoch; infinity if there is
            none; None if it was not computed yet.
    """

    __slots__ = ("copied_ts", "said")

    def __init__(self, said: Said) -> None:
        self.said: Final = said
        self.copied_ts: float | None = None


class FirstSenders:
    """Signed texts of newcomers, for half an hour.

    A raid that copies a newcomer's question must not prevent the newcomer from asking it again.
    Each text is compared with those of others once, because a raid has many messages.
    """

    def __init__(self) -> None:
        self._by_community: BoundedMapping[str, BoundedMapping[str, Sequence[_Signed]]]
        self._by_community = BoundedMapping(MAX_COMMUNITIES)
        self._copied: BoundedMapping[tuple[str, Said], _Copied] = BoundedMapping(MAX_COPIED)

    def keep(self, community: str, said: Said) -> None:
        """Remember a signed text, unless the sender had one like it signed before."""
        senders = self._by_community.use(community) or BoundedMapping(MAX_SENDERS)
        self._by_community[community] = senders
        own = _signed_lately(senders.get(said.sender, ()), said.said_ts)
        if not any(_is_like(said.words, each.said.words) for each in own):
            own = [*own, _Signed(said)][-MAX_TEXTS:]
        senders[said.sender] = own

    def was_first(self, community: str, said: Said) -> bool:
        """Return True if a sender had a similar text signed before anybody else.

        If the sender wrote nothing else, it must be some seconds before.
        """
        senders = self._by_community.get(community, BoundedMapping(1))
        signed = _signed_lately(senders.get(said.sender, ()), said.said_ts)
        own = [each for each in signed if _is_like(said.words, each.said.words)]
        # The accounts of a raid send one text within seconds; people who copy a text read it first.
        later_ms = 0 if len(own) < len(signed) else COPIED_AFTER_MS
        return any(
            self._copied_ts(community, each, said.said_ts) > each.said.said_ts + later_ms
            for each in own
        )

    def is_answer(
        self,
        community: str,
        said: Said,
        advice: Iterable[Said],
        copied: Sequence[frozenset[int]],
    ) -> bool:
        """Return True if a text answers copied advice, and is not a copy itself.

        Args:
            community: the community.
            said: the text.
            advice: texts of members, the latest first; those that they sent first count.
            copied: the words of the copies.
        """
        taken_up = (
            each
            for each in said_lately(advice, said.said_ts)
            if within_percent(said.words, each.words) >= ANSWER_PERCENT
            and common_percent(said.words, each.words) < COPY_PERCENT
        )
        return any(
            self._is_copied(community, each, copied, said.said_ts)
            for each in islice(taken_up, MAX_TAKEN_UP)
        )

    def _is_copied(
        self, community: str, advice: Said, copied: Sequence[frozenset[int]], now_ts: int
    ) -> bool:
        """Return True if these are copies of a member's text, and the member sent it first."""
        known = self._copied.use((community, advice))
        if known is None or known.by != copied:
            is_like = any(common_percent(advice.words, copy) >= LIKE_PERCENT for copy in copied)
            is_first = is_like and self._first_like(community, advice, now_ts) > advice.said_ts
            known = self._copied[community, advice] = _Copied(copied, is_first)
        return known.is_first

    def _copied_ts(self, community: str, signed: _Signed, now_ts: int) -> float:
        if signed.copied_ts is not None:
            return signed.copied_ts
        copied_ts = self._first_like(community, signed.said, now_ts)
        # Who says it later than that changes nothing.
        if now_ts > signed.said.said_ts + COPIED_AFTER_MS:
            signed.copied_ts = copied_ts
        return copied_ts

    def _first_like(self, community: str, said: Said, now_ts: int) -> float:
        """Return the time of others' first similar text, in ms since the epoch, or infinity."""
        return min(
            (
                each.said.said_ts
                for sender, texts in self._by_community.get(community, {}).items()
                if sender != said.sender
                for each in _signed_lately(texts, now_ts)
                if common_percent(said.words, each.said.words) >= LIKE_PERCENT
            ),
            default=inf,
        )

    def forget_person(self, user_id: str) -> None:
        """Forget a user's texts."""
        for senders in self._by_community.values():
            senders.pop(user_id, None)
        for key in [key for key in self._copied if key[1].sender == user_id]:
            del self._copied[key]


def _signed_lately(signed: Iterable[_Signed], now_ts: int) -> Sequence[_Signed]:
    return [each for each in signed if now_ts - each.said.said_ts <= KEPT_MS]


def said_lately(said: Iterable[Said], now_ts: int) -> Sequence[Said]:
    """Return the texts of the last half hour."""
    return [each for each in said if now_ts - each.said_ts <= KEPT_MS]


def senders_alike(said: Mapping[str, Said] | None, words: frozenset[int], now_ts: int) -> set[str]:
    """Return the recent senders of nearly the same text."""
    return {
        each.sender
        for each in said_lately((said or {}).values(), now_ts)
        if have_common(words, each.words, CHORUS_PERCENT)
    }


def _is_like(words: frozenset[int], before: frozenset[int]) -> bool:
    """Return True if a text is much the same as an earlier one, or holds it."""
    return (
        common_percent(words, before) >= LIKE_PERCENT
        or within_percent(before, words) >= HELD_PERCENT
    )
