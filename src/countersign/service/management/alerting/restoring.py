"""Restoration of current incidents after a start, from stored messages and decisions.

The only data stored for this purpose is the number of refusals in each message. Everything else
comes from decisions, so erased or expired data is not restored.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from countersign.basics.durations import DAY_MS, HOUR_MS, MINUTE_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.ports.stores.own_user.management import ManagementStore, OwnMessage
from countersign.service.management.alerting.alert_state import AlertState, SentAlert
from countersign.service.management.alerting.incidents import Incident

SINCE_MS: Final = DAY_MS
MAX_REFUSALS: Final = 12_000
"""Maximum number of refusals that are read, latest first; a larger incident gets a new message."""
AT_ONCE: Final = 3_000
QUEUED_MS: Final = 10 * MINUTE_MS
"""Age of a refusal up to which this process may also have queued it."""
_DIGEST_LATE_MS: Final = 10_000
"""Maximum delay between incidents and the digest that includes them."""


class Restoring:
    """Restores the state of alerts after a start.

    Args:
        store: the messages that were sent.
        community_of: returns the community of a room, by its ID; None for a management room.
    """

    def __init__(
        self,
        store: ManagementStore,
        decisions: DecisionStore,
        community_of: Callable[[str], str | None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._community_of = community_of
        self._clock = clock

    async def restore(self, states: Mapping[str, AlertState]) -> frozenset[bytes]:
        """Fill the states, by community; return the keys of the refusals that they contain.

        Raises:
            StoreUnavailable: the states are unchanged.
        """
        now_ts = self._clock.now_ts()
        messages = await self._store.alerts_since(now_ts - SINCE_MS)
        refusals = await self._read(now_ts - SINCE_MS) if messages else []
        for name, state in states.items():
            own_messages = [each for each in messages if each.community == name]
            state.sent |= {
                each.key: each.sent_ts for each in own_messages if now_ts - each.sent_ts < HOUR_MS
            }
            _restore_digest(state, own_messages, now_ts)
        for each in reversed(refusals):
            community = self._community_of(each.room_id)
            if community is not None and community in states:
                going_on = states[community]
                for over in going_on.incidents.pop_ended(each.decided_ts):
                    _count_in_digest(going_on, over, messages)
                going_on.incidents.add(each)
        for state in states.values():
            for incident in state.incidents.going_on():
                message = _message_of(incident, messages)
                if message is not None:
                    state.sent_alerts[incident.key] = SentAlert(message, message.refusals, now_ts)
                else:
                    _count_in_digest(state, incident, messages)
        return frozenset(each.key for each in refusals if now_ts - each.decided_ts < QUEUED_MS)

    async def _read(self, since_ts: int) -> list[RecordedDecision]:
        """Return the latest refusals, the newest first."""
        query = DecisionQuery(verdict=Verdict.REFUSE, since_ts=since_ts, has_findings=True)
        decisions: list[RecordedDecision] = []
        page = await self._decisions.latest(query, limit=AT_ONCE)
        while page:
            decisions += page
            if len(page) < AT_ONCE or len(decisions) >= MAX_REFUSALS:
                break
            page = await self._decisions.latest(query, limit=AT_ONCE, before_key=page[-1].key)
        return decisions


def _restore_digest(state: AlertState, messages: Sequence[OwnMessage], now_ts: int) -> None:
    """Restore the digest of the last hour: the message on refusals without references."""
    for each in messages:
        if each.refusals and not each.references and now_ts - each.sent_ts < HOUR_MS:
            state.digest = SentAlert(each, each.refusals, now_ts)


def _count_in_digest(state: AlertState, incident: Incident, messages: Sequence[OwnMessage]) -> None:
    """Count an incident without its own message, if the digest includes it."""
    digest = state.digest
    if digest is None or incident.last_ts < digest.message.sent_ts - _DIGEST_LATE_MS:
        return
    if _message_of(incident, messages) is None:
        state.count_missed(incident)


def _message_of(incident: Incident, messages: Sequence[OwnMessage]) -> OwnMessage | None:
    """Return the message of an incident: one with a reference of its first refusals."""
    references = set(incident.references)
    return next((each for each in messages if references & set(each.references)), None)
