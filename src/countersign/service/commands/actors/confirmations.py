"""Confirmations: commands that take effect only when a second person confirms them.

So a mistake or a hijacked account of one person cannot make these changes. A lead of the community
or an operator can confirm, but never the person who gave the command.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from countersign.basics.crockford import reference_of
from countersign.basics.durations import DAY_MS
from countersign.ports.actors import Actor
from countersign.ports.errors import StoreUnavailable
from countersign.ports.randomness import Randomness
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.confirmations import (
    Confirmation,
    ConfirmationState,
    ConfirmationStore,
)
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError
from countersign.protocol.identifiers import is_user_id
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmation_rules import ConfirmationRules
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import Forbidden, NotFound, WaitsForConfirmation

LASTS_MS: Final = DAY_MS
MAX_WAITING: Final = 100
MAX_WAITING_OF_ONE: Final = 10
_TO_CONFIRM: Final = (Command.CONFIRMATIONS_LIST,)

CarryOut: TypeAlias = Callable[[Actor, Confirmation], Awaitable[JsonObject]]
"""Carries out a command for the actor who confirmed it, and returns the result."""

FindAccount: TypeAlias = Callable[[str], Actor | None]
"""Returns a Matrix account as an actor with its present roles; None if it has none."""

log = structlog.get_logger()


class Confirmations(CommandGroup):
    """Keeps commands until a second person confirms them, and then carries them out.

    Args:
        store: keeps the commands.
        rules: which commands wait.
        register: knows whose access has ended.
        find_account: returns the roles of a Matrix account; None while no server runs, in which
            case commands of such accounts cannot be confirmed.
        randomness: makes references.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        store: ConfirmationStore,
        rules: ConfirmationRules,
        *,
        register: AccessRegister,
        find_account: FindAccount | None,
        randomness: Randomness,
    ) -> None:
        super().__init__(needs)
        self.rules = rules
        self._store = store
        self._register = register
        self._find_account = find_account
        self._randomness = randomness
        self._carry_out: dict[str, CarryOut] = {}

    def on_confirmed(self, command: Command, carry_out: CarryOut) -> None:
        """Register the function that carries out a command once it is confirmed."""
        self._carry_out[command.value] = carry_out

    async def ask(
        self,
        actor: Actor,
        command: Command,
        *,
        community: str | None,
        summary: str,
        parameters: JsonObject,
    ) -> WaitsForConfirmation:
        """Store a command; return the error that reports that it waits, which the caller raises.

        Args:
            actor: the actor who gives it; permission was checked.
            command: the command.
            community: the community that it is about; None for the whole server.
            summary: what it does, in a sentence.
            parameters: its parameters.

        Raises:
            BadJson: too many commands wait.
        """
        now_ts = self._clock.now_ts()
        waiting = await self._store.waiting(now_ts)
        own_waiting = sum(each.actor == actor.name for each in waiting)
        if len(waiting) >= MAX_WAITING or own_waiting >= MAX_WAITING_OF_ONE:
            raise BadJson(
                f"{own_waiting:,} commands of yours wait for a second person, and "
                f"{len(waiting):,} in all: have some confirmed or declined first."
            )
        confirmation = Confirmation(
            reference=reference_of(self._randomness.random_bytes(8)),
            command=command.value,
            community=community,
            actor=actor.name,
            face=actor.face.value,
            summary=summary,
            parameters=parameters,
            asked_ts=now_ts,
            expires_ts=now_ts + LASTS_MS,
        )
        await self._store.add(confirmation)
        log.info(
            "a command waits for a second person",
            command=command.value,
            actor=actor.name,
            reference=confirmation.reference,
        )
        return WaitsForConfirmation(confirmation.reference)

    async def list(self, actor: Actor) -> list[JsonObject]:
        """Return the waiting commands that an actor may confirm or gave, oldest first."""
        self._permissions.require(actor, Command.CONFIRMATIONS_LIST)
        return [
            self._shown(actor, each)
            for each in await self._store.waiting(self._clock.now_ts())
            if self._may_see(actor, each)
        ]

    async def show(self, actor: Actor, reference: object) -> JsonObject:
        """Return a waiting command with its parameters.

        Raises:
            NotFound: they have no waiting command with that reference.
        """
        self._permissions.require(actor, Command.CONFIRMATIONS_LIST)
        confirmation = await self._find(actor, reference)
        return {**self._shown(actor, confirmation), "parameters": confirmation.parameters}

    async def confirm(self, actor: Actor, reference: object) -> JsonObject:
        """Confirm a command and carry it out; return the result as `result`.

        If it fails, it keeps waiting. If one of the two persons is identified by a Matrix account,
        that account must have the command's role now, since up to a day may have passed.

        Raises:
            Forbidden: the actor gave it, or may not give it (any more).
            NotFound: they have no waiting command with that reference.
            BadJson: it can no longer be carried out, or not here.
            StoreUnavailable: it may not have been carried out.
        """
        self._permissions.require(actor, Command.CONFIRMATIONS_CONFIRM)
        confirmation = await self._find(actor, reference)
        if confirmation.actor == actor.name:
            raise Forbidden("You gave this command, so somebody else must confirm it.")
        if not self._may_still(actor.name, confirmation, *_TO_CONFIRM):
            raise Forbidden("Your role for this command has ended.")
        if self._register.has_ended(confirmation.actor) or not self._may_still(
            confirmation.actor, confirmation
        ):
            raise BadJson(
                f"The access of {confirmation.actor}, who gave this command, has ended. "
                "Decline it, and give it anew if it is right."
            )
        carry_out = self._carry_out.get(confirmation.command)
        if carry_out is None:
            raise BadJson("Only a running server can do this: start it first.")
        async with self._audit.change(
            actor,
            Command.CONFIRMATIONS_CONFIRM,
            community=confirmation.community or EVERY_COMMUNITY,
            subject=confirmation.reference,
            details={"command": confirmation.command, "asked_by": confirmation.actor},
        ):
            await self._decide(confirmation, ConfirmationState.CONFIRMED, actor)
            try:
                result = await carry_out(actor, confirmation)
            except (CountersignError, StoreUnavailable):
                await self._wait_again(confirmation)
                raise
        return {
            "reference": confirmation.reference,
            "command": confirmation.command,
            "done": result,
        }

    async def decline(self, actor: Actor, reference: object) -> JsonObject:
        """Decline a command, or withdraw one's own; return it.

        Raises:
            NotFound: they have no waiting command with that reference.
            StoreUnavailable: it still waits.
        """
        self._permissions.require(actor, Command.CONFIRMATIONS_DECLINE)
        confirmation = await self._find(actor, reference)
        async with self._audit.change(
            actor,
            Command.CONFIRMATIONS_DECLINE,
            community=confirmation.community or EVERY_COMMUNITY,
            subject=confirmation.reference,
            details={"command": confirmation.command, "asked_by": confirmation.actor},
        ):
            await self._decide(confirmation, ConfirmationState.DECLINED, actor)
        return self._shown(actor, confirmation)

    async def _find(self, actor: Actor, reference: object) -> Confirmation:
        normal_reference = str(reference).upper()
        for each in await self._store.waiting(self._clock.now_ts()):
            if each.reference == normal_reference and self._may_see(actor, each):
                return each
        raise NotFound(
            "Nothing waits for a second person under that reference: it was confirmed, declined or "
            "expired, or never was there."
        )

    async def _decide(
        self, confirmation: Confirmation, state: ConfirmationState, actor: Actor
    ) -> None:
        now_ts = self._clock.now_ts()
        if not await self._store.decide(confirmation.reference, state, actor.name, now_ts):
            raise NotFound("Somebody else was quicker: it does not wait any more.")

    async def _wait_again(self, confirmation: Confirmation) -> None:
        """Put a command that could not be carried out back among the waiting ones."""
        try:
            await self._store.reopen(confirmation)
        except StoreUnavailable as error:
            log.warning(
                "a command that failed waits no more: give it anew",
                reference=confirmation.reference,
                reason=str(error),
            )

    def _may_still(self, name: str, confirmation: Confirmation, *also: Command) -> bool:
        """Return False if `name` is a Matrix account that no longer has the role for a command.

        Raises:
            BadJson: no server runs, so roles of Matrix accounts are not known.
        """
        if not is_user_id(name):  # names of tokens are no user IDs
            return True
        if self._find_account is None:
            raise BadJson(
                f"Only the running server knows the role of {name} in the management room: start "
                "it first, or decline the command and give it anew."
            )
        holder = self._find_account(name)
        return holder is not None and self._may(holder, confirmation, *also)

    def _may_see(self, actor: Actor, confirmation: Confirmation) -> bool:
        """Return True if an actor may give that command there, and confirm in that community."""
        return self._may(actor, confirmation, *_TO_CONFIRM)

    def _may(self, actor: Actor, confirmation: Confirmation, *also: Command) -> bool:
        """Return True if an actor may give that command, and others, in its community."""
        try:
            for command in (*also, Command(confirmation.command)):
                if confirmation.community is None:
                    self._permissions.require(actor, command)
                else:
                    self._permissions.community(actor, command, confirmation.community)
        except CountersignError:
            return actor.is_operator
        return True

    def _shown(self, actor: Actor, confirmation: Confirmation) -> JsonObject:
        return {
            "reference": confirmation.reference,
            "command": confirmation.command,
            "community": confirmation.community,
            "asked_by": confirmation.actor,
            "face": confirmation.face,
            "summary": confirmation.summary,
            "asked_ts": confirmation.asked_ts,
            "expires_ts": confirmation.expires_ts,
            "is_own": confirmation.actor == actor.name,
        }
