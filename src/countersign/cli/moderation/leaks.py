"""`countersign leaks`: refused events that reached their rooms, and their delivery."""

from collections.abc import Mapping
from typing import Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.options import LimitOption, RoomOption
from countersign.cli.output import Column, at, print_hints, print_table

app = typer.Typer(
    no_args_is_help=True, help="Refused events that reached their rooms, and who was told."
)


@command(app, "list")
def list_leaks(server: AdminClient, room: RoomOption = None, limit: LimitOption = 50) -> None:
    """List leaks, newest first, each with the result of handing it over."""
    parameters = {"limit": limit, "room_id": room or None}
    answer = server.read("/_countersign/v1/leaks", parameters)
    leaks = answer["leaks"]
    end_if_json(leaks)
    print_table(
        leaks,
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


@command(app, "banked", is_hidden=True)  # an old name of it
@command(app, "unseen")
def unseen(server: AdminClient) -> None:
    """List the servers for which events were signed that were not seen since."""
    servers = server.get("/_countersign/v1/leaks/banked")["servers"]
    end_if_json(servers)
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
