"""Connections to a Valkey or Redis server, and the reasons why they fail."""

import ssl
from typing import Any, Final

from valkey.asyncio.connection import Connection, SSLConnection
from valkey.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004 - the library's, which is no `OSError`
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,  # noqa: A004 - as above
)

from countersign.ports.shared_memory import SharedMemoryAddress

CONNECT_WITHIN_SECONDS: Final = 2.0
OF_ONE_OPERATION: Final = ("ERR", "WRONGTYPE")
"""Codes of errors of a single operation. Others, such as `OOM`, concern all operations."""
_CODES: Final[dict[type[Exception], str]] = {
    AuthenticationError: "WRONGPASS",
    BusyLoadingError: "LOADING",
    NoPermissionError: "NOPERM",
    OutOfMemoryError: "OOM",
    ReadOnlyError: "READONLY",
}
"""Codes that the library removes from the text of an error reply."""
_NO_PASSWORD: Final = "Authentication required"  # noqa: S105 - what a server says


def make_connection(
    address: SharedMemoryAddress, *, name: str, tls: ssl.SSLContext | None
) -> Connection:
    """Return a connection that is not open yet and never reconnects by itself.

    Args:
        address: the server's address, with user, password and database.
        name: the name of the connection in the server's list of clients.
        tls: verifies the server's certificate; None without TLS.
    """
    options: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "db": address.database,
        "username": address.user or None,
        "password": address.password or None,
        "client_name": name,
        # The client has time limits of its own for every reply.
        "socket_timeout": None,
        "socket_connect_timeout": CONNECT_WITHIN_SECONDS,
    }
    if tls is None:
        return Connection(**options)
    connection = SSLConnection(**options)
    connection.ssl_context.context = tls
    return connection


def code_of(error: Exception) -> str:
    """Return the code of the error that a server replied with, such as `OOM`."""
    if isinstance(error, AuthenticationError) and _NO_PASSWORD in str(error):
        return "NOAUTH"
    word = str(error).removeprefix("ERR ").partition(" ")[0]
    return _CODES.get(type(error)) or (word if word.isupper() else "ERR")


def reason_of(error: Exception) -> str:
    """Return why a server cannot be used, as a clause for the operator."""
    return _reason_of(error).rstrip(".")


def _reason_of(error: Exception) -> str:
    origin = error.__cause__ or error.__context__
    if isinstance(error, ResponseError | BusyLoadingError | AuthenticationError):
        code = _CODES.get(type(error)) and code_of(error)
        return f"it replied: {code} {error}" if code else f"it replied: {error}"
    if isinstance(error, InvalidResponse):
        return f"what answers there is no Valkey or Redis server: {error}"
    if isinstance(error, TimeoutError):
        return f"it did not answer within {CONNECT_WITHIN_SECONDS:.0f} seconds"
    if isinstance(origin, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {origin.verify_message}"
    if isinstance(origin, ssl.SSLError):
        return f"TLS failed: {origin.reason or origin}"
    if isinstance(error, ConnectionError) and isinstance(origin, OSError):
        return f"no connection: {origin.strerror or origin}"
    return f"no connection: {error}"
