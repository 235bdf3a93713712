"""Calls of the function on a Valkey or Redis server."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from valkey.exceptions import ResponseError

from countersign.adapters.valkey.scripts import Library
from countersign.adapters.valkey.streams import Command, ReplyStream
from countersign.ports.errors import StoreUnavailable

_NOT_LOADED: Final = "Function not found"
OnReply = Callable[[Any], None]
"""Called with the reply, or with a `SharedMemoryLost` if there is none."""


class SharedMemoryLost(StoreUnavailable):
    """The server does not answer in time; it is unknown if the operation was carried out."""


class Waiting(NamedTuple):
    """An operation without a reply yet.

    Attributes:
        key_prefix: the prefix of all keys that it uses.
        operation: the packed operation.
        on_reply: called with the reply; None if no reply is needed.
        due_at: the time until which the reply must come, in seconds of the event loop's clock.
    """

    key_prefix: bytes
    operation: bytes
    on_reply: OnReply | None
    due_at: float

    def report_lost(self, reason: str) -> None:
        """Call `on_reply` with a `SharedMemoryLost` that has this reason."""
        if self.on_reply is not None:
            self.on_reply(SharedMemoryLost(reason))


async def run_commands(connection: ReplyStream, commands: Sequence[Command]) -> None:
    """Run commands, and wait for their replies.

    Raises:
        ValkeyError: the server refuses one, or cannot be reached.
    """
    await connection.send(commands)
    for _ in commands:
        await connection.read_response()


async def call_function(
    connection: ReplyStream, library: Library, *arguments: bytes, behind: Sequence[Command] = ()
) -> Any:
    """Call a library's function; return its reply, a list with one item for each operation.

    Args:
        connection: an idle connection.
        library: the library; it is loaded if the server does not have it.
        arguments: the key prefixes, then as many operations.
        behind: commands that are sent before the call, in one piece with it.

    Raises:
        ValkeyError: the server refuses the call as a whole, or one of the commands, or cannot be
            reached.
    """
    command = _call_of(library, arguments)
    await connection.send([*behind, command])
    for _ in behind:
        await connection.read_response()
    try:
        return await connection.read_response()
    except ResponseError as error:
        if str(error) != _NOT_LOADED:
            raise
    # The library was never loaded, or was lost by FUNCTION FLUSH or a restart.
    await connection.send([(b"FUNCTION", b"LOAD", b"REPLACE", library.code)])
    await connection.read_response()
    await connection.send([command])
    return await connection.read_response()


async def call_without_reply(connection: ReplyStream, library: Library, *arguments: bytes) -> None:
    """Call a library's function without a reply.

    Errors are not seen, not even that the library is not loaded; `call_function` sees them.

    Args:
        connection: an idle connection.
        library: the library.
        arguments: the key prefixes, then as many operations.

    Raises:
        ValkeyError: the server cannot be reached.
    """
    await connection.send([(b"CLIENT", b"REPLY", b"SKIP"), _call_of(library, arguments)])


def too_slow(within_seconds: float) -> str:
    """Return the reason why a server is lost whose reply came late."""
    return f"it did not reply within {within_seconds * 1_000:.0f} ms"


async def check_server(
    connection: ReplyStream, library: Library, *arguments: bytes, within_seconds: float
) -> bool:
    """Check that a server can be used; return `skips_replies`.

    Args:
        connection: an idle connection.
        library: the library; it is loaded if the server does not have it.
        arguments: the key prefix and the packed operation of a trial.
        within_seconds: the time that a reply may take.

    Raises:
        SharedMemoryLost: it replies later. Each new connection would have an event wait until the
            server is lost again.
        ValkeyError: the server refuses the operation, or cannot be reached.
    """
    (reply,) = await call_function(connection, library, *arguments)
    if isinstance(reply, Exception):
        raise reply
    is_skipping = await skips_replies(connection, library, *arguments)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await call_function(connection, library, *arguments)
    if loop.time() - began > within_seconds:
        raise SharedMemoryLost(too_slow(within_seconds))
    return is_skipping


async def skips_replies(connection: ReplyStream, library: Library, *arguments: bytes) -> bool:
    """Return True if the server sends no reply to `call_without_reply`.

    A user may lack the permission for that, and some proxies do not support it.

    Args:
        connection: an idle connection.
        library: the library, which is loaded.
        arguments: the key prefixes, then as many operations, which must succeed.

    Raises:
        ValkeyError: the server cannot be reached.
    """
    await call_without_reply(connection, library, *arguments)
    try:
        reply = await call_function(connection, library, *arguments)
    except ResponseError:
        reply = None
    if isinstance(reply, list):
        return True
    # That was the reply to `CLIENT REPLY SKIP`; those to both calls follow.
    for _ in range(2):
        await connection.read_response()
    return False


def _call_of(library: Library, arguments: Sequence[bytes]) -> Command:
    return (b"FCALL", library.name, len(arguments) // 2, *arguments)
