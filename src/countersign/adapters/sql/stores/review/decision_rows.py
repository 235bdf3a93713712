"""Rows of decisions: made of decisions, and read again."""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec

from countersign.adapters.sql.database import Connection, NewDecision, Row
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import Decision, DetailsGone, RecordedDecision, Verdict
from countersign.policy.review.summaries import DecisionSummary
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import BadJson
from countersign.protocol.events.hashes import url_safe_event_id

_MAX_PLAIN: Final = 100
_MAX_NAMES: Final = 50_000
_read_decision: Final = msgspec.json.Decoder(Decision).decode
"""Takes half of the time of `Decision.from_json`, for an equal decision."""


def to_row(recorded: RecordedDecision) -> NewDecision:
    """Return the row of a decision."""
    decision = recorded.decision
    is_plain = False
    if not decision.findings:
        plain = _plain(decision.verdict, decision.policy_revision)
        is_plain = decision is plain or decision == plain
    return NewDecision(
        (
            recorded.key,
            None if recorded.event_id == url_safe_event_id(recorded.key) else recorded.event_id,
            recorded.decided_ts,
            decision.verdict._value_,
            None if is_plain else json.dumps(decision.to_stored(), ensure_ascii=False),
            None if is_plain else DecisionSummary.of(decision).to_text(),
        ),
        (
            recorded.room_id,
            recorded.sender,
            recorded.event_type,
            recorded.asked_by,
            decision.policy_revision,
        ),
    )


def read_stored(decision: str) -> Decision:
    """Return a decision as it was stored by this version or an earlier one.

    Raises:
        StoreUnavailable: it was damaged.
    """
    try:
        try:
            return _read_decision(decision)
        except msgspec.ValidationError:  # from an earlier version, or damaged
            return Decision.from_json(msgspec.json.decode(decision))
    except (ValueError, TypeError, BadJson) as error:
        raise StoreUnavailable(f"A stored decision can't be read: {error}") from error


def from_row(row: Row) -> RecordedDecision:
    """Return the recorded decision of a row with names.

    Raises:
        StoreUnavailable: the row was damaged.
    """
    return _recorded(
        row["key"],
        row["event_id"],
        row["decided_ts"],
        row["verdict"],
        row["decision"],
        row["details_gone"],
        room_id=row["room_id"],
        sender=row["sender"],
        event_type=row["event_type"],
        asked_by=row["asked_by"],
        policy_revision=row["policy_revision"],
    )


def with_names(*row: Any, name_of: Callable[[int | None], Any]) -> RecordedDecision:
    """Return the recorded decision of a row with numbers in place of names.

    Raises:
        StoreUnavailable: the row was damaged.
    """
    key, event_id, decided_ts, verdict, decision, gone, room, sender, kind, asked_by, revision = row
    return _recorded(
        key,
        event_id,
        decided_ts,
        verdict,
        decision,
        gone,
        room_id=name_of(room),
        sender=name_of(sender) or "",
        event_type=name_of(kind),
        asked_by=name_of(asked_by),
        policy_revision=name_of(revision),
    )


def _recorded(
    key: bytes,
    event_id: str | None,
    decided_ts: int,
    verdict: str,
    decision: str | None,
    details_gone: str | None,
    *,
    room_id: str,
    sender: str,
    event_type: str | None,
    asked_by: str,
    policy_revision: str,
) -> RecordedDecision:
    try:
        return RecordedDecision(
            key=key,
            room_id=room_id,
            event_id=event_id or url_safe_event_id(key),
            event_type=event_type or "",  # erased, as an empty sender is
            sender=sender,
            asked_by=asked_by,
            decided_ts=decided_ts,
            decision=(
                _plain(Verdict(verdict), policy_revision)
                if decision is None
                else read_stored(decision)
            ),
            details_gone=None if details_gone is None else DetailsGone(details_gone),
        )
    except (ValueError, TypeError, BadJson) as error:
        raise StoreUnavailable(f"A stored decision can't be read: {error}") from error


@lru_cache(_MAX_PLAIN)
def _plain(verdict: Verdict, policy_revision: str) -> Decision:
    """Return a decision without findings; as nearly all are, the object that judging returns."""
    plain_decision = Decision.from_findings((), policy_revision=policy_revision)
    return (
        plain_decision
        if verdict is plain_decision.verdict
        else Decision(
            verdict=verdict, findings=(), says=None, harms=(), policy_revision=policy_revision
        )
    )


class NamesByNumber:
    """Names by number, each looked up once.

    Attributes:
        known: the names that were looked up, by number.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.known: dict[int | None, str] = {}

    def look_up(self, numbers: Iterable[int | None]) -> None:
        """Look up the names with these numbers; those that were known before may be forgotten."""
        if len(self.known) > _MAX_NAMES:
            self.known.clear()
        unknown = sorted({each for each in numbers if each is not None}.difference(self.known))
        if unknown:
            values = {"numbers": json.dumps(unknown)}
            rows = self._connection.execute(get_query("names_of_numbers"), values)
            self.known.update(dict(rows))
