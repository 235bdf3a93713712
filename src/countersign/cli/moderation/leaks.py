"""`countersign leaks`: refused events that reached their rooms, and who was told."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import moment, print_json, print_table

if TYPE_CHECKING:
    from countersign.ports.stores.leaks import LeakReport, OutboxEntry

app = typer.Typer(
    no_args_is_help=True, help="Refused events that reached their rooms, and who was told."
)


@app.command("list")
def list_leaks(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    room: Annotated[str | None, typer.Option(metavar="ROOM_ID", help="Only of this room.")] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000, help="How many at most.")
    ] = 50,
) -> None:
    """List the newest leaks first, and for each what came of handing it over."""
    found = _read(config, room, limit)
    if json:
        print_json([_as_json(report) for report in found])
        return
    print_table(
        ("When (UTC)", "Reference", "Event", "Sender", "Room", "Brought by", "Handed over"),
        (
            (
                moment(report.leak.noticed_ts),
                report.leak.reference,
                report.leak.event_id,
                report.leak.sender,
                report.leak.room_id,
                f"{report.leak.brought_by} ({report.leak.channel.value})",
                "\n".join(map(_in_words, report.hand_overs)) or "to nobody",
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
        ("Server", "Unseen today", "Unseen this hour", "Signed this hour", "Alarm"),
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


def _read(config: Path, room_id: str | None, limit: int) -> "list[LeakReport]":
    from countersign.bootstrap.stores import open_leaks
    from countersign.config import read_config

    async def read() -> "list[LeakReport]":
        async with open_leaks(read_config(config)) as store:
            return await store.latest(room_id=room_id, limit=limit)

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
