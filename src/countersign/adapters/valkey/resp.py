"""Commands and replies as bytes, in the protocol of Redis that is called RESP3.

Of the protocol this is what our commands need: https://valkey.io/topics/protocol/
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

Reply: TypeAlias = "bytes | int | ErrorReply | list[Reply] | None"

MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
"""A longer reply is none of our scripts'."""
MAX_NESTING: Final = 8
MAX_ITEMS: Final = 1_000_000
_LINE_END: Final = b"\r\n"
_LISTS: Final = {b"*": 1, b">": 1, b"%": 2}
"""Marks of lists, of what nobody asked for, and of pairs; with the replies that each counts."""
_MAX_LINE_BYTES: Final = 4_096


class ErrorReply(str):
    """Error that the server replies with, such as `NOSCRIPT No matching script.`."""

    __slots__ = ()

    @property
    def code(self) -> str:
        """The word that says what kind of error it is; within scripts `ERR` stands before it."""
        word = self.removeprefix("ERR ").partition(" ")[0]
        return word if word.isupper() else "ERR"


class Push(list["Reply"]):
    """Message that the server sends without being asked, such as a published one."""

    __slots__ = ()


class NotResp(ValueError):
    """The bytes read are not a reply of a Valkey or Redis server."""


class _NotYet(Exception):
    """The reply is not there in full."""


def command(arguments: Sequence[bytes]) -> bytes:
    """Return a command and its arguments as they are sent."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        parts += (b"$%d\r\n" % len(argument), argument, _LINE_END)
    return b"".join(parts)


class Replies:
    """Replies, read out of what arrives piece by piece."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that are there in full now.

        Raises:
            NotResp: no server of ours speaks so.
        """
        held = self._held + data if self._held else data
        replies: list[Reply] = []
        at = 0
        try:
            while at < len(held):
                reply, at = _read(held, at, 0)
                replies.append(reply)
        except _NotYet:
            pass
        self._held = held[at:]
        if len(self._held) > MAX_REPLY_BYTES:
            raise NotResp("a reply without end")
        return replies


def _read(held: bytes, at: int, depth: int) -> tuple[Reply, int]:
    end = held.find(_LINE_END, at)
    if end < 0:
        if len(held) - at > _MAX_LINE_BYTES:
            raise NotResp("a line without end")
        if held[at : at + 1] not in b"$:*+-%>_":
            raise NotResp("not the protocol of Valkey or Redis")
        raise _NotYet
    kind, after = held[at : at + 1], end + 2
    if kind == b"$":  # so many bytes
        size = _number(held[at + 1 : end], MAX_REPLY_BYTES)
        if size < 0:
            return None, after
        if len(held) < after + size + 2:
            raise _NotYet
        return held[after : after + size], after + size + 2
    if kind in _LISTS:  # so many replies, or pairs of them
        number = _LISTS[kind] * _number(held[at + 1 : end], MAX_ITEMS)
        items, after = _read_list(held, after, number, depth + 1)
        return (Push(items) if kind == b">" else items), after
    return _read_word(kind, held[at + 1 : end]), after


def _read_word(kind: bytes, word: bytes) -> Reply:
    match kind:
        case b":":
            return _number(word, None)
        case b"+":
            return word
        case b"-":
            return ErrorReply(word.decode("utf-8", "replace"))
        case b"_":
            return None
        case _:
            raise NotResp("not the protocol of Valkey or Redis")


def _read_list(held: bytes, at: int, number: int, depth: int) -> tuple[list[Reply], int]:
    if depth > MAX_NESTING:
        raise NotResp("replies within replies without end")
    items: list[Reply] = []
    for _ in range(number):
        if at >= len(held):
            raise _NotYet
        item, at = _read(held, at, depth)
        items.append(item)
    return items, at


def _number(digits: bytes, most: int | None) -> int:
    if len(digits) > 20 or not digits.removeprefix(b"-").isdigit():
        raise NotResp("a number that is none")
    number = int(digits)
    if most is not None and number > most:
        raise NotResp("a reply that is too long")
    return number
