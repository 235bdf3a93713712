"""Questions of filters about the world outside an event, answered by services: see ADR 0001."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, NamedTuple, TypeVar

from countersign.policy.measures.raid_mode import Raid
from countersign.policy.measures.sender_groups import Per
from countersign.policy.text.finders import NameFinder
from countersign.policy.text.minhash import MinHash
from countersign.protocol.rooms.policy_rules import PolicyRule

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer]):
    """Something that only others know. Equal questions have one answer and are answered once.

    The archive keeps each answer, which is plain data, under the `repr` of its question: no set.

    Attributes:
        is_slow: whether the answer takes time, as of another server. Slow questions are asked only
            about events that all other filters let pass.
    """

    is_slow: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class EventCount(Question[int]):
    """Number of events in the last `per_seconds`; the event in question is not among them.

    Attributes:
        kind: begins the names of the counters; empty for those of signed events.
        per: whose events.
        key: which one: a user ID, server name or room ID; empty for the community.
        types: globs of event types that count; empty for all.
        per_seconds: how far back, 1 or more.
    """

    kind: ClassVar[tuple[str, ...]] = ()
    per: Per
    key: str
    types: tuple[str, ...]
    per_seconds: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.per, self.key, self.types, self.per_seconds)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter, without the window, which counters keep apart."""
        return (*self.kind, self.per, self.key, *self.types)


@dataclass(frozen=True, slots=True, eq=False)  # or its hash would be computed each time
class SignedEvents(EventCount):
    """Number of events signed in the last `per_seconds`, in all rooms of the policy.

    Once an event is signed, it is added to the counter of every `SignedEvents` that was asked about
    it: a counter holds exactly the events that some filter with these `types` looks at.
    """


@dataclass(frozen=True, slots=True)
class RaidUnderWay(Question[Raid | None]):
    """Raid that the community is in; None at peace."""


@dataclass(frozen=True, slots=True)
class RecentNewcomers(Question[frozenset[str]]):
    """User IDs of the newcomers of the community who wrote last, without the event's sender.

    They are several dozen at most, and none if no rule of the policy asks about raids.
    """


class Crowd(NamedTuple):
    """Other senders of a thing, and their rooms: a hundred of each at most.

    Attributes:
        senders: others than the sender of the event in question, and that one if it did before.
        rooms: the rooms that it was sent to before.
        by_sender: how often the sender of the event in question sent it before.
        again: how many sent it to one room twice or more.
    """

    senders: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    by_sender: int = 0
    again: int = 0


@dataclass(frozen=True, slots=True)
class SentBefore(Question[Crowd]):
    """Recent senders of the same thing, accepted or refused.

    Only events about which this was asked count, such as those of newcomers.

    Attributes:
        thing: a name for it, such as a link's address.
        per_seconds: how far back.
    """

    thing: str
    per_seconds: int


@dataclass(frozen=True, slots=True)
class SimilarBefore(Question[Crowd]):
    """Recent senders of nearly the same text, accepted or refused.

    Only events about which this was asked with the same likeness and time count.

    Attributes:
        sketch: the minhash of the text.
        likeness_percent: how much a text must have in common with it.
        per_seconds: how far back.
    """

    sketch: MinHash
    likeness_percent: int
    per_seconds: int


@dataclass(frozen=True, slots=True)
class Silenced(Question[int]):
    """Until when the sender is silenced after refusals, in ms since the epoch; 0 if they are not.

    A refusal for evidence of abuse counts, once for each event; what comes in the meantime prolongs
    nothing. Each further silence is twice as long as the one before, until a day without any.

    Attributes:
        user_id: the sender.
        after_refusals: so many refusals.
        within_seconds: within this time.
        silence_seconds: silence for so long the first time.
        max_seconds: and never longer than this.
    """

    user_id: str
    after_refusals: int
    within_seconds: int
    silence_seconds: int
    max_seconds: int


@dataclass(frozen=True, slots=True)
class PeopleCalled(Question[int]):
    """Number of people whom a sender's signed events mentioned in the last `per_seconds`.

    Attributes:
        user_id: the sender.
        called: how many the event in question calls; they are added once it is signed.
        per_seconds: how far back.
        people: whom, sorted: the answer is of others then; empty to count each again.
    """

    user_id: str
    called: int
    per_seconds: int
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActiveNames(Question[NameFinder]):
    """The display names of recent writers in a room, prepared for searches in a text.

    They are looked for in `event.seen.normalized`: the archive keeps only what is found there.
    """

    room_id: str


@dataclass(frozen=True, slots=True)
class Names:
    """Display names of the sender and of the room's moderators.

    Attributes:
        own: the sender's display name; None if it has none.
        moderators: for each moderator, user ID and display name.
        is_own_earlier: the sender had the name before the power levels were set as they are.
    """

    own: str | None
    moderators: tuple[tuple[str, str | None], ...]
    is_own_earlier: bool = False


@dataclass(frozen=True, slots=True)
class NamesInRoom(Question[Names]):
    """Display names of `user_id`, the sender, and of the moderators of the event's room."""

    user_id: str


@dataclass(frozen=True, slots=True)
class RoomAlias(Question[str | None]):
    """The canonical alias of a room; None if it has none."""

    room_id: str


class Listing(NamedTuple):
    """Rule of a policy list that matches somebody or something.

    Attributes:
        list_id: the list's room ID.
        rule: the rule of it that decides.
        identifier: whom or what it describes.
    """

    list_id: str
    rule: PolicyRule
    identifier: str


@dataclass(frozen=True, slots=True)
class ListedBy(Question[Listing | None]):
    """Rule of the first of these policy lists that matches any of these.

    A list that recommends to unban one of them has the last word as well: the answer is None then.
    A rule that describes too many members of the event's room does not count, unless it is
    confirmed.

    Attributes:
        lists: room IDs of the lists, the most trusted first.
        users: user IDs; their servers are looked up too.
        rooms: room IDs and aliases.
        max_members_percent: the largest share of the room that a rule may describe.
        confirmed: the entities of rules that count however many they describe.
    """

    lists: tuple[str, ...]
    users: tuple[str, ...]
    rooms: tuple[str, ...]
    max_members_percent: int
    confirmed: tuple[str, ...]


class CheckerAnswer(NamedTuple):
    """Answer of an external checker about an event.

    Attributes:
        is_refusal: whether it refuses it.
        reason: why, for moderators; may be empty.
        says: words for the sender; may be empty.
    """

    is_refusal: bool
    reason: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class CheckedBy(Question[CheckerAnswer]):
    """Answer of an external checker about the event in question.

    Attributes:
        url: the public https address that it is asked at; empty for a checker of the settings.
        timeout_ms: how long it may take.
        checker: the name of a checker of the settings; empty for `url`.
    """

    is_slow: ClassVar[bool] = True

    url: str
    timeout_ms: int
    checker: str = ""


@dataclass(frozen=True, slots=True)
class ModerationScores(Question[Mapping[str, int]]):
    """Scores of texts by a moderation model: the highest of any, in percent, by category.

    Attributes:
        url: the public https address of a service that answers as OpenAI's `/v1/moderations` does;
            empty for a checker of the settings.
        timeout_ms: how long it may take.
        checker: the name of a checker of the settings; empty for `url`.
        model: as the service calls it; empty for its own choice.
        texts: one or more.
    """

    is_slow: ClassVar[bool] = True

    url: str
    timeout_ms: int
    checker: str
    model: str
    texts: tuple[str, ...]
