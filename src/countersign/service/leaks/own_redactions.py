"""Redactions of our own: the recipient of leaks that is our own user."""

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
    """A recipient of leaks that redacts them itself, where the room lets our user.

    Args:
        identity: who we are.
        own_events: sends as our user.
        language_of: the language that the people of a room read.
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

    async def tell(self, leaks: Sequence[Leak]) -> str:
        """Redact these events, and leave it to the delivery that the room's servers hear of it."""
        made = [await self.redact(leak.room_id, leak.event_id, key=leak.key) for leak in leaks]
        return f"redacted by {', '.join(made)}"

    async def redact(self, room_id: str, event_id: str, *, key: bytes) -> str:
        """Redact an event, and leave it to the delivery that the room's servers hear of it.

        Args:
            room_id: its room.
            event_id: the event.
            key: of what it is redacted for, 32 bytes: there is one redaction for each.

        Returns:
            The ID of the redaction.

        Raises:
            DeliveryFailed: it cannot be done now.
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
            # Another policy server would have to sign our redaction.
            raise DeliveryPointless("the room names this policy server no more")
        if not room.state.may_redact(self._identity.user_id):
            self._complain(room)
            raise DeliveryPointless(
                f"our user has no power to redact there: it has "
                f"{room.state.power_levels.of_user(self._identity.user_id)}, and needs "
                f"{room.state.power_levels.redact} and what m.room.redaction asks"
            )

    def _complain(self, room: Room) -> None:
        """Inform the operator, once for each room."""
        if room.room_id in self._powerless or len(self._powerless) >= MAX_ROOMS_REMEMBERED:
            return
        self._powerless[room.room_id] = None
        log.warning(
            "our user cannot redact refused events in a room: it lacks the power",
            room_id=room.room_id,
            remedy=f"A moderator can give {self._identity.user_id} the power level that redact "
            "asks for, or leave redacting to a bot.",
        )
