"""Store of browsers that wait for somebody to sign in, and of who ended their sessions."""

from dataclasses import asdict

from countersign.adapters.sql.database import Connection, Database, Row
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.review.sign_ins import BrowserSignIn


class SqlSignInStore:
    """Implements `ports.stores.review.sign_ins.SignInStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, sign_in: BrowserSignIn, *, since_ts: int, most: int, most_of_network: int
    ) -> None:
        """Store a browser that waits, and delete what is too old or too many."""
        values = asdict(sign_in)

        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_old_sign_ins"), {"since_ts": since_ts})
            connection.execute(
                get_query("delete_sign_ins_of_network"),
                {"network": sign_in.network, "kept": most_of_network - 1},
            )
            connection.execute(get_query("delete_oldest_sign_ins"), {"kept": most - 1})
            connection.execute(get_query("insert_sign_in"), values)

        await self._database.write(write)

    async def waiting(self, *, since_ts: int) -> list[BrowserSignIn]:
        """Return the browsers that began to wait at a moment or later, the oldest first."""
        rows = await self._database.read_rows(get_query("sign_ins"), {"since_ts": since_ts})
        return [_sign_in(row) for row in rows]

    async def approve(self, secret_hash: bytes, user_id: str, number: str) -> bool:
        """Store who approved a browser; False if somebody had, or it does not wait."""
        values = {"secret_hash": secret_hash, "user_id": user_id, "number": number}
        return await self._database.write_rows(get_query("approve_sign_in"), values) == 1

    async def count_wrong_try(self, secret_hash: bytes) -> None:
        """Count a wrong number."""
        await self._database.write_rows(get_query("count_wrong_try"), {"secret_hash": secret_hash})

    async def remove(self, secret_hash: bytes) -> bool:
        """Delete a browser; False if it was gone."""
        values = {"secret_hash": secret_hash}
        return await self._database.write_rows(get_query("delete_sign_in"), values) == 1

    async def end_sessions(self, user_id: str, ended_ts: int, *, since_ts: int) -> None:
        """Store that somebody ended their sessions, and delete what they approved."""

        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_approved_sign_ins"), {"user_id": user_id})
            connection.execute(get_query("delete_ended_sessions"), {"since_ts": since_ts})
            values = {"user_id": user_id, "ended_ts": ended_ts}
            connection.execute(get_query("upsert_ended_sessions"), values)

        await self._database.write(write)

    async def sessions_ended_ts(self, user_id: str) -> int | None:
        """Return when somebody ended their sessions last; None if they have not."""
        row = await self._database.find(get_query("find_ended_sessions"), {"user_id": user_id})
        return None if row is None else int(row["ended_ts"])


def _sign_in(row: Row) -> BrowserSignIn:
    return BrowserSignIn(
        secret_hash=bytes(row["secret_hash"]),
        code=row["code"],
        network=row["network"],
        browser=row["browser"],
        began_ts=row["began_ts"],
        approved_by=row["approved_by"],
        number=row["number"],
        wrong_tries=row["wrong_tries"],
    )
