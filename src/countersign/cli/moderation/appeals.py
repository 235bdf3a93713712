"""`countersign appeals`: list, show and answer appeals against refusals."""

from typing import Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import CommunityOption
from countersign.cli.output import Column, advice, at, console, moment, print_table, printable
from countersign.ports.stores.review.appeals import AppealState

app = typer.Typer(no_args_is_help=True, help="Appeals against refusals.")

ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REF", help="The reference of the refusal, or its page.")
]
PATH: Final = "/_countersign/v1/appeals"


@command(app, "list")
def list_appeals(
    server: AdminClient,
    community: CommunityOption = None,
    state: Annotated[AppealState | None, typer.Option(help="Only appeals in this state.")] = None,
) -> None:
    """List appeals: the open ones first, by when an answer is due."""
    parameters = {"community": community, "state": state and state.value}
    appeals = server.read(PATH, parameters)["appeals"]
    end_if_json(appeals)
    print_table(
        appeals,
        (
            Column("Reference", "reference", rank=0),
            Column("State", lambda each: "late" if each["is_overdue"] else each["state"], rank=1),
            Column("Due (UTC)", at("due_ts"), rank=2),
            Column("Sender", "sender", rank=3),
            Column("Community", "community", rank=4),
        ),
        empty="There are no appeals.",
    )


@command(app, "show")
def show(server: AdminClient, reference: ReferenceArgument) -> None:
    """Show an appeal with its text and the notes on it."""
    parameters = {"reference": reference}
    _print_result(server.read(f"{PATH}/show", parameters))


@command(app, "note")
def note(
    server: AdminClient,
    reference: ReferenceArgument,
    text: Annotated[str, typer.Argument(help="The note, for other moderators.")],
) -> None:
    """Add a note for moderators; the person who appealed does not see it."""
    body = {"reference": reference, "text": text}
    _print_result(server.change(f"{PATH}/note", body))


@command(app, "decide")
def decide(
    server: AdminClient,
    reference: ReferenceArgument,
    answer: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER",
            help="granted (the refusal was wrong), upheld (it stands) or closed (no answer).",
        ),
    ],
    lasts: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="7d",
            help="If granted: how long the same words pass; 7d if not given.",
        ),
    ] = None,
    note: Annotated[str, typer.Option(help="A note for other moderators.")] = "",
) -> None:
    """Answer an appeal. Its page shows the answer, and neither your name nor the note."""
    if lasts is not None and answer in (AppealState.UPHELD, AppealState.CLOSED):
        raise typer.BadParameter(f"--for goes with granted: after {answer} no words pass.")
    body: dict[str, Any] = {"reference": reference, "answer": answer, "note": note}
    body["lasts_ms"] = duration_ms(lasts or "7d")
    _print_result(server.change(f"{PATH}/decide", body))


def _print_result(appeal: Any) -> None:
    end_if_json(appeal)
    state = "open, and late" if appeal["is_overdue"] else appeal["state"]
    by = f" by {appeal['decided_by']}" if appeal["decided_by"] else ""
    console.print(f"{appeal['reference']}: {state}{printable(by)}")
    console.print(f"  sender     {printable(appeal['sender'])}")
    console.print(f"  room       {printable(appeal['room_name'] or appeal['room_id'])}")
    console.print(f"  community  {printable(appeal['community'])}")
    console.print(f"  received   {moment(appeal['made_ts'])} UTC")
    console.print(f"  due        {moment(appeal['due_ts'])} UTC")
    if appeal["allowed_until_ts"] is not None:
        console.print(f"  passes     until {moment(appeal['allowed_until_ts'])} UTC")
    for line in (appeal["text"] or "(no text)").split("\n"):
        console.print(f"  | {printable(line)}")
    for each in appeal["notes"]:
        words = f"{each['actor']}: {each['text']}"
        console.print(f"  {moment(each['ts'])} {printable(words)}")
    if appeal["state"] == "open":
        command = f"countersign decisions why {appeal['reference']}"
        console.print(f"Why it was refused: {advice(command)}")
