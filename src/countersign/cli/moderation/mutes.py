"""`countersign mutes`: people who are muted after refusals, and ending a mute."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import CommunityOption, ReasonOption
from countersign.cli.output import Column, at, console, moment, print_table, printable

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


@command(app, "list")
def list_mutes(server: AdminClient) -> None:
    """List the muted users, and until when each is."""
    mutes = server.read(PATH)["mutes"]
    end_if_json(mutes)
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


@command(app, "end")
def end(
    server: AdminClient,
    user_id: Annotated[str, typer.Argument(metavar="USER_ID", help="The muted user.")],
    community: CommunityOption = None,
    reason: ReasonOption = "",
) -> None:
    """End a user's mute at once, and forget that there was one."""
    body = {"user_id": user_id, "community": community, "reason": reason}
    answer = server.change(f"{PATH}/end", body)
    end_if_json(answer["ended"])
    console.print(f"{printable(user_id)} may write again.")


@command(app, "begin-many")
def begin_many(
    server: AdminClient,
    people: PeopleArgument = None,
    incident: IncidentOption = None,
    lasts: Annotated[
        str, typer.Option("--for", metavar="24h", help="How long, seven days at most.")
    ] = "24h",
    community: CommunityOption = None,
    reason: ReasonOption = "",
) -> None:
    """Mute several people for a while, as one change that is undone as one."""
    body = {"lasts_ms": duration_ms(lasts), "reason": reason}
    answer = _change_many(server, "begin-many", body, people, incident, community)
    end_if_json(answer)
    until = moment(answer["until_ts"])
    console.print(f"{len(answer['people']):,} people are muted until {until} UTC.")
    _print_skipped(answer)


@command(app, "end-many")
def end_many(
    server: AdminClient,
    people: PeopleArgument = None,
    incident: IncidentOption = None,
    community: CommunityOption = None,
    reason: ReasonOption = "",
) -> None:
    """End the mutes of several people, by moderators and by the policy, as one change."""
    body: dict[str, Any] = {"reason": reason}
    answer = _change_many(server, "end-many", body, people, incident, community)
    end_if_json(answer)
    console.print(f"{len(answer['people']):,} people may write again.")
    _print_skipped(answer)


def _change_many(
    server: AdminClient,
    path: str,
    body: dict[str, Any],
    people: list[str] | None,
    incident: str | None,
    community: str | None,
) -> dict[str, Any]:
    if bool(people) == (incident is not None):
        raise typer.BadParameter("Name either the users, or one of their refusals: --incident REF.")
    body |= {"user_ids": people or None, "incident": incident, "community": community}
    answer: dict[str, Any] = server.change(f"{PATH}/{path}", body)
    return answer


def _print_skipped(answer: dict[str, Any]) -> None:
    for user_id, reason in answer["skipped"].items():
        console.print(f"  {printable(user_id)} is left out: {printable(reason)}.")
