"""Commands on leaks: refused events that reached their rooms, and unseen signatures."""

from typing import Final

from countersign.ports.actors import Actor
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.leaks import LeakReport, LeakStore
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.actors.readable_rooms import RoomNames
from countersign.service.leaks.unseen_signatures import UnseenSignatures

MAX_LISTED: Final = 1_000


class LeakCommands:
    """Lists leaks."""

    def __init__(
        self,
        leaks: LeakStore,
        unseen: UnseenSignatures,
        room_names: RoomNames,
        permissions: Permissions,
        audit: AuditLog,
    ) -> None:
        self._leaks = leaks
        self._unseen = unseen
        self._room_names = room_names
        self._permissions = permissions
        self._audit = audit

    async def latest(
        self, actor: Actor, *, room_id: str | None = None, limit: int = 50
    ) -> list[JsonObject]:
        """Return the newest leaks first, in rooms that the actor sees.

        Raises:
            Forbidden: the actor may see none.
            StoreUnavailable: the store can't be read now.
        """
        self._permissions.require(actor, Command.LEAKS_LIST)
        community = (
            EVERY_COMMUNITY if room_id is None else self._permissions.community_of(room_id).name
        )
        await self._audit.read(actor, Command.LEAKS_LIST, community=community, subject=room_id)
        limit = max(1, min(limit, MAX_LISTED))
        if actor.is_operator:
            found = await self._leaks.latest(room_id=room_id, limit=limit)
        else:
            seen = [
                each
                for each in sorted(self._room_names())
                if room_id in (None, each) and self._permissions.sees_room(actor, each)
            ]
            found = [
                report
                for each in seen
                for report in await self._leaks.latest(room_id=each, limit=limit)
            ]
            found = sorted(found, key=lambda report: -report.leak.noticed_ts)[:limit]
        return [self._shown(report) for report in found]

    def unseen_signatures(self, actor: Actor) -> list[JsonObject]:
        """Return each server that had events signed which nobody has seen since.

        Raises:
            Forbidden: the actor is no operator.
        """
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
            "room_name": self._room_names().get(leak.room_id),
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
