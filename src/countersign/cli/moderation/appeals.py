"""`countersign appeals`: list, show and answer appeals against refusals."""

from typing import Annotated, Any, Final

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms
from countersign.cli.options import DEFAULT_CONFIG, CommunityOption, ConfigOption, JsonOption
from countersign.cli.output import (
    Column,
    advice,
    at,
    console,
    moment,
    print_json,
    print_table,
    printable,
)
from countersign.ports.stores.review.appeals import AppealState

app = typer.Typer(no_args_is_help=True, help="Appeals against refusals.")

ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REF", help="The reference of the refusal, or its page.")
]
PATH: Final = "/_countersign/v1/appeals"


@app.command("list")
def list_appeals(
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    state: Annotated[AppealState | None, typer.Option(help="Only appeals in this state.")] = None,
    json: JsonOption = False,
) -> None:
    """List appeals: the open ones first, by when an answer is due."""
    parameters = {"community": community, "state": state and state.value}
    appeals = admin_client.read(config, PATH, parameters)["appeals"]
    if json:
        print_json(appeals)
        return
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


@app.command("show")
def show(
    reference: ReferenceArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show an appeal with its text and the notes on it."""
    parameters = {"reference": reference}
    _print_result(admin_client.read(config, f"{PATH}/show", parameters), json=json)


@app.command("note")
def note(
    reference: ReferenceArgument,
    text: Annotated[str, typer.Argument(help="The note, for other moderators.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Add a note that moderators read, and whoever appealed does not."""
    body = {"reference": reference, "text": text}
    _print_result(admin_client.change(config, f"{PATH}/note", body), json=json)


@app.command("decide")
def decide(
    reference: ReferenceArgument,
    answer: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER",
            help="granted (the refusal was wrong), upheld (it stands) or closed (no answer).",
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    lasts: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="7d",
            help="If granted: how long the same words pass; 7d if not given.",
        ),
    ] = None,
    note: Annotated[str, typer.Option(help="A note for other moderators.")] = "",
    json: JsonOption = False,
) -> None:
    """Answer an appeal. Its page shows the answer, and neither your name nor the note."""
    if lasts is not None and answer in (AppealState.UPHELD, AppealState.CLOSED):
        raise typer.BadParameter(f"--for goes with granted: after {answer} no words pass.")
    body: dict[str, Any] = {"reference": reference, "answer": answer, "note": note}
    body["lasts_ms"] = duration_ms(lasts or "7d")
    _print_result(admin_client.change(config, f"{PATH}/decide", body), json=json)


def _print_result(appeal: Any, *, json: bool) -> None:
    if json:
        print_json(appeal)
        return
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
        why = f"countersign decisions why {appeal['reference']}"
        console.print(f"Why it was refused: {advice(why)}")
