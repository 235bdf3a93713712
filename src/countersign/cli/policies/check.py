"""`countersign check`: verdict on a saved event, with an explanation, without a server."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.commands import answering, end_if_json
from countersign.cli.moderation.decision_output import VERDICTS, explain
from countersign.cli.output import console, errors, fail, printable
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.measures.trust_records import Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countersign.config import Config
    from countersign.policy.policies.policy_documents import Policy
    from countersign.protocol.canonical_json import JsonObject, ParsedJson
    from countersign.protocol.events.pdu import Pdu
    from countersign.protocol.rooms.room_state import RoomState

REFUSED_STATUS = 3


@answering
def check(
    settings: "Config",
    event: Annotated[
        Path,
        typer.Argument(
            metavar="EVENT.json",
            help="A file with an event, as a PDU or as a client shows its source; - for stdin.",
        ),
    ],
    room_version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="The room version; needed unless this server is in the room."
        ),
    ] = None,
    community: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Judge by this community's policy; by default that of the event's room.",
        ),
    ] = None,
    trust: Annotated[Trust, typer.Option(help="The sender's trust.")] = Trust.NEW,
) -> None:
    """Judge a saved event by the policy as its file is now, and explain; nothing is recorded.

    Ends with 0 if it would be signed, with 3 if refused. Signatures are not verified, and filters
    that count events start from zero.
    """
    from countersign.bootstrap.policies.documents import read_policies
    from countersign.bootstrap.trials.dry_runs import judge_saved

    parsed = _read_event(event)
    checked = _parse_event(event, parsed, settings, room_version)
    name, policy = _policy_of(settings, read_policies(settings), checked.pdu.room_id, community)
    decision, unjudged, not_asked = judge_saved(
        checked.pdu, checked.state, policy, trust=trust, our_user_id=settings.user_id
    )
    about = {
        "event_id": checked.event_id,
        "community": name,
        "content_hash_matches": checked.pdu.has_intact_content,
        "unjudged": unjudged,
        "not_asked": list(not_asked),
    }
    status = REFUSED_STATUS if decision.verdict is Verdict.REFUSE else 0
    end_if_json({**about, **decision.to_json()}, status)
    _explain(checked, decision, unjudged)
    for label in not_asked:
        errors.print(
            f"[yellow]Note:[/] {printable(label)} did not judge: it asks an external checker "
            "or looks into the rooms of policy lists, which only a running server does."
        )
    sys.exit(status)


@dataclass(frozen=True, slots=True)
class _CheckedEvent:
    """An event to check, and the state of its room.

    Attributes:
        pdu: the event.
        event_id: the computed ID, or the one in the client's format.
        state: the room's state; empty if this server is not in the room.
        is_from_client: it has the client format, without the fields that only servers see.
    """

    pdu: "Pdu"
    event_id: str
    state: "RoomState"
    is_from_client: bool


def _read_event(file: Path) -> "ParsedJson":
    from countersign.protocol.canonical_json import parse_object
    from countersign.protocol.errors import ProtocolError

    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return parse_object(raw)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.")
    except ProtocolError as error:
        fail(f"{file} is not an event: {error}")


def _parse_event(
    file: Path, parsed: "ParsedJson", settings: "Config", version: str | None
) -> _CheckedEvent:
    from countersign.protocol.errors import ProtocolError, UnsupportedRoomVersion
    from countersign.protocol.events.client_format import is_client_format, to_federation_format
    from countersign.protocol.events.pdu import parse_pdu, room_id_of

    event: JsonObject = parsed.value
    is_from_client = is_client_format(event)
    try:
        room_id = room_id_of(event)
        state = asyncio.run(_room_state(settings, room_id, version))
        if is_from_client:
            event = to_federation_format(event, state.rules)
        pdu = parse_pdu(event, state.rules, is_strict_json=parsed.is_strict)
    except UnsupportedRoomVersion as error:
        fail(str(error))
    except ProtocolError as error:
        fail(f"{file} is not an event: {error}")
    event_id = parsed.value.get("event_id") if is_from_client else None
    return _CheckedEvent(pdu, str(event_id or pdu.event_id), state, is_from_client)


def _policy_of(
    settings: "Config", policies: "Mapping[str, Policy]", room_id: str, community: str | None
) -> "tuple[str, Policy]":
    """Return the community of a room, and its policy.

    Only the running server knows the rooms of aliases and spaces.
    """
    from countersign.cli.communities import find_community

    if community is not None:
        if community not in policies:
            fail(f"There is no community {community!r}, only {', '.join(policies)}.")
        return community, policies[community]
    for name, policy in policies.items():
        if room_id in policy.rooms.room_ids:
            return name, policy
    unsure = [name for name, each in policies.items() if each.rooms.aliases or each.rooms.spaces]
    found = find_community(settings, room_id) if unsure else "default"
    if found is None or found not in policies:
        errors.print(
            f"[yellow]Note:[/] judged by the policy of default. Only a running server that is in "
            f"{printable(room_id)} knows whether the aliases and spaces of {', '.join(unsure)} "
            "lead to it; if they do, say so with --community."
        )
        found = "default"
    return found, policies[found]


async def _room_state(settings: "Config", room_id: str, version: str | None) -> "RoomState":
    """Return the stored state of a room; for an unknown room, an empty one of that version."""
    from countersign.bootstrap.stores import open_stores_for_reading
    from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
    from countersign.protocol.rooms.room_state import RoomState
    from countersign.service.rooms.room import build_state

    async with open_stores_for_reading(settings) as stores:
        for room in await stores.rooms.load():
            if room.room_id == room_id:
                rules = get_room_version(version or room.room_version)
                return await build_state(room_id, rules, room.state)
    if version is None:
        fail(
            f"This server is not in {room_id}, so it cannot know the room's version. "
            f"Say it with --room-version, one of {', '.join(ROOM_VERSIONS)}."
        )
    return RoomState(room_id, get_room_version(version))


def _explain(checked: _CheckedEvent, decision: Decision, unjudged: str | None) -> None:
    console.print(f"{VERDICTS[decision.verdict]} {printable(checked.event_id)}")
    if unjudged is not None:
        console.print(unjudged)
    else:
        explain(decision)
        if decision.words is not None:
            console.print(f"The sender reads: {printable(decision.words)}")
    if checked.is_from_client:
        errors.print(
            "[yellow]Note:[/] this is the event as a client sees it: its hash, and its size with "
            "all signatures, are not known."
        )
    elif not checked.pdu.has_intact_content:
        errors.print(
            "[yellow]Note:[/] its content does not match its content hash; asked over the network, "
            "such a copy is always refused."
        )
