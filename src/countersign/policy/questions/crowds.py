"""Other senders of the same link, or of nearly the same text."""

from typing import NamedTuple

from countersign.basics.records import record
from countersign.policy.questions.question import Question
from countersign.policy.text.minhash import MinHash


class Crowd(NamedTuple):
    """Senders of a thing, and its rooms, a hundred of each at most.

    Attributes:
        senders: user IDs of those who sent it before.
        rooms: IDs of the rooms that it was sent to before.
        by_sender: how often the sender of the event in question sent it before.
        again: number of people who sent it to one room twice or more.
    """

    senders: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    by_sender: int = 0
    again: int = 0


@record(frozen=True, slots=True)
class SentBefore(Question[Crowd]):
    """Recent senders of the same thing, accepted or refused.

    Only events about which this was asked count, such as those of newcomers.

    Attributes:
        thing: a name for it, such as a link's address.
        per_seconds: the window.
    """

    thing: str
    per_seconds: int


@record(frozen=True, slots=True)
class SimilarBefore(Question[Crowd]):
    """Recent senders of nearly the same text, accepted or refused.

    Only events about which this was asked with the same likeness and time count.

    Attributes:
        sketch: the minhash of the text.
        likeness_percent: minimum share of common pairs of words.
        per_seconds: the window.
        few_percent: the share of the newcomers who wrote lately who may say so, each once.
    """

    sketch: MinHash
    likeness_percent: int
    per_seconds: int
    few_percent: int = 0

    def __hash__(self) -> int:
        # Of one event hardly two differ, and it is looked up several times.
        return hash(self.sketch)
