"""Port: audit log of changes, and of operators' reading of people's data."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from countersign.protocol.canonical_json import JsonObject

EVERY_COMMUNITY: Final = "*"
"""In place of a community's name: the command was about all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A command that an actor gave.

    Attributes:
        ts: the time when it began, in ms since the epoch.
        actor: the name of who gave it.
        kind: an `ActorKind`, as text.
        face: a `Face`, as text.
        command: a command of `service.commands.actors.permissions`, as text.
        community: the community whose data it is about; `EVERY_COMMUNITY`; or None if it is about
            none.
        subject: whom or what: a user, a room, a reference; None for nothing in particular.
        details: its parameters; of a change also what was `before` and `after` it. No secrets and
            no text of messages.
        result: `done`, or why not; None while it is under way, or if the program stopped meanwhile.
        entry_id: given by the store.
        undone_ts: the time when it was undone, in ms since the epoch; None if it was not.
    """

    ts: int
    actor: str
    kind: str
    face: str
    command: str
    community: str | None
    subject: str | None
    details: JsonObject
    result: str | None
    entry_id: int = 0
    undone_ts: int | None = None


class AuditStore(Protocol):
    """Stores entries in order. An entry never changes, except for its result and its undoing."""

    async def append(self, entry: AuditEntry) -> int:
        """Store an entry; return its ID, which is higher than that of every earlier one."""
        ...

    async def conclude(self, entry_id: int, result: str, details: JsonObject) -> None:
        """Store the result and details of a command; does nothing if it has a result."""
        ...

    async def begin_undo(self, entry_id: int, began_ts: int, given_up_ts: int) -> bool:
        """Begin to undo a change, unless it is undone already or another process undoes it.

        Args:
            entry_id: the entry of the change.
            began_ts: the present moment, in ms since the epoch; names this undoing.
            given_up_ts: an undoing that began before this moment never ends.

        Raises:
            StoreUnavailable: it is not known whether it is begun.
        """
        ...

    async def end_undo(self, entry_id: int, began_ts: int, undone_ts: int | None) -> None:
        """End what `begin_undo` began; does nothing if another process has taken it over.

        Args:
            entry_id: the entry of the change.
            began_ts: as it was given to `begin_undo`.
            undone_ts: the time when the change was reverted, in ms since the epoch; None if it was
                not.
        """
        ...

    async def latest(
        self,
        *,
        communities: Collection[str] | None = None,
        community: str | None = None,
        actor: str | None = None,
        except_commands: Collection[str] = (),
        since_ts: int = 0,
        before_id: int | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """Return up to `limit` (at most 1,000) entries, the newest first.

        Args:
            communities: only what is about one of these, or about all; None for everything.
            community: only what is about this one, or about all.
            actor: only commands of this actor.
            except_commands: leave out entries of these commands.
            since_ts: only what began at this moment or later, in ms since the epoch.
            before_id: only entries before that one.
            limit: maximum number.
        """
        ...
