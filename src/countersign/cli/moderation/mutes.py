"""`countersign mutes`: people who are muted after refusals, and ending a mute."""

from typing import Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.options import DEFAULT_CONFIG, CommunityOption, ConfigOption, JsonOption
from countersign.cli.output import Column, console, moment, print_json, print_table, printable

app = typer.Typer(
    no_args_is_help=True, help="People who are muted because several of their events were refused."
)

PATH = "/_countersign/v1/mutes"


@app.command("list")
def list_mutes(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List who is mute, and until when."""
    from countersign.config import read_config

    mutes = admin_client.read(read_config(config), PATH)["mutes"]
    if json:
        print_json(mutes)
        return
    print_table(
        (
            Column("User ID", rank=0),
            Column("Until (UTC)", rank=1),
            Column("Community", rank=2),
            Column("After refusals", is_below=True),
        ),
        (
            (each["user_id"], moment(each["until_ts"]), each["community"], each["rule"])
            for each in mutes
        ),
        empty="Nobody is mute.",
    )


@app.command("end")
def end(
    user_id: Annotated[str, typer.Argument(metavar="USER_ID", help="Who may write again.")],
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    because: Annotated[str, typer.Option(help="Why; moderators see it.")] = "",
    json: JsonOption = False,
) -> None:
    """End somebody's mute at once, and forget that there was one."""
    from countersign.config import read_config

    body: dict[str, Any] = {"user_id": user_id, "reason": because}
    if community is not None:
        body["community"] = community
    answer = admin_client.change(read_config(config), f"{PATH}/end", body)
    if json:
        print_json(answer["ended"])
        return
    console.print(f"{printable(user_id)} may write again.")
