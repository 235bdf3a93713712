"""Verbs on rooms: list them, and protect one."""

import json
from typing import Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_ROOMS: Final = 30


class RoomVerbs(VerbGroup):
    """Verbs over the commands on rooms."""

    @verb("rooms", does="this community's rooms, those with trouble first")
    async def rooms(self, request: Request) -> Wording:
        """List the community's rooms."""
        rooms = joined_rooms(await self._commands.rooms.list(request.actor), request.community)
        wording = Wording.of(f"Rooms: {len(rooms):,}.")
        for room in sorted(rooms, key=lambda each: not each["alerts"])[:MAX_ROOMS]:
            blind = ", encrypted: texts are not seen" if room["is_encrypted"] else ""
            state = "well" if not room["alerts"] else f"{len(room['alerts'])} alerts"
            wording.line(
                "• ", Foreign(room["name"] or room["room_id"]),
                f": {state}, {room['joined_members']:,} members{blind}",
            )  # fmt: skip
            for alert in room["alerts"]:
                wording.line("  ", Exact(alert["kind"]), ": ", Sentences(alert["message"]))
        return wording

    @verb("protect #room:server", does="what a room lacks to be protected; sent where our user may")
    async def protect(self, request: Request) -> Wording:
        """Protect a room as far as our user may."""
        if len(request.words) != 1:
            raise BadJson("Name one room, such as #room:example.org.")
        result = await self._commands.protecting.protect(request.actor, request.words[0])
        wording = Wording.of("Joined: yes.")
        event = result["event"]
        if result["sent"]:
            wording.line("Our user sent m.room.policy, so the room's servers ask us from now on.")
        elif result["missing"] is None:
            wording.line("The room names us with our key: it is protected.")
        else:
            wording.line("Not protected yet: ", Sentences(result["missing"]))
            wording.line(
                "Somebody who may change the room's settings sends the state event ",
                Exact(event["type"]), " with an empty state key and this content:",
            )  # fmt: skip
            wording.line(Exact(json.dumps(event["content"])))
        return wording


def joined_rooms(listed: JsonObject, community: str) -> list[JsonObject]:
    """Return those of the command's rooms that are in the community and that we are in."""
    return [
        room
        for room in listed["rooms"]
        if room["membership"] == "joined" and room["community"] == community
    ]
