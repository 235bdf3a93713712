"""Redactions by our own user, as a recipient of leaks."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from countersign.policy.languages.sentences import in_any_language
from countersign.policy.languages.tags import ENGLISH
from countersign.ports.stores.leaks import Leak
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.leaks.outbox import DeliveryFailed, DeliveryPointless
from countersign.service.own_events.building import REDACTION, Draft
from countersign.service.own_events.sending import POLICY_REFUSES, CannotSend, OwnEvents
from countersign.service.rooms.room import Room

MAX_ROOMS_REMEMBERED: Final = 10_000
REASON: Final = "Refused by this room's policy server"

log = structlog.get_logger()


class OwnRedactions:
    """A recipient of leaks that redacts them as our user, in rooms that give it the power.

    Args:
        own_events: sends events of our user.
        language_of: returns the language of a room's people.
    """

    most_at_once = 1

    def __init__(
        self,
        identity: Identity,
        own_events: OwnEvents,
        *,
        language_of: Callable[[str], str] = lambda _: ENGLISH,
    ) -> None:
        self.name = identity.user_id
        self._identity = identity
        self._own_events = own_events
        self._language_of = language_of
        self._powerless: dict[str, None] = {}

    async def deliver(self, leaks: Sequence[Leak]) -> str:
        """Redact these events; the redactions are sent to the room's servers in the background."""
        redactions = [
            await self.redact(leak.room_id, leak.event_id, key=leak.key) for leak in leaks
        ]
        return f"redacted by {', '.join(redactions)}"

    async def redact(self, room_id: str, event_id: str, *, key: bytes) -> str:
        """Redact an event; the redaction is sent to the room's servers in the background.

        Args:
            room_id: its room.
            event_id: the event.
            key: identifies the reason, 32 bytes; there is one redaction for each key.

        Returns:
            The ID of the redaction.

        Raises:
            DeliveryFailed: it is not possible now.
            DeliveryPointless: our user may not redact there.
        """
        draft = Draft(
            key=key,
            type=REDACTION,
            content={"reason": in_any_language(REASON, self._language_of(room_id))},
            redacts=event_id,
        )
        try:
            return await self._own_events.send(room_id, draft, check=self._check)
        except AnswerUntrustworthy as error:
            raise DeliveryFailed(str(error), room_id=room_id) from error
        except CannotSend as error:
            if str(error) == POLICY_REFUSES:
                raise DeliveryFailed(str(error), room_id=room_id) from error
            raise DeliveryPointless(str(error)) from error

    def _check(self, room: Room) -> None:
        """Check that our user may redact in the room.

        Raises:
            DeliveryPointless: it may not.
        """
        if self._identity.find_listed_key(room.state.room_policy) is None:
            # Another Policy Server would have to sign our redaction.
            raise DeliveryPointless("the room names this policy server no more")
        if not room.state.may_redact(self._identity.user_id):
            self._log_trouble(room)
            raise DeliveryPointless(
                f"our user has no power to redact there: it has "
                f"{room.state.power_levels.user_level(self._identity.user_id)}, and needs "
                f"{room.state.power_levels.redact} and what m.room.redaction asks"
            )

    def _log_trouble(self, room: Room) -> None:
        """Log a warning for the operator, once for each room."""
        if room.room_id in self._powerless or len(self._powerless) >= MAX_ROOMS_REMEMBERED:
            return
        self._powerless[room.room_id] = None
        log.warning(
            "our user cannot redact refused events in a room: it lacks the power",
            room_id=room.room_id,
            remedy=f"A moderator can give {self._identity.user_id} the power level that redact "
            "asks for, or leave redacting to a bot.",
        )
