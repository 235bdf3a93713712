"""Alerts of raids, and of crowds that may be raids, with reactions that hold newcomers back."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from countersign.basics.durations import HOUR_MS
from countersign.policy.measures.crowds import NewcomerCrowd
from countersign.policy.measures.raid_mode import RaidReport
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.management.alerting.alert_state import (
    EDIT_AFTER_MS,
    MAX_EDITS,
    MAX_MESSAGES,
    AlertState,
    SentAlert,
)
from countersign.service.management.alerting.alert_words import (
    RoomName,
    crowd_in_words,
    raid_in_words,
)
from countersign.service.management.alerting.waiting_lists import SendAlert
from countersign.service.management.answering import HOLD, RELEASE
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management
from countersign.service.management.wording import Wording
from countersign.service.own_events.sending import key_of

OFFERED: Final = (HOLD, RELEASE)

FindCrowd: TypeAlias = Callable[[str], Awaitable[NewcomerCrowd | None]]
"""Returns the crowd of a community that is not usual, None for none; may raise StoreUnavailable."""

log = structlog.get_logger()


class RaidAlerts:
    """Sends one alert of each raid, and at most one an hour of crowds, which grows with them.

    Args:
        messenger: edits, and adds reactions.
        find_raid: returns the raid that a community is in.
        find_crowd: returns its crowd.
    """

    def __init__(
        self,
        *,
        messenger: Messenger,
        clock: Clock,
        find_raid: Callable[[str], RaidReport | None],
        find_crowd: FindCrowd,
    ) -> None:
        self._messenger = messenger
        self._clock = clock
        self._find_raid = find_raid
        self._find_crowd = find_crowd

    async def update(
        self, management: Management, state: AlertState, send_alert: SendAlert, name_of: RoomName
    ) -> None:
        """Send or edit what is due.

        Args:
            management: of which community.
            state: the state of its alerts.
            send_alert: sends an alert.
            name_of: returns the name of a room.
        """
        report = self._find_raid(management.community)
        if report is not None and report.raid.started_ts != state.raid_started_ts:
            key = key_of("raid", management.community, str(report.raid.started_ts))
            if len(state.sent) < MAX_MESSAGES - 1:
                wording = raid_in_words(report)
                if (
                    await self._say_with_buttons(management, state, send_alert, key, wording)
                    is not None
                ):
                    state.raid_started_ts = report.raid.started_ts
        if report is None or not report.raid.is_strict(self._clock.now_ts()):
            await self._update_crowd(management, state, send_alert, name_of)

    async def _update_crowd(
        self, management: Management, state: AlertState, send_alert: SendAlert, name_of: RoomName
    ) -> None:
        try:
            crowd = await self._find_crowd(management.community)
        except StoreUnavailable as error:
            log.warning("a crowd cannot be compared with what is usual", reason=str(error))
            return
        if crowd is None:
            return
        now_ts, sent = self._clock.now_ts(), state.crowd
        wording = crowd_in_words(crowd, name_of)
        if sent is not None and now_ts - sent.message.sent_ts < HOUR_MS:
            is_due = crowd.messages >= 2 * sent.count and now_ts - sent.sent_ts >= EDIT_AFTER_MS
            if is_due and len(sent.message.also) < MAX_EDITS:
                sent.message = await self._messenger.edit(management, sent.message, wording)
                sent.count, sent.sent_ts = crowd.messages, now_ts
        elif len(state.sent) < MAX_MESSAGES - 1:
            key = key_of("crowd", management.community, str(now_ts // HOUR_MS))
            message = await self._say_with_buttons(management, state, send_alert, key, wording)
            if message is not None:
                state.crowd = SentAlert(message, crowd.messages, now_ts)

    async def _say_with_buttons(
        self,
        management: Management,
        state: AlertState,
        send_alert: SendAlert,
        key: bytes,
        wording: Wording,
    ) -> OwnMessage | None:
        message = await send_alert(management, state, key, wording, ())
        # After a restart it is found by its key, and has its buttons.
        if message is None or message.also:
            return message
        return await self._messenger.offer(management, message, OFFERED)
