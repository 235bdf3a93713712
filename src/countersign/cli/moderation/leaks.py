"""`countersign leaks`: refused events that reached their rooms, and their delivery."""

from collections.abc import Mapping
from typing import Any

import typer

from countersign.cli import admin_client
from countersign.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    LimitOption,
    RoomOption,
)
from countersign.cli.output import Column, at, print_hints, print_json, print_table

app = typer.Typer(
    no_args_is_help=True, help="Refused events that reached their rooms, and who was told."
)


@app.command("list")
def list_leaks(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    room: RoomOption = None,
    limit: LimitOption = 50,
) -> None:
    """List leaks, newest first, each with the result of handing it over."""
    parameters = {"limit": limit, "room_id": room or None}
    answer = admin_client.read(config, "/_countersign/v1/leaks", parameters)
    found = answer["leaks"]
    if json:
        print_json(found)
        return
    print_table(
        found,
        (
            Column("When (UTC)", at("noticed_ts"), rank=3),
            Column("Reference", "reference", rank=0),
            Column("Event", "event_id", rank=6),
            Column("Sender", "sender", min_chars=14),
            Column("Room ID", "room_id", rank=5),
            Column(
                "Brought by",
                lambda leak: (
                    f"{leak['brought_by']} ({'part' if leak['is_part'] else leak['channel']})"
                ),
                rank=4,
                min_chars=14,
            ),
            Column(
                "Handed over",
                lambda leak: "\n".join(map(_in_words, leak["hand_overs"])) or "to nobody",
                is_below=True,
            ),
            Column("Room", lambda leak: leak["room_name"] or leak["room_id"], rank=2, min_chars=8),
        ),
        empty="No refused event was seen out in a room.",
    )
    print_hints(answer)


@app.command("banked", hidden=True)  # an old name of it
@app.command("unseen")
def unseen(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the servers for which events were signed that were not seen since."""
    servers = admin_client.get(config, "/_countersign/v1/leaks/banked")["servers"]
    if json:
        print_json(servers)
        return
    print_table(
        servers,
        (
            Column("Server", "server", rank=0),
            Column("Unseen today", lambda each: f"{each['unseen']:,}", rank=2),
            Column("Unseen this hour", lambda each: f"{each['unseen_lately']:,}", rank=3),
            Column("Signed this hour", lambda each: f"{each['signed_lately']:,}", rank=4),
            Column("Alarm", lambda each: "yes" if each["is_alarming"] else "-"),
        ),
        empty="Every event that was signed lately has been seen.",
    )


def _in_words(delivery: Mapping[str, Any]) -> str:
    words = f"{delivery['recipient']}: {delivery['state']}"
    if delivery["state"] != "done" and delivery["outcome"]:
        words += f" ({delivery['outcome']})"
    return words
