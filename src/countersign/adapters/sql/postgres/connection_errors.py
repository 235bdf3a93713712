"""Errors of connections to PostgreSQL: their kinds, and sentences on what to do."""

import asyncio
from typing import Final

import asyncpg

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.ports.errors import StoreUnavailable

DRIVER_TROUBLE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it keeps of a connection does not fit any more
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    ValueError,  # of asyncpg's own code pages and parameters
)
"""Errors of the driver and of the network."""
_MISTAKES: Final = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.RaiseError,
    ValueError,
)
"""Errors that tell about the work and not about the database."""
CONFLICTS: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""Errors of transactions that met others: to be run again."""


def connect_failure(
    address: PostgresAddress, error: BaseException
) -> StoreUnavailable | DatabaseUnusable:
    """Return why a database can't be connected to, in a sentence that says what to do."""
    place = f"PostgreSQL at {address}"
    match error:
        case asyncpg.InvalidPasswordError():
            return DatabaseUnusable(
                f"{place} refuses the password ({error}). Correct it in the setting `database`, or"
                " in the file that it names."
            )
        case asyncpg.InvalidAuthorizationSpecificationError():
            return DatabaseUnusable(
                f"{place} lets this user not in: {error}. Create the user, or allow it in the"
                " server's pg_hba.conf."
            )
        case asyncpg.InvalidCatalogNameError():
            return DatabaseUnusable(
                f"{place} has no such database. Create it: createdb --encoding=UTF8"
                " --template=template0 --owner=USER NAME"
            )
        case asyncpg.ClientConfigurationError() | ValueError():
            return DatabaseUnusable(f"The setting `database` can't be used: {error}.")
        case asyncpg.TooManyConnectionsError():
            return StoreUnavailable(
                f"{place} has no connection left: {error}. Raise max_connections there."
            )
    reason = reason_of(error)
    return StoreUnavailable(f"{place} cannot be reached: {reason}.")


def reason_of(error: BaseException) -> str:
    """Return what an error says, as a clause."""
    first = next(iter(str(error).splitlines()), "")
    return first.rstrip(".") or "it took too long"


def is_mistake(error: BaseException) -> bool:
    """Return True if an error tells about the work and not about the database."""
    return isinstance(error, _MISTAKES) and not isinstance(
        error, asyncpg.InsufficientPrivilegeError
    )


def is_connection_lost(error: BaseException) -> bool:
    """Return True if a connection cannot be used after such an error."""
    return not isinstance(error, asyncpg.PostgresError) or isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.ReadOnlySQLTransactionError
        | asyncpg.InternalServerError,
    )


def as_unavailable(address: PostgresAddress, error: BaseException) -> StoreUnavailable:
    """Return the port's error for one of the driver's, and for its own."""
    if isinstance(error, StoreUnavailable):
        return StoreUnavailable(str(error))
    if isinstance(error, DatabaseUnusable):
        return StoreUnavailable(str(error))
    reason = reason_of(error)
    return StoreUnavailable(f"PostgreSQL at {address} does not answer: {reason}.")
