"""`countersign mutes`: people who are muted after refusals, and ending a mute."""

from typing import Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms
from countersign.cli.options import (
    DEFAULT_CONFIG,
    CommunityOption,
    ConfigOption,
    JsonOption,
    ReasonOption,
)
from countersign.cli.output import (
    Column,
    at,
    console,
    moment,
    print_json,
    print_table,
    printable,
)

app = typer.Typer(
    no_args_is_help=True, help="People who are muted because several of their events were refused."
)

PATH = "/_countersign/v1/mutes"

PeopleArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="USER_ID...", help="The users, 100 at most."),
]
IncidentOption = Annotated[
    str | None,
    typer.Option(
        metavar="REF", help="In place of users: everybody in the incident of this refusal."
    ),
]


@app.command("list")
def list_mutes(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the muted users, and until when each is."""
    mutes = admin_client.read(config, PATH)["mutes"]
    if json:
        print_json(mutes)
        return
    print_table(
        mutes,
        (
            Column("User ID", "user_id", rank=0),
            Column("Until (UTC)", at("until_ts"), rank=1),
            Column("Community", "community", rank=2),
            Column("After refusals", "rule", is_below=True),
        ),
        empty="Nobody is muted.",
    )


@app.command("end")
def end(
    user_id: Annotated[str, typer.Argument(metavar="USER_ID", help="The muted user.")],
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """End a user's mute at once, and forget that there was one."""
    body = {"user_id": user_id, "community": community, "reason": reason}
    answer = admin_client.change(config, f"{PATH}/end", body)
    if json:
        print_json(answer["ended"])
        return
    console.print(f"{printable(user_id)} may write again.")


@app.command("begin-many")
def begin_many(
    people: PeopleArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    incident: IncidentOption = None,
    lasts: Annotated[
        str, typer.Option("--for", metavar="24h", help="How long, seven days at most.")
    ] = "24h",
    community: CommunityOption = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """Mute several people for a while, as one change that is undone as one."""
    body = {"lasts_ms": duration_ms(lasts), "reason": reason}
    answer = _change_many(config, "begin-many", body, people, incident, community)
    if json:
        print_json(answer)
        return
    until = moment(answer["until_ts"])
    console.print(f"{len(answer['people']):,} people are muted until {until} UTC.")
    _print_skipped(answer)


@app.command("end-many")
def end_many(
    people: PeopleArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    incident: IncidentOption = None,
    community: CommunityOption = None,
    reason: ReasonOption = "",
    json: JsonOption = False,
) -> None:
    """End the mutes of several people, by moderators and by the policy, as one change."""
    body: dict[str, Any] = {"reason": reason}
    answer = _change_many(config, "end-many", body, people, incident, community)
    if json:
        print_json(answer)
        return
    console.print(f"{len(answer['people']):,} people may write again.")
    _print_skipped(answer)


def _change_many(
    config: Any,
    path: str,
    body: dict[str, Any],
    people: list[str] | None,
    incident: str | None,
    community: str | None,
) -> dict[str, Any]:
    if bool(people) == (incident is not None):
        raise typer.BadParameter("Name either the users, or one of their refusals: --incident REF.")
    body |= {"user_ids": people or None, "incident": incident, "community": community}
    answer: dict[str, Any] = admin_client.change(config, f"{PATH}/{path}", body)
    return answer


def _print_skipped(answer: dict[str, Any]) -> None:
    for user_id, why in answer["skipped"].items():
        console.print(f"  {printable(user_id)} is left out: {printable(why)}.")
