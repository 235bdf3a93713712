"""`countersign leaks`: refused events that reached their rooms, and who was told."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, RoomOption
from countersign.cli.output import Column, moment, print_json, print_table

if TYPE_CHECKING:
    from countersign.ports.stores.leaks import LeakReport, OutboxEntry

app = typer.Typer(
    no_args_is_help=True, help="Refused events that reached their rooms, and who was told."
)


@app.command("list")
def list_leaks(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    room: RoomOption = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000, help="How many at most.")
    ] = 50,
) -> None:
    """List the newest leaks first, and for each what came of handing it over."""
    found, names = _read(config, room, limit)
    if json:
        print_json([_as_json(report) for report in found])
        return
    print_table(
        (
            Column("When (UTC)", rank=3),
            Column("Reference", rank=0),
            Column("Event", rank=6),
            Column("Sender", min_chars=14),
            Column("Room ID", rank=5),
            Column("Brought by", rank=4, min_chars=14),
            Column("Handed over", is_below=True),
            Column("Room", rank=2, min_chars=8),
        ),
        (
            (
                moment(report.leak.noticed_ts),
                report.leak.reference,
                report.leak.event_id,
                report.leak.sender,
                report.leak.room_id,
                f"{report.leak.brought_by} ({report.leak.channel.value})",
                "\n".join(map(_in_words, report.hand_overs)) or "to nobody",
                names.get(report.leak.room_id, report.leak.room_id),
            )
            for report in found
        ),
        empty="No refused event was seen out in a room.",
    )


@app.command("banked")
def banked(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the servers that had events signed which nobody has seen since."""
    from countersign.config import read_config

    servers = admin_client.get(read_config(config), "/_countersign/v1/leaks/banked")["servers"]
    if json:
        print_json(servers)
        return
    print_table(
        (
            Column("Server", rank=0),
            Column("Unseen today", rank=2),
            Column("Unseen this hour", rank=3),
            Column("Signed this hour", rank=4),
            "Alarm",
        ),
        (
            (
                each["server"],
                f"{each['unseen']:,}",
                f"{each['unseen_lately']:,}",
                f"{each['signed_lately']:,}",
                "yes" if each["is_alarming"] else "-",
            )
            for each in servers
        ),
        empty="Every event that was signed lately has been seen.",
    )


def _read(
    config: Path, room_id: str | None, limit: int
) -> "tuple[list[LeakReport], dict[str, str]]":
    """Return the leaks, and the names of rooms by their IDs."""
    from countersign.bootstrap.stores import open_stores_for_reading
    from countersign.config import read_config

    settings = read_config(config)

    async def read() -> "tuple[list[LeakReport], dict[str, str]]":
        async with open_stores_for_reading(settings) as stores:
            leaks = await stores.leaks.latest(room_id=room_id, limit=limit)
            return leaks, await stores.rooms.names()

    return asyncio.run(read())


def _in_words(hand_over: "OutboxEntry") -> str:
    state = hand_over.state.value
    words = f"{hand_over.recipient}: {state}"
    if state != "done" and hand_over.outcome:
        words += f" ({hand_over.outcome})"
    return words


def _as_json(report: "LeakReport") -> dict[str, Any]:
    leak = report.leak
    return {
        "reference": leak.reference,
        "event_id": leak.event_id,
        "room_id": leak.room_id,
        "sender": leak.sender,
        "event_type": leak.event_type,
        "brought_by": leak.brought_by,
        "is_secondhand": leak.is_secondhand,
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
            for each in report.hand_overs
        ],
    }
