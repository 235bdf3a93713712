"""Connections to a PostgreSQL database, checked before they are used."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import asyncpg

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, newest_version
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.attempts import Attempts
from countersign.adapters.sql.postgres.connection_errors import (
    DRIVER_TROUBLE,
    GRANT,
    connect_failure,
)
from countersign.adapters.sql.postgres.statements import escaped, unescaped
from countersign.adapters.sql.postgres.timelines import Timelines
from countersign.ports.errors import StoreUnavailable

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Isolation: TypeAlias = Literal["read committed", "repeatable read, read only", "serializable"]

CONNECT_SECONDS: Final = 2.0
_CLOSE_SECONDS: Final = 1.0
_LOCK_MS: Final = 1_000
_COMMAND_SECONDS: Final = 30.0
_OLDEST_VERSION: Final = 14
_CACHED_STATEMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class PostgresConnection:
    """An open connection.

    Attributes:
        driver: the driver's connection.
        is_direct: True if there is no pooler that gives each transaction another session. Then
            statements can be prepared, and settings of the session last.
        statement_ms: the maximum time of one statement, in milliseconds.
    """

    driver: Driver
    is_direct: bool
    statement_ms: int

    @asynccontextmanager
    async def transaction(self, isolation: Isolation) -> AsyncIterator[None]:
        """Begin a transaction; commit it at the end, or roll it back after an error.

        When this returns, the changes are durable on this server, and on the standbys that it waits
        for.

        Raises:
            asyncpg.PostgresError, OSError, TimeoutError: the transaction may not be committed.
        """
        seconds = self.statement_ms / 1_000 + CONNECT_SECONDS
        settings = "" if self.is_direct else self._settings("LOCAL")
        await self.driver.execute(f"BEGIN ISOLATION LEVEL {isolation}; {settings}", timeout=seconds)
        try:
            yield
        except BaseException:
            if not self.driver.is_closed():
                with suppress(*DRIVER_TROUBLE):
                    await self.driver.execute("ROLLBACK", timeout=_CLOSE_SECONDS)
            raise
        await self.driver.execute("COMMIT", timeout=seconds)

    async def set_up(self) -> None:
        """Apply the same settings to the session, for statements outside transactions."""
        await self.driver.execute(
            f"{self._settings('SESSION')}; SET default_transaction_isolation = 'read committed'"
        )

    def _settings(self, scope: Literal["SESSION", "LOCAL"]) -> str:
        return (
            f"SET {scope} statement_timeout = {self.statement_ms};"
            f" {set_lock_timeout(scope)};"
            f" SET {scope} idle_in_transaction_session_timeout = 60000;"
            f" SET {scope} synchronous_commit = on"
        )

    async def close(self) -> None:
        """Close the connection, whatever state it is in."""
        try:
            await self.driver.close(timeout=_CLOSE_SECONDS)
        except (*DRIVER_TROUBLE, asyncio.CancelledError):
            self.driver.terminate()


def set_lock_timeout(scope: Literal["SESSION", "LOCAL"]) -> str:
    """Return the statement that limits how long a statement waits for a lock."""
    return f"SET {scope} lock_timeout = {_LOCK_MS}"


class Connector:
    """Opens connections to one database, for all threads of the process.

    Args:
        address: the database's address.
        needs_schema: refuse a database that does not have this program's schema.
    """

    def __init__(self, address: PostgresAddress, *, needs_schema: bool = True) -> None:
        self.address = address
        self._needs_schema = needs_schema
        self._is_direct = False  # not known before the first check
        self._attempts = Attempts()
        self.timelines: Final = Timelines()

    async def connect(
        self,
        *,
        statement_ms: int,
        has_fixed_plans: bool = False,
        statements: Sequence[Sequence[Any]] = (),
    ) -> PostgresConnection:
        """Connect to a database that accepts writes.

        Args:
            statement_ms: the maximum time of one statement, in milliseconds.
            has_fixed_plans: have the server plan each statement once for all values. By default it
                plans a statement with lists each time, which takes half of the statement's time.
            statements: statements with their values, which change nothing; they are prepared. The
                server counts the time from the first message about a statement to the last, so in a
                process that waits for a processor in between, a statement that is prepared on its
                first use would be cut off.

        Raises:
            StoreUnavailable: it can't be reached, or could not be reached a moment ago.
            DatabaseUnusable: an operator has to act first; the message says what to do.
        """
        with self._attempts.attempt():
            connection = await self._connect(statement_ms, statements)
            if has_fixed_plans and connection.is_direct:
                await self._fix_plans(connection.driver)
            return connection

    async def _fix_plans(self, driver: Driver) -> None:
        try:
            await driver.execute("SET plan_cache_mode = force_generic_plan")
        except DRIVER_TROUBLE as error:
            driver.terminate()
            raise connect_failure(self.address, error) from error
        except BaseException:
            driver.terminate()
            raise

    async def is_answering(self) -> bool:
        """Return False if the server sends nothing within two seconds, not even a refusal."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                driver = await asyncpg.connect(dsn=self.address.url, password=self.address.password)
        except asyncpg.PostgresError:
            return True
        except (*DRIVER_TROUBLE, asyncpg.ClientConfigurationError):
            return False
        driver.terminate()
        return True

    async def _connect(
        self, statement_ms: int, statements: Sequence[Sequence[Any]]
    ) -> PostgresConnection:
        may_prepare = self._is_direct
        driver = await self._open(may_prepare=may_prepare)
        try:
            row = await self._look(driver)
            is_direct = row["pid"] == driver.get_server_pid()
            if is_direct is not may_prepare:
                # A pooler gives each transaction another session, which lacks our prepared
                # statements.
                driver.terminate()
                driver = await self._open(may_prepare=is_direct)
            self._is_direct = is_direct
            await self.timelines.look(driver)
            await driver.set_type_codec(
                "text", schema="pg_catalog", encoder=escaped, decoder=unescaped
            )
            connection = PostgresConnection(driver, is_direct, statement_ms)
            if is_direct:
                for each in statements:
                    await driver.fetch(*each)
                await connection.set_up()  # from here on statements have a time limit
        except DRIVER_TROUBLE as error:
            driver.terminate()
            self._is_direct = False  # until it is checked again
            raise connect_failure(self.address, error) from error
        except BaseException:
            driver.terminate()
            raise
        return connection

    async def _open(self, *, may_prepare: bool) -> Driver:
        try:
            return await asyncpg.connect(
                dsn=self.address.url,
                password=self.address.password,
                timeout=CONNECT_SECONDS,
                command_timeout=_COMMAND_SECONDS,
                statement_cache_size=_CACHED_STATEMENTS if may_prepare else 0,
                max_cached_statement_lifetime=0,  # not prepared again every five minutes
                server_settings={"application_name": "countersign"},
            )
        except (*DRIVER_TROUBLE, asyncpg.ClientConfigurationError) as error:
            raise connect_failure(self.address, error) from error

    async def _look(self, driver: Driver) -> asyncpg.Record:
        """Return the server's description of itself, and check that the database can be used."""
        # In one transaction: a pooler may answer two statements by two sessions.
        row = await driver.fetchrow(_LOOK)
        if row is None or row["is_standby"]:
            raise StoreUnavailable(
                f"PostgreSQL at {self.address} is a read-only standby. Name the primary in the"
                " setting `database`."
            )
        if row["is_read_only"]:
            raise StoreUnavailable(
                f"PostgreSQL at {self.address} is set to read-only, as some providers do when a"
                " disk is full. Make room there, and reset default_transaction_read_only."
            )
        if row["server_version"] < _OLDEST_VERSION * 10_000:
            raise DatabaseUnusable(
                f"PostgreSQL at {self.address} has version {row['server_version'] // 10_000}."
                f" Countersign needs version {_OLDEST_VERSION} or newer."
            )
        if row["encoding"] != "UTF8":
            raise DatabaseUnusable(
                f"The database {self.address} has the encoding {row['encoding']}, which cannot"
                " hold all texts. Create one with: createdb --encoding=UTF8 --template=template0"
            )
        if self._needs_schema:
            schema = await read_schema(driver)
            if not schema.is_usable:
                raise StoreUnavailable(
                    f"The database has another schema version now ({schema.version}, which needs"
                    f" programs of {schema.min_compatible} or newer; ours is {newest_version()})."
                )
            if closed := await driver.fetchval(_CLOSED_TABLES):
                raise DatabaseUnusable(
                    f"The user of the setting `database` may not read and write {closed} tables of"
                    f" {self.address}. {GRANT}"
                )
        return row


_LOOK: Final = """
SELECT pg_backend_pid() AS pid,
    pg_is_in_recovery() AS is_standby,
    current_setting('transaction_read_only') = 'on' AS is_read_only,
    CAST(current_setting('server_version_num') AS integer) AS server_version,
    pg_encoding_to_char(encoding) AS encoding
FROM pg_database WHERE datname = current_database()
"""


_CLOSED_TABLES: Final = """
SELECT count(*) FROM pg_class AS each
JOIN pg_class AS known ON each.relowner = known.relowner
    AND each.relnamespace = known.relnamespace
WHERE known.oid = to_regclass('schema_version') AND each.relkind = 'r'
    AND each.relname NOT IN ('schema_version', 'schema_compatibility')
    AND NOT (
        has_table_privilege(each.oid, 'SELECT') AND has_table_privilege(each.oid, 'INSERT')
        AND has_table_privilege(each.oid, 'UPDATE') AND has_table_privilege(each.oid, 'DELETE')
    )
"""
"""Counts our tables that the user may not use; others may be in the schema, of other owners."""
_HAS_SCHEMA: Final = (
    "SELECT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass('schema_version'))"
)
"""Reads `pg_class`, which shows tables that another session made while this one waited."""
_SCHEMA: Final = "SELECT version, min_compatible FROM schema_version, schema_compatibility"


async def read_schema(driver: Driver) -> Schema:
    """Return the schema of a database; versions 0 if it has none of ours.

    Raises:
        asyncpg.PostgresError, OSError, TimeoutError: it can't be read.
    """
    if not await driver.fetchval(_HAS_SCHEMA):
        return Schema(0, 0)
    row = await driver.fetchrow(_SCHEMA)
    return Schema(0, 0) if row is None else Schema(row["version"], row["min_compatible"])
