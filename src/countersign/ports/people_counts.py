"""Questions to the counters about people: active people, their last messages, retries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, final

PeopleByGroup: TypeAlias = Mapping[str, int]


@final
class People(NamedTuple):
    """Question about the different people who did something in a window before the event.

    The answer is a mapping from group to number of people. It adds nothing; `note_people` does.

    Attributes:
        deed: the name of the deed; each window is counted separately.
        window_ms: the length of the window.
    """

    deed: tuple[str, ...]
    window_ms: int


class Person(NamedTuple):
    """Somebody who did something just now, for `note_people`.

    Attributes:
        deed: see `People`.
        window_ms: see `People`.
        user_id: the user; each one counts once.
        group: by which they are counted, such as a registrable domain.
    """

    deed: tuple[str, ...]
    window_ms: int
    user_id: str
    group: str


@final
class RecentSayings(NamedTuple):
    """Question for the last texts of other people in a window before the event.

    The answer is a tuple of `Saying`, the oldest first: one per sender, and none of the event's
    own. If `is_said`, the event's `words` replace those of its sender as soon as it is reserved,
    whatever its verdict.

    Attributes:
        words: hashes of the event's words; empty if they prove nothing.
        is_said: True if the event has a text, and so is added.
        group: the sender's group; see `Person`.
        window_ms: the length of the window.
        most: maximum number of texts, the latest.
    """

    words: frozenset[int]
    is_said: bool
    group: str
    window_ms: int
    most: int


class Saying(NamedTuple):
    """Last text of a sender.

    Attributes:
        sender: the user ID.
        group: see `Person`.
        words: hashes of the words.
    """

    sender: str
    group: str
    words: frozenset[int]


@final
class Unsigned:
    """Question if the event is a retry: the same words of its sender in its room were not signed.

    The answer is a bool. A retry adds nothing to a `SameThing`, a `SimilarText` or `RecentSayings`.
    Events that are settled otherwise than `SIGNED` are remembered until their words are signed.

    Args:
        words: a fingerprint of the text that the event shows, or a function that returns it, which
            is called only if an event of the sender was not signed, or this one is not.
        window_ms: the length of the window.
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
