"""The contract of `SessionStore`, beside the `SignInStore` of the same database."""

from collections.abc import Callable
from typing import TypeAlias

from countersign.ports.stores.review.sessions import Notice, SessionStore, StoredSession
from countersign.ports.stores.review.sign_ins import SignInStore

OpenSessions: TypeAlias = Callable[[], SessionStore]
OpenSignIns: TypeAlias = Callable[[], SignInStore]
ERIN = "@erin:example.org"


def make_session(number: int, *, actor: str = ERIN) -> StoredSession:
    """Return a session that began and was proven and used at `number` ms."""
    return StoredSession(
        secret_hash=bytes([number]) * 32,
        actor=actor,
        token_proof=None if actor == ERIN else b"proof",
        proven_ts=number,
        began_ts=number,
        used_ts=number,
    )


async def _open(
    store: SessionStore, *sessions: StoredSession, used_since_ts: int = 0, began_since_ts: int = 0
) -> None:
    for each in sessions:
        await store.open(
            each,
            used_since_ts=used_since_ts,
            began_since_ts=began_since_ts,
            most=4,
            most_of_actor=2,
        )


async def _found(store: SessionStore, *numbers: int) -> list[int]:
    return [
        number
        for number in numbers
        if await store.find(make_session(number).secret_hash) is not None
    ]


class SessionStoreContract:
    """Contract tests that every `SessionStore` must pass."""

    async def test_every_process_knows_a_session(self, open_store: OpenSessions) -> None:
        await _open(open_store(), make_session(1), make_session(2, actor="ann"))

        for each in (make_session(1), make_session(2, actor="ann")):
            assert await open_store().find(each.secret_hash) == each
        assert await open_store().find(b"?" * 32) is None

    async def test_use_and_notices_are_kept(self, open_store: OpenSessions) -> None:
        store = open_store()
        await _open(store, make_session(1))
        key = make_session(1).secret_hash
        notices = (Notice(words="Done."), Notice(words="More \u2713", undo_since_ts=5))

        await store.note_use(key, 9)
        await store.note_use(key, 8)
        await store.keep_notices(key, notices)

        found = await open_store().find(key)
        assert found is not None
        assert (found.used_ts, found.notices) == (9, notices)

    async def test_old_ones_and_too_many_go(self, open_store: OpenSessions) -> None:
        store = open_store()
        await _open(store, *map(make_session, (1, 2, 3)))
        assert await _found(store, 1, 2, 3) == [2, 3]
        await _open(store, *(make_session(number, actor=f"a{number}") for number in (4, 5, 6)))
        assert await _found(store, 2, 3, 4, 5, 6) == [3, 4, 5, 6]
        await _open(store, make_session(7, actor="a7"), used_since_ts=5)
        assert await _found(store, 3, 4, 5, 6, 7) == [5, 6, 7]
        await _open(store, make_session(8, actor="a8"), began_since_ts=7)
        assert await _found(store, 5, 6, 7, 8) == [7, 8]

    async def test_closing_ends_one(self, open_store: OpenSessions) -> None:
        store = open_store()
        await _open(store, make_session(1), make_session(2))

        await store.close(make_session(1).secret_hash)

        assert await _found(open_store(), 1, 2) == [2]

    async def test_ending_ones_sessions_ends_those_that_were_proven_before(
        self, open_store: OpenSessions, open_sign_ins: OpenSignIns
    ) -> None:
        store = open_store()
        await _open(store, make_session(1), make_session(2, actor="@eve:example.org"))

        await open_sign_ins().end_sessions(ERIN, 5, since_ts=0)
        # One of a sign-in that was under way, and one of after that.
        await _open(store, make_session(5), make_session(6))

        assert await _found(store, 1, 2, 5, 6) == [2, 6]
