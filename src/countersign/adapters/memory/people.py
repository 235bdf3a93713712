"""People in this process's memory: recent deeds, and last texts."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from countersign.adapters.memory.reservations import Reservation
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.counters import CountedEvent, Settlement
from countersign.ports.people_counts import People, Person, RecentSayings, Saying, Unsigned

MAX_DEEDS: Final = 10_000
"""Maximum number of deeds for which people are kept."""
MAX_COUNTED: Final = 5_000
"""Maximum number of people of one deed."""
MAX_COMMUNITIES: Final = 1_000
"""Maximum number of communities for which newcomers' last texts are kept."""
MAX_UNSIGNED: Final = 50_000
"""Maximum number of texts that are known as not signed."""

_Deed = tuple[str, tuple[str, ...], int]


class RecentPeople:
    """People who did something lately, by group; beyond a maximum the oldest are forgotten."""

    def __init__(self) -> None:
        self._seen: BoundedMapping[str, tuple[int, str]] = BoundedMapping(
            MAX_COUNTED, on_forget=self._uncount
        )
        self._groups: Counter[str] = Counter()

    def add(self, user_id: str, group: str, at: int) -> None:
        """Record that a user did it, at a time in milliseconds."""
        before = self._seen.pop(user_id, None)
        if before is not None:
            self._uncount(user_id, before)
        self._groups[group] += 1
        self._seen[user_id] = (at, group)

    def by_group(self, since: int) -> Mapping[str, int]:
        """Return the number of people of each group since then, and forget older ones."""
        while self._seen and next(iter(self._seen.values()))[0] < since:
            self._seen.forget_oldest()
        return MappingProxyType(self._groups)

    def forget_person(self, user_id: str) -> None:
        """Forget a user."""
        seen = self._seen.pop(user_id, None)
        if seen is not None:
            self._uncount(user_id, seen)

    def _uncount(self, user_id: str, seen: tuple[int, str]) -> None:  # noqa: ARG002
        _, group = seen
        self._groups[group] -= 1
        if not self._groups[group]:
            del self._groups[group]


class PeopleCounts:
    """Answers `People`."""

    def __init__(self) -> None:
        self._deeds: BoundedMapping[_Deed, RecentPeople] = BoundedMapping(MAX_DEEDS)

    def find(self, question: People, event: CountedEvent, at: int) -> Mapping[str, int]:
        """Return the number of people in the window before a time, by group."""
        people = self._deeds.get((event.community, question.deed, question.window_ms))
        return {} if people is None else dict(people.by_group(at - question.window_ms))

    def add(self, community: str, person: Person, at: int) -> Mapping[str, int]:
        """Count a person; return the number of people in the window, by group."""
        key = (community, person.deed, person.window_ms)
        people = self._deeds.use(key)
        if people is None:
            people = self._deeds[key] = RecentPeople()
        people.add(person.user_id, person.group, at)
        return people.by_group(at - person.window_ms)

    def forget_person(self, user_id: str) -> None:
        """Forget all deeds of a user."""
        for people in self._deeds.values():
            people.forget_person(user_id)


class Sayings:
    """Answers `RecentSayings`."""

    def __init__(self) -> None:
        self._said: BoundedMapping[tuple[str, int], BoundedMapping[str, tuple[int, Saying]]]
        self._said = BoundedMapping(MAX_COMMUNITIES)

    def find(self, question: RecentSayings, event: CountedEvent, at: int) -> tuple[Saying, ...]:
        """Return the last texts of other people in the window before a time, oldest first."""
        sayings = self._said.get((event.community, question.window_ms))
        if sayings is None:
            return ()
        since = at - question.window_ms
        return tuple(
            [
                saying
                for moment, saying in sayings.values()
                if moment >= since and saying.sender != event.sender
            ]
        )

    def add(self, question: RecentSayings, event: CountedEvent, at: int) -> Saying:
        """Record the text of the event's sender; return the record."""
        key = (event.community, question.window_ms)
        sayings = self._said.use(key)
        if sayings is None:
            sayings = self._said[key] = BoundedMapping(question.most)
        saying = Saying(event.sender, question.group, question.words)
        sayings.pop(event.sender, None)
        sayings[event.sender] = (at, saying)
        return saying

    def remove(self, question: RecentSayings, event: CountedEvent, saying: Saying) -> None:
        """Remove a record that `add` returned."""
        sayings = self._said.get((event.community, question.window_ms))
        recorded = None if sayings is None else sayings.get(event.sender)
        if sayings is not None and recorded is not None and recorded[1] is saying:
            del sayings[event.sender]

    def forget_person(self, user_id: str) -> None:
        """Forget a user's texts."""
        for sayings in self._said.values():
            sayings.pop(user_id, None)


class UnsignedWords:
    """Answers `Unsigned`."""

    def __init__(self) -> None:
        self._unsigned: BoundedMapping[tuple[str, str, str, str], int]
        self._unsigned = BoundedMapping(MAX_UNSIGNED)
        self._last: BoundedMapping[tuple[str, str, str], str] = BoundedMapping(MAX_UNSIGNED)

    def look_up(self, question: Unsigned, reservation: Reservation) -> None:
        """Store in a reservation its words, and whether it is a retry."""
        event = reservation.event
        reservation.unsigned = question
        place = (event.community, event.sender, event.room_id)
        last_words = self._last.get(place)
        if last_words is None:
            return  # everything of theirs was signed, as of nearly everybody
        last = self._unsigned.get((*place, question.words))
        reservation.is_retry = last is not None and last >= reservation.at - question.window_ms
        reservation.is_last_again = reservation.is_retry and last_words == question.words

    def settle(self, reservation: Reservation, settlement: Settlement) -> None:
        """Record words that are not signed, and remove them once they are."""
        question, event = reservation.unsigned, reservation.event
        if question is None:
            return
        place = (event.community, event.sender, event.room_id)
        if settlement is not Settlement.SIGNED:
            self._unsigned[(*place, question.words)] = reservation.at
            self._last[place] = question.words
        elif place in self._last:
            self._unsigned.pop((*place, question.words), None)

    def forget_person(self, user_id: str) -> None:
        """Forget a user's words."""
        for words in [words for words in self._unsigned if words[1] == user_id]:
            del self._unsigned[words]
        for place in [place for place in self._last if place[1] == user_id]:
            del self._last[place]
