"""Commands on leaks: refused events that reached their rooms, and unseen signatures."""

from typing import Final

from countersign.ports.actors import Actor
from countersign.ports.stores.leaks import LeakReport, LeakStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_place
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.actors.readable_rooms import ReadableRooms
from countersign.service.leaks.unseen_signatures import UnseenSignatures

MAX_LISTED: Final = 1_000


class LeakCommands(CommandGroup):
    """Lists leaks."""

    def __init__(
        self,
        needs: CommandNeeds,
        leaks: LeakStore,
        unseen: UnseenSignatures,
        rooms: ReadableRooms,
    ) -> None:
        super().__init__(needs)
        self._leaks = leaks
        self._unseen = unseen
        self._rooms = rooms

    async def latest(
        self,
        actor: Actor,
        *,
        room_id: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> JsonObject:
        """Return leaks in rooms that the actor sees, newest first.

        Args:
            actor: the actor.
            room_id: only leaks in this room.
            before: start of the page: `next` of an earlier answer.
            limit: maximum number, up to 1,000.

        Returns:
            `leaks`; `next`, the value of `before` for the next page, None if there is none;
            `hints`, sentences about an unknown room, if nothing was found.

        Raises:
            BadJson: `before` is invalid.
        """
        self._permissions.require(actor, Command.LEAKS_LIST)
        before_key = None if before is None else await self._page_key(actor, before)
        community = self._rooms.community_of(room_id)
        await self._audit.read(actor, Command.LEAKS_LIST, community=community, subject=room_id)
        limit = max(1, min(limit, MAX_LISTED))
        rooms = self._rooms.of(actor, room_id=room_id)
        leaks = await self._leaks.latest(rooms=rooms, before_key=before_key, limit=limit)
        return {
            "leaks": [self._shown(report) for report in leaks],
            "next": leaks[-1].leak.key.hex() if len(leaks) == limit else None,
            "hints": [] if leaks else self._rooms.hints(actor, room_id=room_id),
        }

    async def _page_key(self, actor: Actor, before: str) -> bytes:
        """Return the key of the leak at which a page ended, if the actor sees it."""
        report = await self._leaks.find(checked_place("before", before))
        if report is None or not self._permissions.sees_room(actor, report.leak.room_id):
            raise BadJson("'before' must be what an earlier answer gave.")
        return report.leak.key

    def unseen_signatures(self, actor: Actor) -> list[JsonObject]:
        """Return each server that holds unseen signatures."""
        self._permissions.require(actor, Command.LEAKS_UNSEEN)
        return [
            {
                "server": count.server,
                "unseen": count.unseen,
                "unseen_lately": count.unseen_lately,
                "signed_lately": count.signed_lately,
                "is_alarming": count.is_alarming,
            }
            for count in self._unseen.counts()
        ]

    def _shown(self, report: LeakReport) -> JsonObject:
        leak = report.leak
        return {
            "reference": leak.reference,
            "event_id": leak.event_id,
            "room_id": leak.room_id,
            "room_name": self._rooms.names().get(leak.room_id),
            "sender": leak.sender,
            "event_type": leak.event_type,
            "brought_by": leak.brought_by,
            "is_secondhand": leak.is_secondhand,
            "is_part": leak.is_part,
            "channel": leak.channel.value,
            "noticed_ts": leak.noticed_ts,
            "hand_overs": [
                {
                    "recipient": each.recipient,
                    "state": each.state.value,
                    "attempts": each.attempts,
                    "outcome": each.outcome,
                    "tried_ts": each.tried_ts,
                }
                for each in report.outbox
            ],
        }
