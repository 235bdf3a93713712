"""`countersign` with one of its guards disabled, to prove that a campaign detects it.

    python -m campaigns.sabotage NAME serve --config FILE

Who watches the watchmen: a campaign that finds nothing proves something only if it would have found
the thing.
"""

import asyncio
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.cli.main import main
from countersign.policy.filters.text.keyword import Keyword
from countersign.protocol.events import pdu as events
from countersign.protocol.keys.x_matrix import XMatrix
from countersign.service.evaluation import decide
from countersign.service.signing import sign_event
from countersign.service.signing.request_auth import RequestAuth

if TYPE_CHECKING:
    from collections.abc import Callable

LATE_SECONDS: Final = 0.5


def program(name: str) -> tuple[str, ...]:
    """Return the command that stands for `countersign`."""
    return (sys.executable, "-m", "campaigns.sabotage", name)


def _leave_hashes_unchecked() -> None:
    events.is_hash_of = lambda *_: True  # type: ignore[assignment]


def _leave_events_unverified() -> None:
    async def verify_nothing(*_: object, **__: object) -> None:
        return

    sign_event.check_signatures = verify_nothing  # type: ignore[attr-defined]


def _leave_requests_unverified() -> None:
    async def verify_nothing(_: RequestAuth, credentials: XMatrix, *__: Any, **___: Any) -> str:
        return credentials.origin

    RequestAuth.verify = verify_nothing  # type: ignore[assignment]


def _remember_rejected_copies() -> None:
    """Answer a copy whose hash is wrong as if it were the event itself."""
    sign_event.SignEvent._decide_verified = _decide_any_copy  # type: ignore[assignment]  # noqa: SLF001


async def _decide_any_copy(
    self: Any, pdu: Any, room: Any, origin: str, _: bytes | None, **__: bool
) -> Any:
    return await self._decide.run(pdu, room, origin)


def _answer_before_the_commit() -> None:
    record = SqlDecisionStore.record
    tasks = set()

    async def record_late(self: SqlDecisionStore, recorded: Any) -> Any:
        async def later() -> None:
            await asyncio.sleep(LATE_SECONDS)
            await record(self, recorded)

        standing = await self.find(recorded.key)
        if standing is not None:
            return standing
        task = asyncio.create_task(later())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return recorded

    SqlDecisionStore.record = record_late  # type: ignore[method-assign]


def _forget_our_signatures() -> None:
    """Take no event for one that we signed already, whatever signature it comes with."""
    decide.carried_policy_signature_is_valid = lambda *_: False  # type: ignore[attr-defined]


def _find_nothing() -> None:
    """Have no keyword found, as under the opposite policy."""
    Keyword.judge = lambda *_: None  # type: ignore[method-assign]


SABOTAGES: Final = MappingProxyType(
    {
        "hashes-unchecked": _leave_hashes_unchecked,
        "events-unverified": _leave_events_unverified,
        "requests-unverified": _leave_requests_unverified,
        "copies-remembered": _remember_rejected_copies,
        "answer-before-commit": _answer_before_the_commit,
        "our-signatures-forgotten": _forget_our_signatures,
        "nothing-found": _find_nothing,
    }
)


def _main() -> None:
    sabotage: Callable[[], None] = SABOTAGES[sys.argv.pop(1)]
    sabotage()
    main()


if __name__ == "__main__":
    _main()
