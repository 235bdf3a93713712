"""Refused texts of each sender, by which another attempt to say the same is recognised."""

from hashlib import blake2b
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.hash_lists import read_hashes, write_hashes
from countersign.policy.events import Event
from countersign.policy.text.indicators.kinds import Indicator
from countersign.policy.text.likeness.vocabulary import all_words, common_percent
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock

MAX_SENDERS: Final = 4_096
MAX_TEXTS: Final = 4
"""Maximum number of refused texts of a sender that are kept; the oldest go first."""
COMMON_PERCENT: Final = 40
"""Minimum share of common words, among all words of two texts, to count them as alike."""

_Key = tuple[str, str, str]
"""Community, user ID and rule."""


class _Refused(NamedTuple):
    """Hashes of a text's words, and of its links and their domains, with its room and time."""

    words: frozenset[int]
    places: frozenset[int]
    room_id: str
    refused_ts: int


class RefusedTexts:
    """Hashes of each sender's recently refused texts, in memory.

    A refused text that is sent again in another room, or in other words, counts as one refusal,
    since its sender may only want to be understood. Texts are alike if they have words, a link or
    its domain in common. The same contact with new words is not a repetition, because frauds do
    that.
    """

    def __init__(self) -> None:
        self._refused: BoundedMapping[_Key, tuple[_Refused, ...]] = BoundedMapping(MAX_SENDERS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share refused texts with other processes: send those noted here, and record theirs."""

        def on_message(community: str, user_id: str, rule: str, *refused: str) -> None:
            words, places, room_id = refused
            text = _Refused(read_hashes(words), read_hashes(places), room_id, clock.now_ts())
            self._keep((community, user_id, rule), text)

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.REFUSED, on_message)

    def has_like(self, key: _Key, event: Event, since_ts: int) -> bool:
        """Return True if an event is like one of `key` that was refused after `since_ts`.

        A text that was refused in two rooms and is sent to a third counts as new.

        Args:
            key: the community, the sender and the rule by which refusals are counted.
            event: the event.
            since_ts: the start, in ms since the epoch.
        """
        refused = self._refused.get(key)
        if refused is None:
            return False
        seen = _of(event, 0)
        lately = [each for each in refused if each.refused_ts >= since_ts]
        rooms = {each.room_id for each in lately if _are_alike(seen, each)}
        return event.room_id in rooms or len(rooms) == 1

    def note(self, key: _Key, event: Event, now_ts: int) -> None:
        """Remember that an event was refused."""
        refused = _of(event, now_ts)
        self._keep(key, refused)
        if self._broadcasts is not None:
            words, places = write_hashes(refused.words), write_hashes(refused.places)
            self._broadcasts.publish(Topic.REFUSED, *key, words, places, event.room_id)

    def forget_people(self) -> None:
        """Forget all refused texts."""
        self._refused.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's refused texts."""
        for key in [key for key in self._refused if key[1] == user_id]:
            del self._refused[key]

    def _keep(self, key: _Key, refused: _Refused) -> None:
        self._refused[key] = (*self._refused.get(key, ()), refused)[-MAX_TEXTS:]


def _of(event: Event, now_ts: int) -> _Refused:
    words = all_words(event.seen.main_text) if event.seen.texts else frozenset()
    places = frozenset(_digest(each) for each in event.indicators if not each.kind.is_contact)
    return _Refused(words, places, event.room_id, now_ts)


def _digest(indicator: Indicator) -> int:
    kind_and_name = f"{indicator.kind} {indicator.name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(kind_and_name, digest_size=8).digest(), "big")


def _are_alike(first: _Refused, second: _Refused) -> bool:
    return (
        not first.places.isdisjoint(second.places)
        or common_percent(first.words, second.words) >= COMMON_PERCENT
    )
