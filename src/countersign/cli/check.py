"""`countersign check`: judge a saved event offline, and explain."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from countersign.bootstrap import open_rooms, read_policy
from countersign.cli.decisions import VERDICTS, explain
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, errors, fail, print_json, printable
from countersign.config import Config, read_config
from countersign.policy.decisions import Verdict
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.questions import SignedEvents
from countersign.protocol.canonical_json import ParsedJson, parse_object
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events import Pdu, parse_pdu, room_id_of
from countersign.protocol.room_versions import ROOM_VERSIONS, RoomVersionRules, get_room_version

REFUSED_STATUS = 3


def check(
    event: Annotated[Path, typer.Argument(metavar="EVENT.json", help="A whole event (PDU).")],
    config: ConfigOption = DEFAULT_CONFIG,
    room_version: Annotated[
        str | None,
        typer.Option(help="Needed unless the event is of a room that this server is in."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Judge a saved event by the policy as its file is now, and explain; nothing is recorded.

    Ends with 0 if it would be signed, with 3 if refused. Signatures are not verified, and filters
    that count events start from zero.
    """
    settings = read_config(config)
    pdu = _read(event, settings, room_version)
    policy = read_policy(settings)
    judged = Event.of(pdu, is_encrypted_room=False)
    questions = policy.pipeline.questions(judged)
    facts = Facts({question: 0 for question in questions if isinstance(question, SignedEvents)})
    decision = policy.pipeline.judge(judged, facts, policy.revision)
    if json:
        intact = {"content_hash_matches": pdu.has_intact_content}
        print_json({"event_id": pdu.event_id, **intact, **decision.to_json()})
    else:
        console.print(f"{VERDICTS[decision.verdict]} {printable(pdu.event_id)}")
        explain(decision.findings)
        if not pdu.has_intact_content:
            errors.print(
                "[yellow]Note:[/] its content does not match its content hash; asked over the "
                "network, such a copy is always refused."
            )
    sys.exit(REFUSED_STATUS if decision.verdict is Verdict.REFUSE else 0)


def _read(file: Path, settings: Config, version: str | None) -> Pdu:
    try:
        parsed = parse_object(file.read_bytes())
        rules = _rules(parsed, settings, version)
        return parse_pdu(parsed.value, rules, is_strict_json=parsed.is_strict)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.")
    except ProtocolError as error:
        fail(f"{file} is not an event: {error}")


def _rules(parsed: ParsedJson, settings: Config, version: str | None) -> RoomVersionRules:
    if version is not None:
        return get_room_version(version)
    room_id = room_id_of(parsed.value)

    async def find() -> str | None:
        async with open_rooms(settings) as store:
            known = {room.room_id: room.room_version for room in await store.load()}
        return known.get(room_id)

    found = asyncio.run(find())
    if found is None:
        fail(
            f"This server is not in {room_id}, so it cannot know the room's version. "
            f"Say it with --room-version, one of {', '.join(ROOM_VERSIONS)}."
        )
    return get_room_version(found)
