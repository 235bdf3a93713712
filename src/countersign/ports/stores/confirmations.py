"""Port: store of commands that wait for a second person's confirmation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from countersign.protocol.canonical_json import JsonObject


class ConfirmationState(StrEnum):
    """State of a command that waits, or waited; the value is stored and never changes."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A command that one person gave and another is to confirm.

    Attributes:
        reference: its name for people.
        command: a command of `service.commands.actors.permissions`, as text.
        community: the community whose data it is about; None if it is about the whole server.
        actor: the actor who gave it.
        face: the way by which they did, as text.
        summary: what it does, in a sentence.
        parameters: what it is carried out with; empty once it waits no more.
        asked_ts: the time when it was given, in ms since the epoch.
        expires_ts: the time from which nobody can confirm it.
        state: its state.
        decided_by: who confirmed or declined it; None if nobody has.
    """

    reference: str
    command: str
    community: str | None
    actor: str
    face: str
    summary: str
    parameters: JsonObject
    asked_ts: int
    expires_ts: int
    state: ConfirmationState = ConfirmationState.WAITING
    decided_by: str | None = None


class ConfirmationStore(Protocol):
    """Stores commands that wait for confirmation; durable once a method returns."""

    async def add(self, confirmation: Confirmation) -> None:
        """Store a command that waits, under a new reference."""
        ...

    async def waiting(self, now_ts: int) -> list[Confirmation]:
        """Return the waiting commands, oldest first; those whose time is over expire."""
        ...

    async def decide(
        self, reference: str, state: ConfirmationState, actor: str, now_ts: int
    ) -> bool:
        """End the waiting of a command, delete its parameters; return False if it was not waiting.

        If several callers do so at once, one gets True.
        """
        ...

    async def reopen(self, confirmation: Confirmation) -> None:
        """Let a command that was decided wait again, with its parameters."""
        ...
