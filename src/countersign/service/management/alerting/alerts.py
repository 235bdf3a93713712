"""Alerts in management rooms, with a limit on messages, however much is refused.

An incident has one message, which is edited as more is refused. A community gets at most
`MAX_MESSAGES` within an hour; the last of them is a digest of everything else, also edited.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog

from countersign.basics.durations import HOUR_MS, MINUTE_MS
from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.confirmations import ConfirmationStore
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.ports.stores.review.appeals import AppealStore
from countersign.ports.stores.review.reports import ReportStore
from countersign.ports.stores.review.reviews import ReviewStore
from countersign.protocol.rooms.room_state import ENCRYPTION
from countersign.service.management.alerting.alert_state import (
    EDIT_AFTER_MS,
    MAX_EDITS,
    MAX_MESSAGES,
    AlertState,
    SentAlert,
    is_quiet,
    on_duty,
)
from countersign.service.management.alerting.alert_words import (
    ENCRYPTED,
    digest_in_words,
    dropped_in_words,
    incident_in_words,
    joined,
)
from countersign.service.management.alerting.appealed import Appealed
from countersign.service.management.alerting.incidents import Incident
from countersign.service.management.alerting.raid_alerts import FindCrowd, RaidAlerts
from countersign.service.management.alerting.refusals import Refusals
from countersign.service.management.alerting.reported import Reported
from countersign.service.management.alerting.restoring import Restoring
from countersign.service.management.alerting.waiting_commands import WaitingCommands
from countersign.service.management.alerting.waiting_lists import WaitingListMessages
from countersign.service.management.answering import OFFERED
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.management.wording import Exact, Wording
from countersign.service.own_events.sending import key_of
from countersign.service.rooms.room import Room

LOOK_EVERY_SECONDS: Final = 2.0
AGAIN_AFTER_MS: Final = MINUTE_MS
"""Time for which nothing is sent to a room after a failure."""

log = structlog.get_logger()


class Alerts:
    """Sends alerts to management rooms: refusals, raids, dropped steps, and what waits for answers.

    Args:
        refusals: the queue of refusals.
        messenger: sends messages.
        find_room: returns a room that we are in.
        find_raid: returns the raid that a community is in.
        find_crowd: returns its crowd that is not usual.
        dropped_steps: returns the steps that the runaway guard dropped.
        confirmations: knows the commands that wait for a second person.
        reports: knows the events that members reported.
        reviews: knows which of them moderators have handled.
        appeals: knows the open appeals.
        restoring: restores current incidents after a restart.
    """

    def __init__(
        self,
        rooms: ManagementRooms,
        *,
        refusals: Refusals,
        messenger: Messenger,
        clock: Clock,
        find_room: Callable[[str], Room | None],
        find_raid: Callable[[str], RaidReport | None],
        find_crowd: FindCrowd,
        dropped_steps: Callable[[], Sequence[DroppedStep]],
        confirmations: ConfirmationStore,
        reports: ReportStore,
        reviews: ReviewStore,
        appeals: AppealStore,
        restoring: Restoring,
    ) -> None:
        self._rooms = rooms
        self._refusals = refusals
        self._messenger = messenger
        self._clock = clock
        self._find_room = find_room
        self._raids = RaidAlerts(
            messenger=messenger, clock=clock, find_raid=find_raid, find_crowd=find_crowd
        )
        self._dropped_steps = dropped_steps
        telling = WaitingListMessages(messenger=messenger, clock=clock)
        self._waiting = WaitingCommands(confirmations, telling=telling, clock=clock)
        self._reported = Reported(reports, reviews, telling=telling, clock=clock)
        self._appealed = Appealed(appeals, telling=telling)
        self._restoring = restoring
        self._restored = asyncio.Lock()
        self._is_restored = False
        self._added: frozenset[bytes] = frozenset()
        self._states = {each.community: AlertState() for each in rooms.all}

    async def run(self, management: Management) -> None:
        """Send one community its alerts, every two seconds, until cancelled.

        Each community has its own task: a room whose servers do not answer does not delay others.
        """
        await self.restore()
        while True:
            await self.send_due(management)
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def send_due(self, management: Management) -> None:
        """Process queued refusals, and send a community its due alerts."""
        for community, recorded in self._refusals.pop_queued():
            is_new = recorded.key not in self._added
            if is_new and not self._rooms.is_management_room(recorded.room_id):
                self._states[community].incidents.add(recorded)
        await self._send_alerts(management, self._states[management.community])

    async def restore(self) -> None:
        """Restore the incidents from before the start; only the first call does so."""
        async with self._restored:
            if self._is_restored:
                return
            self._is_restored = True
            try:
                self._added = await self._restoring.restore(self._states)
            except StoreUnavailable as error:
                log.warning("earlier alerts are not known", reason=str(error))

    async def _send_alerts(self, management: Management, state: AlertState) -> None:
        now_ts = self._clock.now_ts()
        room_id = self._rooms.room_id_of(management)
        room = self._find_room(room_id) if room_id is not None else None
        over = state.incidents.pop_ended(now_ts)
        is_heard = room is not None and room.is_joined and now_ts >= state.not_before_ts
        if room is not None and is_heard and room.state.is_encrypted:
            await self._warn_of_encryption(management, room)
        elif (
            room is not None
            and is_heard
            and management.has_alerts
            and not is_quiet(management, now_ts)
        ):
            state.sent = {key: ts for key, ts in state.sent.items() if now_ts - ts < HOUR_MS}
            await self._raids.update(management, state, self._send, self._name_of)
            await self._send_dropped_steps(management, state)
            await self._waiting.update(management, state, self._send)
            await self._appealed.update(management, state, self._send)
            is_here = partial(_is_in, room)
            await self._reported.update(management, state, self._send, is_here=is_here)
            for incident in (*over, *state.incidents.going_on()):
                await self._send_incident(management, state, incident, has_ended=incident in over)
            await self._send_digest(management, state)
        for incident in over:
            state.count_missed(incident)
            state.sent_alerts.pop(incident.key, None)
            state.digested.pop(incident.key, None)

    async def _send_incident(
        self, management: Management, state: AlertState, incident: Incident, *, has_ended: bool
    ) -> None:
        sent = state.sent_alerts.get(incident.key)
        if sent is not None:
            if self._is_due(sent, incident.count, has_ended=has_ended):
                wording = incident_in_words(incident, self._name_of)
                told_before = len(sent.message.references)
                sent.message = await self._messenger.edit(
                    management,
                    sent.message,
                    wording,
                    references=incident.references[told_before:],
                    refusals=incident.count,
                )
                sent.count, sent.sent_ts = incident.count, self._clock.now_ts()
            return
        if incident.key in state.digested or len(state.sent) >= MAX_MESSAGES - 1:
            state.count_missed(incident)
            return
        key = key_of("incident", management.community, incident.step, incident.references[0])
        message = await self._send(
            management,
            state,
            key,
            incident_in_words(incident, self._name_of),
            incident.references,
            refusals=incident.count,
        )
        if message is not None:
            message = await self._messenger.offer(management, message, OFFERED)
            state.sent_alerts[incident.key] = SentAlert(
                message, incident.count, self._clock.now_ts()
            )

    async def _send_digest(self, management: Management, state: AlertState) -> None:
        count, now_ts = state.missed.total(), self._clock.now_ts()
        if count == 0:
            return
        digest = state.digest
        if digest is not None and now_ts - digest.message.sent_ts >= HOUR_MS:
            state.missed, state.digest = Counter(), None
            return
        wording = digest_in_words(state.missed, state.missed_since_ts)
        if digest is not None:
            if self._is_due(digest, count, has_ended=False):
                digest.message = await self._messenger.edit(
                    management, digest.message, wording, refusals=count
                )
                digest.count, digest.sent_ts = count, now_ts
        elif len(state.sent) < MAX_MESSAGES:
            key = key_of("digest", management.community, str(now_ts))
            message = await self._send(management, state, key, wording, (), refusals=count)
            if message is not None:
                state.digest = SentAlert(message, count, now_ts)

    async def _send_dropped_steps(self, management: Management, state: AlertState) -> None:
        for each in self._dropped_steps():
            what = each.step, each.dropped_ts
            if each.community != management.community or what in state.dropped:
                continue
            if len(state.sent) < MAX_MESSAGES - 1:
                key = key_of("dropped", each.community, each.step, str(each.dropped_ts))
                wording = dropped_in_words(each)
                if await self._send(management, state, key, wording, ()) is not None:
                    state.dropped.add(what)

    async def _warn_of_encryption(self, management: Management, room: Room) -> None:
        event = room.state.find(ENCRYPTION)
        if event is not None:
            key = key_of("encrypted", event.event_id)
            if await self._messenger.say(management, key, Wording.of(ENCRYPTED)) is None:
                state = self._states[management.community]
                state.not_before_ts = self._clock.now_ts() + AGAIN_AFTER_MS

    async def _send(
        self,
        management: Management,
        state: AlertState,
        key: bytes,
        wording: Wording,
        references: list[str] | tuple[()],
        *,
        refusals: int = 0,
    ) -> OwnMessage | None:
        now_ts = self._clock.now_ts()
        if now_ts < state.not_before_ts:
            return None
        called = on_duty(management, now_ts)
        if called:
            wording.line("On duty: ", *joined([Exact(each) for each in called]))
        message = await self._messenger.say(
            management,
            key,
            wording,
            references=references,
            is_alert=True,
            mentions=called,
            refusals=refusals,
        )
        if message is None:
            state.not_before_ts = now_ts + AGAIN_AFTER_MS
        else:
            state.sent[key] = message.sent_ts
        return message

    def _is_due(self, sent: SentAlert, count: int, *, has_ended: bool) -> bool:
        """Return True if a message is to be edited: at the end, or when its count has doubled.

        So an incident of a thousand refusals has ten edits.
        """
        if count == sent.count or len(sent.message.also) >= MAX_EDITS:
            return False
        if has_ended:
            return True
        is_grown = count >= 2 * sent.count
        return is_grown and self._clock.now_ts() - sent.sent_ts >= EDIT_AFTER_MS

    def _name_of(self, room_id: str) -> str | None:
        room = self._find_room(room_id)
        return None if room is None else room.state.name


def _is_in(room: Room, user_id: str) -> bool:
    return room.state.membership_of(user_id) == "join"
