"""Exemptions: events that a policy, or one of its steps, does not judge."""

from dataclasses import dataclass

from countersign.policy.document.globs import NO_GLOBS, Globs
from countersign.policy.events import Event
from countersign.policy.measures.trust_records import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemptions:
    """Events that are not judged.

    Attributes:
        users: globs over the sender's user ID.
        servers: globs over the sender's server name.
        event_types: globs over the event type.
        rooms: globs over the room ID.
        power_level: from this power level of the sender on; None for nobody.
        trust: from this level of trust on; None for nobody.
    """

    users: Globs = NO_GLOBS
    servers: Globs = NO_GLOBS
    event_types: Globs = NO_GLOBS
    rooms: Globs = NO_GLOBS
    power_level: int | None = None
    trust: Trust | None = None

    def cover(self, event: Event) -> bool:
        """Return True if `event` is exempt."""
        if self.power_level is not None and event.sender_power_level >= self.power_level:
            return True
        if self.trust is not None and event.standing.level.rank >= self.trust.rank:
            return True
        return (
            (self.users is not NO_GLOBS and self.users.match(event.sender))
            or (self.servers is not NO_GLOBS and self.servers.match(event.server))
            or (self.event_types is not NO_GLOBS and self.event_types.match(event.type))
            or (self.rooms is not NO_GLOBS and self.rooms.match(event.room_id))
        )


NO_EXEMPTIONS = Exemptions()
