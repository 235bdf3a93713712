"""Command on the protection of rooms: each step, whether it is done, and what to do."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from countersign.basics.durations import HOUR_MS
from countersign.ports.actors import Actor
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_alias, is_room_id
from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.identity import Identity
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.policies.space_answers import NotInDirectory
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_alerts import AlertKind

MAX_ROOMS: Final = 200
"""Maximum number of rooms of one space in an answer."""
MAX_ASKED_AT_ONCE: Final = 8
MAX_SERVERS_ASKED: Final = 3
"""Maximum number of servers that are asked whether they would let us into a room."""
FRESH_MS: Final = HOUR_MS

_OF_NAMING: Final = frozenset(
    {AlertKind.NOT_NAMED, AlertKind.KEY_MISMATCH, AlertKind.LEAKED_KEY, AlertKind.FORMER_KEY}
)


class StepState(StrEnum):
    """State of one step."""

    DONE = "done"
    OPEN = "todo"
    """A person has to do something."""
    LATER = "later"
    """Unknown until the steps before it are done; it may need no action then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionStep:
    """One step on the way to a protected room.

    Attributes:
        step: `joined`, `named`, `readable`, `state` or `asked`.
        state: done or not.
        message: a sentence on its state; may contain text from other servers.
        remedy: what to do; empty for nothing.
    """

    step: str
    state: StepState
    message: str
    remedy: str = ""


class ProtectionSteps(CommandGroup):
    """Returns the steps of a room, or of all rooms of a space.

    Args:
        rooms: the rooms that we are in.
        finder: looks up the rooms of aliases and spaces.
        federation: asks servers whether they would let us in, without joining.
        decisions: have the time of a room's last request.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        identity: Identity,
        *,
        rooms: Rooms,
        finder: RoomFinder,
        federation: FederationClient,
        decisions: DecisionStore,
    ) -> None:
        super().__init__(needs)
        self._identity = identity
        self._rooms = rooms
        self._finder = finder
        self._federation = federation
        self._decisions = decisions
        self._slots = asyncio.Semaphore(MAX_ASKED_AT_ONCE)

    async def list_steps(
        self, actor: Actor, name: object, *, is_space: bool = False, via: Sequence[str] = ()
    ) -> JsonObject:
        """Return the steps of a room, or of each room of a space.

        Args:
            actor: the actor. Only operators can ask about rooms that we are not in, since that
                needs requests to other servers.
            name: an ID or alias.
            is_space: it is a space; the answer has its rooms.
            via: servers that are in the room, if it is named by its ID.

        Returns:
            `rooms`: for each `room_id`, `name`, `via` and `steps`; `missing`: why these are not all
            rooms of the space, or null.

        Raises:
            BadJson: it is no room ID or alias.
            NotFound: no server knows the room, or the actor does not see it.
        """
        self._permissions.require(actor, Command.ROOMS_STEPS)
        checked = _checked_name(name)
        try:
            answer = await self._finder.look_up(checked, is_space=is_space, via=via)
        except NotInDirectory as error:
            raise NotFound(f"It is not known which room {checked} is: {error}") from error
        room_ids = sorted(answer.found.room_ids)
        visible = [each for each in room_ids if self._is_told(actor, each)]
        if not visible:
            raise NotFound(f"We are not in {checked}.")
        shown = visible[:MAX_ROOMS]
        missing = answer.missing
        if len(visible) > MAX_ROOMS:
            missing = f"it holds {len(visible):,} rooms; {MAX_ROOMS} are shown"
        return {
            "rooms": await asyncio.gather(
                *(self._of_room(room_id, answer.found.servers) for room_id in shown)
            ),
            "missing": missing or None,
        }

    def _is_told(self, actor: Actor, room_id: str) -> bool:
        if actor.is_operator:
            return True
        return self._rooms.get(room_id) is not None and self._permissions.sees_room(actor, room_id)

    async def _of_room(self, room_id: str, servers: tuple[str, ...]) -> JsonObject:
        room = self._rooms.get(room_id)
        if room is None or not room.is_joined:
            steps = [await self._not_joined(room_id, room, servers), *_LATER]
        else:
            user_id = self._identity.user_id
            joined = ProtectionStep(
                step="joined", state=StepState.DONE, message=f"{user_id} is in the room."
            )
            steps = [
                joined,
                self._named(room),
                _readable(room),
                self._fresh(room),
                await self._requests_step(room),
            ]
        return {
            "room_id": room_id,
            "name": None if room is None else room.state.name,
            "via": list(servers),
            "steps": [asdict(step) for step in steps],
        }

    async def _not_joined(
        self, room_id: str, room: Room | None, servers: tuple[str, ...]
    ) -> ProtectionStep:
        user_id = self._identity.user_id
        if self._rooms.is_joining(room_id):
            return ProtectionStep(
                step="joined", state=StepState.LATER, message=f"{user_id} is joining the room."
            )
        before = f" {room.alerts[0].message}." if room is not None and room.alerts else ""
        async with self._slots:
            host, reason = await self._who_lets_us_in(room_id, servers)
        if host is not None:
            return ProtectionStep(
                step="joined",
                state=StepState.OPEN,
                message=f"{user_id} is not in the room, and {host} would let it in.{before}",
                remedy=f"countersign rooms join '{room_id}' --via {host}",
            )
        return ProtectionStep(
            step="joined",
            state=StepState.OPEN,
            message=f"{user_id} is not in the room, and may not join: {reason}.{before}",
            remedy=f"Invite {user_id}, from an account that `invites: accept_from` names.",
        )

    async def _who_lets_us_in(
        self, room_id: str, servers: tuple[str, ...]
    ) -> tuple[str | None, str]:
        """Return a server that would let us in; or None, and why none would."""
        reasons = []
        for server in servers[:MAX_SERVERS_ASKED]:
            if server == self._identity.server_name:
                continue
            try:
                await self._federation.make_join(
                    server, room_id, self._identity.user_id, list(ROOM_VERSIONS)
                )
            except PeerRefused as error:
                reasons.append(f"{server}: {error.error}")
            except PeerUnavailable as error:
                reasons.append(str(error))
            else:
                return server, ""
        return None, "; ".join(reasons) or "no server is known that is in the room"

    def _named(self, room: Room) -> ProtectionStep:
        if self._identity.find_listed_key(room.state.room_policy) is self._identity.policy_key:
            return ProtectionStep(
                step="named",
                state=StepState.DONE,
                message="The room's m.room.policy names us, with our policy key.",
            )
        alert = next((each for each in room.alerts if each.kind in _OF_NAMING), None)
        message = "The room's m.room.policy does not name us" if alert is None else alert.message
        return ProtectionStep(
            step="named",
            state=StepState.OPEN,
            message=f"{message.removesuffix('.')}.",
            remedy=(
                "An administrator of the room types "
                f"{self._identity.server_name} as the policy server into the room's settings "
                "(Element), or sends what `countersign keys` prints; where our user may, "
                "`countersign protect` does with --apply."
            ),
        )

    def _fresh(self, room: Room) -> ProtectionStep:
        confirmed_ts, now_ts = room.confirmed_ts, self._clock.now_ts()
        if room.doubts:
            doubt = room.doubts[0]
            return ProtectionStep(
                step="state", state=StepState.OPEN, message=f"{doubt.message}.", remedy=doubt.remedy
            )
        if confirmed_ts is None or now_ts - confirmed_ts > FRESH_MS:
            return ProtectionStep(
                step="state",
                state=StepState.LATER,
                message="The room's servers have not confirmed within the hour what we know of it.",
                remedy=f"Nothing, within a minute of a start; now: countersign rooms check "
                f"'{room.room_id}'",
            )
        return ProtectionStep(
            step="state",
            state=StepState.DONE,
            message="What we know of the room is what its servers say.",
        )

    async def _requests_step(self, room: Room) -> ProtectionStep:
        last = await self._decisions.latest(DecisionQuery(rooms=frozenset({room.room_id})), limit=1)
        if not last:
            return ProtectionStep(
                step="asked",
                state=StepState.LATER,
                message="No server has asked us about an event of the room yet.",
                remedy="Write something there, from a homeserver that knows policy servers.",
            )
        minutes = max(0, self._clock.now_ts() - last[0].decided_ts) // 60_000
        return ProtectionStep(
            step="asked",
            state=StepState.DONE,
            message=f"The last event that we decided on is {minutes:,} minutes old.",
        )


def _readable(room: Room) -> ProtectionStep:
    if room.state.is_encrypted:
        return ProtectionStep(
            step="readable",
            state=StepState.OPEN,
            message="The room is encrypted: filters see who sends how much and when, and no text.",
            remedy="Nothing can be done about it in this room; public rooms need no encryption.",
        )
    return ProtectionStep(
        step="readable", state=StepState.DONE, message="The room is not encrypted."
    )


_LATER: Final = tuple(
    ProtectionStep(step=step, state=StepState.LATER, message="Known once we are in the room.")
    for step in ("named", "readable", "state", "asked")
)


def _checked_name(name: object) -> str:
    if isinstance(name, str) and (is_room_alias(name) or is_room_id(name)):
        return name
    raise BadJson("Name a room or space by its ID or alias, such as '#room:example.org'.")
