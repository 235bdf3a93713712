"""Broadcasts to all other processes over a Valkey or Redis server, published in batches."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import msgspec
import structlog

from countersign.adapters.valkey.client import ValkeyClient
from countersign.ports.broadcasts import Topic

SEND_EVERY_SECONDS: Final = 0.02
"""Time for which broadcasts are gathered before they are sent together."""
MAX_GATHERED: Final = 2_000
"""Maximum number of gathered broadcasts, and of counted names; then they are sent at once."""

log = structlog.get_logger()


class _Batch(msgspec.Struct, array_like=True):
    """Message with all broadcasts that one process gathered.

    Attributes:
        process: the name of the process.
        messages: those of `publish`: topic and words.
        counted: the broadcasts of `count`: topic, name and amount.
    """

    process: str
    messages: list[tuple[str, ...]]
    counted: list[tuple[str, str, int]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Batch).decode


class ValkeyBroadcasts:
    """Implements `Broadcasts`. While the server is lost, broadcasts are dropped.

    Args:
        client: publishes messages, and receives those of other processes.
        process: a name of this process that no other has.
    """

    def __init__(self, client: ValkeyClient, *, process: str) -> None:
        self._client = client
        client.on_message = self._receive
        self._process = process
        self._messages: list[tuple[str, ...]] = []
        self._counted: defaultdict[tuple[Topic, str], int] = defaultdict(int)
        self._subscribers: dict[str, Callable[..., None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def publish(self, topic: Topic, *words: str) -> None:
        self._messages.append((topic.value, *words))
        self._send_soon(len(self._messages))

    def count(self, topic: Topic, name: str, amount: int = 1) -> None:
        self._counted[topic, name] += amount
        self._send_soon(len(self._counted))

    def subscribe(self, topic: Topic, on_message: Callable[..., None]) -> None:
        self._subscribers[topic.value] = on_message

    def _receive(self, payload: bytes) -> None:
        """Pass on the broadcasts in a message, unless it is our own."""
        try:
            batch = _decode(payload)
        except msgspec.MsgspecError as error:
            log.warning("a broadcast was not understood", reason=str(error))
            return
        if batch.process == self._process:
            return
        for topic, *words in batch.messages:
            self._deliver(topic, words)
        for topic, name, amount in batch.counted:
            self._deliver(topic, [name, amount])

    def _deliver(self, topic: str, words: list[Any]) -> None:
        subscriber = self._subscribers.get(topic)
        if subscriber is None:
            return
        try:
            subscriber(*words)
        except Exception:
            log.exception("a broadcast could not be taken", topic=topic)

    def _send_soon(self, gathered: int) -> None:
        if gathered >= MAX_GATHERED:
            self._send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SEND_EVERY_SECONDS, self._send)

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        counted = [(topic.value, name, amount) for (topic, name), amount in self._counted.items()]
        batch = _Batch(self._process, self._messages, counted)
        self._messages = []
        self._counted.clear()
        self._client.publish(_encode(batch))
