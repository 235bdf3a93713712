"""Classes of PostgreSQL connection errors, and messages that say what to do about them."""

import asyncio
from typing import Final

import asyncpg

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.ports.errors import StoreUnavailable

DRIVER_TROUBLE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver's state of a connection is inconsistent
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    ValueError,  # from asyncpg's own encoding and parameter checks
)
"""Errors of the driver and of the network."""
_MISTAKES: Final = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.RaiseError,
    ValueError,
)
"""Errors caused by the statement or its values, not by the state of the database."""
GRANT: Final = (
    "Use the owner of the tables in the setting `database`, or have the owner run: GRANT SELECT,"
    " INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO the user; GRANT USAGE ON ALL"
    " SEQUENCES IN SCHEMA public TO the user."
)
"""Remedy if the user of the setting lacks rights."""
CONFLICTS: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""Errors of transactions that conflicted with others; they are run again."""


def connect_failure(
    address: PostgresAddress, error: BaseException
) -> StoreUnavailable | DatabaseUnusable:
    """Return the error for a failed connection attempt; its message says what to do."""
    place = f"PostgreSQL at {address}"
    match error:
        case asyncpg.InvalidPasswordError():
            return DatabaseUnusable(
                f"{place} refuses the password ({error}). Correct it in the setting `database`, or"
                " in the file that it names."
            )
        case asyncpg.InvalidAuthorizationSpecificationError():
            return DatabaseUnusable(
                f"{place} does not let this user in: {error}. Create the user with LOGIN, or allow"
                " it in the server's pg_hba.conf."
            )
        case asyncpg.InvalidCatalogNameError():
            return DatabaseUnusable(
                f"{place} has no such database. Create it: createdb --encoding=UTF8"
                " --template=template0 --owner=USER NAME"
            )
        case asyncpg.ClientConfigurationError() | ValueError():
            return DatabaseUnusable(f"The setting `database` can't be used: {reason_of(error)}.")
        case asyncpg.UndefinedObjectError():
            return DatabaseUnusable(
                f"The setting `database` has a parameter that {place} does not know:"
                f" {reason_of(error)}. See docs/postgresql.md for those that are known."
            )
        case asyncpg.TooManyConnectionsError():
            return StoreUnavailable(
                f"{place} has no connection left: {reason_of(error)}. Each process needs eight:"
                " raise max_connections there, or the CONNECTION LIMIT of this user or database."
            )
    reason = reason_of(error)
    return StoreUnavailable(f"{place} cannot be reached: {reason}.")


def reason_of(error: BaseException) -> str:
    """Return the text of an error as a clause for a message."""
    first = next(iter(str(error).splitlines()), "")
    return first.rstrip(".") or "it took too long"


def is_mistake(error: BaseException) -> bool:
    """Return True if the statement or its values caused the error, not the database's state."""
    return isinstance(error, _MISTAKES) and not isinstance(
        error, asyncpg.InsufficientPrivilegeError
    )


def is_connection_lost(error: BaseException) -> bool:
    """Return True if the connection cannot be used after such an error."""
    return not isinstance(error, asyncpg.PostgresError) or isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.ReadOnlySQLTransactionError
        | asyncpg.InternalServerError,
    )


def as_unavailable(address: PostgresAddress, error: BaseException) -> StoreUnavailable:
    """Return the port's error for an error of the driver, or for one of our own."""
    if isinstance(error, StoreUnavailable):
        return StoreUnavailable(str(error))
    if isinstance(error, DatabaseUnusable):
        return StoreUnavailable(str(error))
    reason = reason_of(error)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return StoreUnavailable(f"PostgreSQL at {address} refuses: {reason}. {GRANT}")
    return StoreUnavailable(f"PostgreSQL at {address} does not answer: {reason}.")
