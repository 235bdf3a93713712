"""Knowledge of a raid: the domains that it comes from, its messages, and the suspects."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.measures.raid_mode import RaidReport, RaidRules, counted_together
from countersign.policy.text.likeness.vocabulary import (
    MIN_FEW_WORDS,
    alike_with,
    common_percent,
    small_vocabulary,
    within_percent,
)
from countersign.ports.people_counts import Saying

WAVE_SHARE_PERCENT: Final = 10
"""Minimum share of a wave for a domain to be part of the raid; less may be chance."""

MAX_SUSPECTS: Final = 20_000
"""Maximum number of people of one raid whose messages are counted."""
SUSPECT_AFTER: Final = 3
"""Number of messages like the raid's after which all that a newcomer writes is part of it."""
MAX_EARLY: Final = 1_000
"""Likewise for raids that another process knows before this one does."""
EARLY_MS: Final = 10_000
"""Time for which their messages are kept; this process learns of a raid within three seconds."""
BEGINS_PERCENT: Final = 40
"""Minimum share of common words, among all words of two texts, to count them as alike."""
LEAST_GROUP: Final = 4
"""Number of people who write alike from which on that is a message of a raid with several."""
LONG_WORDS: Final = 12
"""Minimum number of different words of a long text: few people write so much alike by chance."""
LONG_CHARS: Final = 60
"""Minimum length of a long text; its words may be pairs of characters."""
FEWER_OF_LONG: Final = 2
"""Number of people by which fewer suffice if they write long texts alike, down to a group."""


class Shares(NamedTuple):
    """Minimum shares, in percent, of writers of like texts among newcomers who wrote lately.

    People who come for the same reason use some of the same words, but most write a text of their
    own.

    Attributes:
        at_length: the share of those who wrote longer texts.
        of_all: the share of all of them.
    """

    at_length: int
    of_all: int


SHARES: Final = Shares(50, 30)
SHARES_OF_LONG: Final = Shares(40, 20)
MOST_GROUPS: Final = 12
"""Maximum number of groups of like texts that are looked for beside that of the event."""
MESSAGES_AT_ONCE: Final = 8
MAX_MESSAGES: Final = 32
"""Maximum number of different messages of one raid that are kept."""
ALIKE_PERCENT: Final = 50
"""Minimum share of common words with a message of the raid for a text to be part of it."""
WITHIN_PERCENT: Final = 80
"""Minimum share of a text's words (also of a short text) that occur in a message of the raid."""
SMALL_PERCENT: Final = 90
"""Minimum share of a text's words that occur in a raid's small vocabulary."""
MIN_DIFFERENT_WORDS: Final = 2
LEAST_DRAWN: Final = 4
"""Minimum number of different messages that are drawn from a small vocabulary."""
MOST_DRAWN_WORDS: Final = 10
"""Maximum number of different words of such messages, on average."""
MAX_DRAWN_FROM: Final = 24
"""Maximum number of words of such a vocabulary."""
MOST_TIMES_LONGER: Final = 3
"""Number of times as many words as a short text has that a raid's message may have to hold it."""
_THE_SAME_PERCENT: Final = 80
_DOMAINS_NAMED: Final = 3


class RaidSuspects:
    """Counts, by community and sender, messages that are like the present raid's."""

    def __init__(self) -> None:
        self._suspects: dict[str, BoundedMapping[str, int]] = {}
        self._early: BoundedMapping[tuple[str, str], tuple[int, int]] = BoundedMapping(MAX_EARLY)

    def count(self, community: str, user_id: str) -> bool:
        """Count a message; return True if it is the sender's first."""
        suspects = self._suspects.setdefault(community, BoundedMapping(MAX_SUSPECTS))
        times = suspects.get(user_id, 0)
        suspects[user_id] = times + 1
        return not times

    def has(self, community: str, user_id: str) -> bool:
        """Return True if a user repeatedly wrote messages like the raid's."""
        suspects = self._suspects.get(community)
        return suspects is not None and suspects.get(user_id, 0) >= SUSPECT_AFTER

    def add_early_message(self, community: str, user_id: str, now_ts: int) -> None:
        """Keep a message that belongs to a raid which this process does not know yet."""
        times, _ = self._early.get((community, user_id), (0, 0))
        self._early[community, user_id] = min(times + 1, SUSPECT_AFTER), now_ts

    def pop_early_senders(self, community: str, since_ts: int) -> list[str]:
        """Return the senders of messages that `add_early_message` kept, once for each message."""
        senders = []
        for key in [key for key in self._early if key[0] == community]:
            times, latest_ts = self._early.pop(key)
            senders += [key[1]] * (times if latest_ts >= since_ts else 0)
        return senders

    def forget_raid(self, community: str) -> None:
        """Forget the suspects of a raid that is over."""
        self._suspects.pop(community, None)

    def forget_people(self) -> None:
        """Forget all suspects; those who continue are counted again."""
        self._suspects.clear()
        self._early.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user."""
        for suspects in self._suspects.values():
            suspects.pop(user_id, None)
        for key in [key for key in self._early if key[1] == user_id]:
            del self._early[key]


def large_domains(wave: Mapping[str, int]) -> list[str]:
    """Return the domains from which most of a wave comes, largest first; may be empty."""
    people = sum(wave.values())
    large = [
        domain
        for domain, count in wave.items()
        if count > 1 and count * 100 >= people * WAVE_SHARE_PERCENT
    ]
    if sum(wave[domain] for domain in large) * 2 < people:
        return []
    return sorted(large, key=lambda domain: -wave[domain])


def listed_domains(domains: list[str]) -> str:
    """Return the first few domains in words."""
    named = ", ".join(domains[:_DOMAINS_NAMED])
    others = len(domains) - _DOMAINS_NAMED
    return f"{named} and {others} more" if others > 0 else named


def merge_reports(
    own: RaidReport, stored: RaidReport, now_ts: int, *, is_prolonged: bool
) -> RaidReport:
    """Merge the knowledge of two processes of a raid; of each count the larger one is kept.

    Args:
        own: the raid as this process knows it.
        stored: the raid as it is stored, whose times apply.
        now_ts: the time, in ms since the epoch.
        is_prolonged: this process prolonged it, and has not stored that yet.
    """
    own_raid, stored_raid = own.raid, stored.raid
    raid = stored_raid.prolonged_by(own_raid, now_ts) if is_prolonged else stored_raid
    labels = own.refused.keys() | stored.refused.keys()
    return replace(
        own,
        raid=replace(
            raid,
            domains=counted_together(stored_raid.domains, own_raid.domains, now_ts),
            words=with_messages(stored_raid.words, own_raid.words),
        ),
        suspects=max(own.suspects, stored.suspects),
        joins=max(own.joins, stored.joins),
        refused={
            label: max(own.refused.get(label, 0), stored.refused.get(label, 0)) for label in labels
        },
    )


def with_messages(
    known_messages: tuple[frozenset[int], ...], messages: Sequence[frozenset[int]]
) -> tuple[frozenset[int], ...]:
    """Add messages (sets of words) to those that are known, except for those that are like them."""
    together = list(known_messages)
    for words in messages:
        if all(common_percent(words, each) < _THE_SAME_PERCENT for each in together):
            together.append(words)
    return tuple(together[-MAX_MESSAGES:])


def alike_sayings(words: frozenset[int], compared: Sequence[Saying]) -> list[Saying]:
    """Return the texts that are like one with these words."""
    texts = [each.words for each in compared]
    return [compared[at] for at in alike_with(words, texts, BEGINS_PERCENT, WITHIN_PERCENT)]


def with_other_groups(alike: Sequence[Saying], compared: Sequence[Saying]) -> list[Saying]:
    """Return these texts, and those of other groups that are alike, as of translations.

    Other groups are looked for only if these texts are one, since each text is compared with each.
    """
    grouped = list(alike)
    if len(alike) + 1 < LEAST_GROUP:
        return grouped
    left = [each for each in compared if each.words and each not in grouped]
    for _ in range(MOST_GROUPS):
        if not left:
            break
        group = [
            each for each in left if common_percent(left[0].words, each.words) >= BEGINS_PERCENT
        ]
        grouped += group if len(group) >= LEAST_GROUP else ()
        left = [each for each in left if each not in group]
    return grouped


def are_long(text: str, words: frozenset[int], alike: Sequence[Saying]) -> bool:
    """Return True if a text is long, and enough of those that are like it are.

    Args:
        text: the event's, normalized.
        words: of it; see `vocabulary`.
        alike: the texts that are like it.
    """
    if len(text) < LONG_CHARS or len(words) < LONG_WORDS:
        return False
    return sum(len(each.words) >= LONG_WORDS for each in alike) + 2 >= LEAST_GROUP


def fewest_alike(rules: RaidRules, *, is_crowd: bool, is_long: bool) -> int:
    """Return the number of people who must write similar texts for a raid.

    It is lower if many people came, and for long texts, which are seldom similar by chance.
    """
    people = rules.refused_senders if is_crowd else rules.joins
    return max(min(people, LEAST_GROUP), people - FEWER_OF_LONG) if is_long else people


def are_most(people: int, writers: int, fewest: int, share_percent: int) -> bool:
    """Return True if so many people are enough, and that share of all writers."""
    return people >= fewest and people * 100 >= writers * share_percent


def messages_of(words: frozenset[int], alike: Sequence[Saying]) -> list[frozenset[int]]:
    """Return a text's words and those of the last texts like it."""
    return [words, *(each.words for each in alike[-MESSAGES_AT_ONCE:])]


def likeness(
    messages: tuple[frozenset[int], ...],
    words: frozenset[int],
    few: frozenset[int],
    all_words: frozenset[int],
) -> str:
    """Return the likeness of a text to a raid's messages, as a clause; empty if there is none.

    Args:
        messages: words of the raid's messages.
        words: the text's; see `vocabulary`.
        few: the same; see `few_words`.
        all_words: the same; see `all_words`.
    """
    percent = max((common_percent(words, each) for each in messages), default=0)
    if percent >= ALIKE_PERCENT:
        return f"it has {percent} % of all words in common with a raid's message"
    # A long message of everyday words holds those of most short ones.
    most = len(few) * MOST_TIMES_LONGER
    comparable = [each for each in messages if len(each) <= most]
    if comparable and len(few) >= MIN_FEW_WORDS:
        percent = max(within_percent(few, each) for each in comparable)
        if percent >= WITHIN_PERCENT:
            return f"{percent} % of its words are in a raid's message"
    small = _drawn_from(messages)
    shared = len(all_words & small)
    if shared >= MIN_DIFFERENT_WORDS and within_percent(all_words, small) >= SMALL_PERCENT:
        return f"it has no other words than a raid that has {len(small)}"
    return ""


def _drawn_from(messages: tuple[frozenset[int], ...]) -> frozenset[int]:
    """Return the words from which a raid draws short messages; none if it does not.

    Without this limit, a raid that uses the most common words of a language would make everybody's
    messages look like its own.
    """
    if len(messages) < LEAST_DRAWN or sum(map(len, messages)) > len(messages) * MOST_DRAWN_WORDS:
        return frozenset()
    small = small_vocabulary(messages)
    return small if len(small) <= MAX_DRAWN_FROM else frozenset()
