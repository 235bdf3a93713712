"""Commands on access: create, list and revoke tokens; freeze actors."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from countersign.ports.actors import Actor, Role, Scope
from countersign.ports.randomness import Randomness
from countersign.ports.stores.access import AccessToken, FrozenActor
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id
from countersign.service.commands.actors.access_register import RESERVED_NAMES, AccessRegister
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.actors.readable_rooms import RoomNames
from countersign.service.errors import NotFound

TOKEN_PREFIX: Final = "cst_"  # noqa: S105 - what every token begins with
TOKEN_BYTES: Final = 32
MAX_TOKENS: Final = 1_000
MAX_SCOPES: Final = 50
MAX_ROOMS: Final = 1_000
MAX_FROZEN: Final = 10_000
MAX_NAME_CHARS: Final = 255
ROOMS_NAMED: Final = 5
"""Maximum number of rooms that an error message names."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class AccessCommands(CommandGroup):
    """Tokens and freezing, for operators.

    `room_names` returns the rooms that we know.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        register: AccessRegister,
        randomness: Randomness,
        room_names: RoomNames,
    ) -> None:
        super().__init__(needs)
        self._register = register
        self._randomness = randomness
        self._room_names = room_names

    def list_tokens(self, actor: Actor) -> tuple[list[AccessToken], list[FrozenActor]]:
        """Return every token, and every frozen actor."""
        self._permissions.require(actor, Command.TOKENS_LIST)
        return self._register.all_tokens(), self._register.all_frozen()

    async def create_token(
        self,
        actor: Actor,
        name: str | None,
        role: str,
        *,
        communities: Iterable[str] = (),
        rooms: Iterable[str] = (),
        lasts_ms: int | None = None,
    ) -> tuple[AccessToken, str]:
        """Create a token; return it with its text, which is shown only now and never stored.

        Args:
            actor: an operator.
            name: the holder's name, which is never reused; None for a generated one.
            role: a `Role`.
            communities: the communities of the role; empty for an operator.
            rooms: rooms of the one community to which the role is limited; empty for all of them.
            lasts_ms: its validity; None for ever.

        Raises:
            BadJson: an argument is invalid.
            NotFound: there is no such community.
        """
        self._permissions.require(actor, Command.TOKENS_CREATE)
        if name is None and role in set(Role):
            name = f"{role}-{self._randomness.random_bytes(4).hex()}"
        if name is None or not _NAME.fullmatch(name) or name in RESERVED_NAMES:
            raise BadJson(
                "The name must begin with a small letter or digit, and hold only small letters, "
                f"digits, '.', '_' and '-'; not one of {', '.join(sorted(RESERVED_NAMES))}."
            )
        if len(self._register.all_tokens()) >= MAX_TOKENS:
            raise BadJson(
                f"There are {MAX_TOKENS:,} tokens, revoked ones included: no more can be created."
            )
        scopes = self._scopes(actor, role, [*communities], [*rooms])
        now_ts = self._clock.now_ts()
        secret = self._randomness.random_bytes(TOKEN_BYTES)
        text = TOKEN_PREFIX + unpadded_base64.encode_url_safe(secret)
        token = AccessToken(
            name=name,
            token_hash=hashlib.sha256(text.encode()).digest(),
            scopes=scopes,
            created_ts=now_ts,
            created_by=actor.name,
            expires_ts=None if lasts_ms is None else now_ts + lasts_ms,
        )
        details = {
            "role": role,
            "communities": [scope.community for scope in scopes],
            "rooms": sorted(scopes[0].rooms or ()),
            "expires_ts": token.expires_ts,
        }
        async with self._audit.change(actor, Command.TOKENS_CREATE, subject=name, details=details):
            if not await self._register.add(token):
                raise BadJson(f"There is or was a token {name!r}; take another name.")
        return token, text

    async def revoke_token(self, actor: Actor, name: str) -> AccessToken:
        """Revoke a token.

        Raises:
            NotFound: there is no such token, or it was revoked before.
            StoreUnavailable: it is invalid until the next start only; revoke it again.
        """
        self._permissions.require(actor, Command.TOKENS_REVOKE)
        token = self._register.find_token(name)
        if token is None or self._register.is_revoked(token):
            raise NotFound(f"There is no token {name!r} that could be revoked.")
        async with self._audit.change(actor, Command.TOKENS_REVOKE, subject=name):
            await self._register.revoke(token)
        return self._register.find_token(name) or token

    async def freeze(self, actor: Actor, name: str, reason: str = "") -> FrozenActor:
        """End an actor's access at once, by all tokens and faces.

        Raises:
            BadJson: that actor cannot be frozen.
            StoreUnavailable: access has ended until the next start only; freeze them again.
        """
        self._permissions.require(actor, Command.FREEZE)
        if name in RESERVED_NAMES:
            raise BadJson(
                f"{name!r} cannot be frozen: it stands for whoever can read this server's files. "
                "To shut out holders of the admin token, stop the server, delete the token file "
                "and start it again."
            )
        if name == actor.name:
            raise BadJson("You would freeze yourself. Have another operator do it.")
        if not name or len(name) > MAX_NAME_CHARS:
            raise BadJson("Name the actor, as the audit log shows it.")
        if len(self._register.all_frozen()) >= MAX_FROZEN:
            raise BadJson(f"{MAX_FROZEN:,} actors are frozen: unfreeze some who have no token.")
        frozen = FrozenActor(
            actor=name, frozen_ts=self._clock.now_ts(), frozen_by=actor.name, reason=reason
        )
        async with self._audit.change(
            actor, Command.FREEZE, subject=name, details={"reason": reason}
        ):
            await self._register.freeze(frozen)
        return frozen

    async def is_known(self, name: str) -> bool:
        """Return True if an actor has or had a token, or is in the audit log.

        Names may be frozen before they are known, but an unknown one is probably misspelled.
        """
        return self._register.find_token(name) is not None or await self._audit.has_entries_by(name)

    async def unfreeze(self, actor: Actor, name: str) -> None:
        """End the freezing of an actor, whose token may still be valid.

        Raises:
            NotFound: no actor of that name is frozen.
        """
        self._permissions.require(actor, Command.UNFREEZE)
        if not self._register.is_frozen(name):
            raise NotFound(f"No actor {name!r} is frozen.")
        async with self._audit.change(actor, Command.UNFREEZE, subject=name):
            await self._register.unfreeze(name)

    def _scopes(
        self, actor: Actor, role: str, communities: list[str], rooms: list[str]
    ) -> tuple[Scope, ...]:
        if role not in set(Role):
            raise BadJson(f"The role must be one of {', '.join(Role)}.")
        if role == Role.OPERATOR:
            if communities or rooms:
                raise BadJson("An operator's token holds on the whole server: name no community.")
            return (Scope(role=Role.OPERATOR),)
        if not communities or len(communities) > MAX_SCOPES:
            raise BadJson(f"Name the communities that it is for, at most {MAX_SCOPES}.")
        if rooms and (len(set(communities)) > 1 or len(rooms) > MAX_ROOMS):
            raise BadJson(f"Rooms, at most {MAX_ROOMS:,}, go with one community alone.")
        if not all(map(is_room_id, rooms)):
            raise BadJson("Rooms are named by ID, such as !abc:example.org.")
        names = [
            self._permissions.community(actor, Command.TOKENS_CREATE, name).name
            for name in dict.fromkeys(communities)
        ]
        self._require_rooms_of(names[0], rooms)
        return tuple(
            Scope(role=Role(role), community=name, rooms=frozenset(rooms) if rooms else None)
            for name in names
        )

    def _require_rooms_of(self, community: str, rooms: Iterable[str]) -> None:
        """Check that all rooms belong to a community; elsewhere the token would give no access."""
        room_names = self._room_names()
        for room_id in rooms:
            actual = self._permissions.community_of(room_id).name
            if actual == community:
                continue
            fault = (
                f"The room {room_id} belongs to the community {actual}, not to {community}."
                if room_id in room_names
                else f"The room {room_id} is unknown and is not named by the policy of {community}."
            )
            own = sorted(
                each
                for each in room_names
                if self._permissions.community_of(each).name == community
            )
            more = f" and {len(own) - ROOMS_NAMED:,} more" if len(own) > ROOMS_NAMED else ""
            listed = ", ".join(own[:ROOMS_NAMED])
            rest = f"Its rooms: {listed}{more}." if own else "We know no room of it."
            raise BadJson(f"{fault} {rest}")
