"""Store of sign-ins to the dashboard and of attempts."""

import hmac
from dataclasses import asdict, replace

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from
from countersign.ports.stores.review.sign_ins import BrowserSignIn


class SqlSignInStore(SqlStore):
    """Implements `ports.stores.review.sign_ins.SignInStore`."""

    async def add(
        self, sign_in: BrowserSignIn, *, since_ts: int, most: int, most_of_network: int
    ) -> None:
        values = {**asdict(sign_in), "is_confirmed": int(sign_in.is_confirmed)}

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
        rows = await self._database.read_rows(get_query("sign_ins"), {"since_ts": since_ts})
        return [_sign_in(row) for row in rows]

    async def approve(
        self, secret_hash: bytes, user_id: str, number: str, *, approved_ts: int
    ) -> bool:
        values = {
            "secret_hash": secret_hash,
            "user_id": user_id,
            "number": number,
            "approved_ts": approved_ts,
        }
        return await self._database.write_rows(get_query("approve_sign_in"), values) == 1

    async def confirm(
        self, user_id: str, number: str, *, since_ts: int, most_tries: int
    ) -> BrowserSignIn | None:
        def write(connection: Connection) -> BrowserSignIn | None:
            about = {"user_id": user_id, "since_ts": since_ts}
            waiting = map(_sign_in, connection.execute(get_query("sign_ins_to_confirm"), about))
            for each in list(waiting):
                if hmac.compare_digest(each.number.encode(), number.encode()):
                    key = {"secret_hash": each.secret_hash}
                    connection.execute(get_query("confirm_sign_in"), key)
                    return replace(each, is_confirmed=True)
            connection.execute(get_query("count_wrong_tries"), {"user_id": user_id})
            tried = {"user_id": user_id, "most": most_tries}
            connection.execute(get_query("delete_wrongly_tried"), tried)
            return None

        return await self._database.write(write)

    async def remove(self, secret_hash: bytes) -> bool:
        values = {"secret_hash": secret_hash}
        return await self._database.write_rows(get_query("delete_sign_in"), values) == 1

    async def end_sessions(self, user_id: str, ended_ts: int, *, since_ts: int) -> None:
        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_approved_sign_ins"), {"user_id": user_id})
            connection.execute(get_query("delete_sessions_of"), {"user_id": user_id})
            connection.execute(get_query("delete_ended_sessions"), {"since_ts": since_ts})
            values = {"user_id": user_id, "ended_ts": ended_ts}
            connection.execute(get_query("upsert_ended_sessions"), values)

        await self._database.write(write)

    async def is_token_used(self, token_hash: bytes) -> bool:
        values = {"token_hash": token_hash}
        return await self._database.find(get_query("find_used_token"), values) is not None

    async def use_token(
        self, token_hash: bytes, user_id: str, used_ts: int, *, since_ts: int, most_of_user: int
    ) -> bool:
        values = {"token_hash": token_hash, "user_id": user_id, "used_ts": used_ts}

        def write(connection: Connection) -> bool:
            is_new = connection.execute(get_query("use_token"), values).rowcount == 1
            connection.execute(get_query("delete_old_used_tokens"), {"since_ts": since_ts})
            kept = {"user_id": user_id, "kept": most_of_user}
            connection.execute(get_query("delete_used_tokens_of"), kept)
            return is_new

        return await self._database.write(write)

    async def take_attempt(
        self, network: str, now_ts: int, *, every_ms: int, burst: int, most: int
    ) -> int:
        def write(connection: Connection) -> int:
            connection.execute(get_query("delete_rested"), {"now_ts": now_ts})
            row = connection.execute(get_query("find_attempts"), {"network": network}).fetchone()
            # So that nobody is locked out for longer after the clock was set back.
            known_ts = now_ts if row is None else min(row["rested_ts"], now_ts + burst * every_ms)
            rested_ts = int(known_ts) + every_ms
            if rested_ts > now_ts + burst * every_ms:
                return rested_ts - now_ts - burst * every_ms
            values = {"network": network, "rested_ts": rested_ts}
            connection.execute(get_query("keep_attempts"), values)
            connection.execute(get_query("delete_most_rested"), {"kept": most})
            return 0

        return await self._database.write(write)


def _sign_in(row: Row) -> BrowserSignIn:
    return record_from(BrowserSignIn, row, secret_hash=bytes, is_confirmed=bool)
