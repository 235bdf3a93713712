"""Broadcasts within one process, and the contract of all broadcasts as a test suite."""

from collections.abc import Awaitable, Callable

from countersign.ports.broadcasts import Broadcasts, Topic

OpenBroadcasts = Callable[[], Awaitable[Broadcasts]]
Settle = Callable[[], Awaitable[None]]


class Hub:
    """Connects members, each as another process; messages arrive at once."""

    def __init__(self) -> None:
        self._members: list[HubBroadcasts] = []

    def join(self) -> "HubBroadcasts":
        """Return a further member."""
        member = HubBroadcasts(self._members)
        self._members.append(member)
        return member


class HubBroadcasts:
    """`Broadcasts` of one member of a hub."""

    def __init__(self, members: "list[HubBroadcasts]") -> None:
        self._members = members
        self._subscribers: dict[Topic, Callable[..., None]] = {}

    def publish(self, topic: Topic, *words: str) -> None:
        """See `Broadcasts.publish`."""
        self._pass_on(topic, *words)

    def count(self, topic: Topic, name: str, amount: int = 1) -> None:
        """See `Broadcasts.count`."""
        self._pass_on(topic, name, amount)

    def subscribe(self, topic: Topic, on_message: Callable[..., None]) -> None:
        """See `Broadcasts.subscribe`."""
        self._subscribers[topic] = on_message

    def _pass_on(self, topic: Topic, *words: object) -> None:
        for member in self._members:
            if member is not self and topic in member._subscribers:
                member._subscribers[topic](*words)


class BroadcastContract:
    """Contract tests that all `Broadcasts` must pass.

    Derive a test class and give it two fixtures: `open_broadcasts`, whose every call opens what
    another process would hold, and `settle`, a coroutine that lets what was published arrive.
    """

    async def test_others_get_messages_in_the_order_of_publishing(
        self, open_broadcasts: OpenBroadcasts, settle: Settle
    ) -> None:
        sender, one, other = [await open_broadcasts() for _ in range(3)]
        heard: list[tuple[object, ...]] = []
        one.subscribe(Topic.LEAKED, lambda *words: heard.append(("one", *words)))
        other.subscribe(Topic.LEAKED, lambda *words: heard.append(("other", *words)))
        for room in ("!a:b", "!ö:b"):
            sender.publish(Topic.LEAKED, room, "example.org")
        await settle()

        assert sorted(heard, key=lambda words: words[0] == "other") == [
            ("one", "!a:b", "example.org"),
            ("one", "!ö:b", "example.org"),
            ("other", "!a:b", "example.org"),
            ("other", "!ö:b", "example.org"),
        ]

    async def test_nobody_gets_their_own_messages(
        self, open_broadcasts: OpenBroadcasts, settle: Settle
    ) -> None:
        sender, other = [await open_broadcasts() for _ in range(2)]
        heard: list[str] = []
        sender.subscribe(Topic.SEEN, heard.append)
        other.subscribe(Topic.SIGNED, lambda *words: heard.extend(words))
        sender.publish(Topic.SEEN, "00")
        await settle()

        assert heard == []

    async def test_counts_arrive_in_full(
        self, open_broadcasts: OpenBroadcasts, settle: Settle
    ) -> None:
        sender, other = [await open_broadcasts() for _ in range(2)]
        heard: dict[str, int] = {}

        def add(name: str, amount: int) -> None:
            heard[name] = heard.get(name, 0) + amount

        other.subscribe(Topic.REQUESTS, add)
        for number in range(3_000):
            sender.count(Topic.REQUESTS, f"hs{number % 2_500}.example", 2)
        sender.count(Topic.DECISIONS, "hs1.example")
        await settle()

        assert len(heard) == 2_500
        assert sum(heard.values()) == 6_000
        assert heard["hs1.example"] == 4
