"""Calls of the function on a Valkey or Redis server, and who waits for their replies."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from valkey.asyncio.connection import Connection
from valkey.exceptions import ResponseError

from countersign.adapters.valkey.scripts import Library
from countersign.ports.errors import StoreUnavailable

_NOT_LOADED: Final = "Function not found"

OnReply = Callable[[Any], None]
"""Takes a reply, or a `SharedMemoryLost` in its place."""


class SharedMemoryLost(StoreUnavailable):
    """The server does not answer, or not in time; what was asked of it may have happened."""


class Waiting(NamedTuple):
    """An operation whose reply somebody waits for.

    Attributes:
        key_prefix: begins all keys that it uses.
        operation: packed.
        on_reply: takes the reply.
        due_at: until when, on the clock of the event loop, in seconds.
    """

    key_prefix: bytes
    operation: bytes
    on_reply: OnReply
    due_at: float


async def call_function(connection: Connection, library: Library, *arguments: bytes) -> Any:
    """Return the reply of a library's function, one for each operation.

    Args:
        connection: nothing is under way on it.
        library: is loaded if the server does not have it.
        arguments: key prefixes, then as many operations.

    Raises:
        ValkeyError: the server refuses the call as a whole, or cannot be reached.
    """
    command = (b"FCALL", library.name, len(arguments) // 2, *arguments)
    await connection.send_command(*command)
    try:
        return await connection.read_response()
    except ResponseError as error:
        if str(error) != _NOT_LOADED:
            raise
    # It has not loaded the library, or forgot it, as FUNCTION FLUSH and a restart have it do.
    await connection.send_command(b"FUNCTION", b"LOAD", b"REPLACE", library.code)
    await connection.read_response()
    await connection.send_command(*command)
    return await connection.read_response()
