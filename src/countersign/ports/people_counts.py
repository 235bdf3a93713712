"""Questions to the counters about people: active people, their last messages, retries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, final

PeopleByGroup: TypeAlias = Mapping[str, int]


@final
class People(NamedTuple):
    """Question about the different people who did something in a window before the event.

    The answer is a mapping of group -> number of people. Nothing is added: `note_people` does.

    Attributes:
        deed: what they did, as a name; with another window it is another one.
        window_ms: how far back.
    """

    deed: tuple[str, ...]
    window_ms: int


class Person(NamedTuple):
    """Somebody who did something just now, for `note_people`.

    Attributes:
        deed: see `People`.
        window_ms: see `People`.
        user_id: who; each counts once.
        group: by which they are counted, such as a registrable domain.
    """

    deed: tuple[str, ...]
    window_ms: int
    user_id: str
    group: str


@final
class RecentSayings(NamedTuple):
    """Question for the last texts of other people of a kind in a window before the event.

    The answer is a tuple of `Saying`, the oldest first, one of each sender and none of the event's
    own. If it is said, the event's `words` are added, whatever becomes of it, and as soon as it is
    reserved; they take the place of what was known of its sender.

    Attributes:
        words: hashes of the event's words; empty if they prove nothing.
        is_said: whether the event says anything, and so is added.
        group: of its sender; see `Person`.
        window_ms: how far back.
        most: so many are kept, the latest.
    """

    words: frozenset[int]
    is_said: bool
    group: str
    window_ms: int
    most: int


class Saying(NamedTuple):
    """Last words of somebody.

    Attributes:
        sender: who.
        group: see `Person`.
        words: hashes of the words.
    """

    sender: str
    group: str
    words: frozenset[int]


@final
class Unsigned:
    """Question whether the same words of the event's sender to its room were not signed lately.

    The answer is a truth value. If so the event is a retry: nothing else that is asked about it
    adds to a `SameThing`, a `SimilarText` or `RecentSayings`. It is remembered of every event that
    is settled otherwise than `SIGNED`, and forgotten once the words are signed.

    Args:
        words: a fingerprint of what the event shows, or a function that returns it. It is needed
            only if something of the sender was not signed, or if this event is not.
        window_ms: how far back.
    """

    __slots__ = ("_words", "window_ms")

    def __init__(self, words: str | Callable[[], str], window_ms: int) -> None:
        self._words = words
        self.window_ms: Final = window_ms

    @property
    def words(self) -> str:
        """The fingerprint."""
        if not isinstance(self._words, str):
            self._words = self._words()
        return self._words

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Unsigned):
            return NotImplemented
        return (self.words, self.window_ms) == (other.words, other.window_ms)

    def __hash__(self) -> int:
        return hash((self.words, self.window_ms))


def ignore_counts(counted: Sequence[PeopleByGroup]) -> None:
    """Do nothing, for calls of `note_people` without a callback."""
