"""`countersign reviews`: refusals and reported events that somebody should look at."""

from typing import Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import OnlyCommunityOption, ReasonOption
from countersign.cli.output import Column, console, errors, print_table, printable
from countersign.ports.stores.review.reviews import ReviewAnswer, ReviewState

PATH: Final = "/_countersign/v1/reviews"
MINUTE_MS: Final = 60_000
app = typer.Typer(
    no_args_is_help=True, help="Refusals and reported events that somebody should look at."
)

ReferenceArgument = Annotated[
    str,
    typer.Argument(
        metavar="REF", help="The reference of any refusal of the incident, or of the event."
    ),
]


@command(app, "list")
def list_reviews(
    server: AdminClient,
    community: OnlyCommunityOption = None,
    state: Annotated[
        ReviewState | None,
        typer.Option(help="Only in this state; by default all that are not decided."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=200, help="How many at most.")] = 50,
) -> None:
    """List the incidents to look at, those that wait longest first."""
    parameters = {"community": community, "state": state and state.value, "limit": limit}
    answer = server.read(PATH, parameters)
    end_if_json(answer)
    print_table(
        answer["items"],
        (
            Column("Example", "example", rank=0),
            Column("State", "state", rank=2),
            Column("Waits (min)", lambda each: f"{each['waits_ms'] // MINUTE_MS:,}", rank=3),
            Column("Refused", "refused", rank=1),
            Column("Reported", "reporters", rank=2),
            Column("People", "people", rank=4),
            Column("Because", lambda each: ", ".join(each["because"]), rank=1),
            Column("What", "name", rank=2, min_chars=14),
            Column("By", "actor", rank=5),
        ),
        empty="Nothing waits for anybody.",
    )
    if answer["is_cut"]:
        console.print(f"[dim]Of the latest {answer['refusals']:,} refusals only.[/]")
    if answer["median_first_action_ms"] is not None:
        minutes = answer["median_first_action_ms"] // MINUTE_MS
        console.print(f"[dim]Median time to first action: {minutes:,} minutes.[/]")


@command(app, "take")
def take(server: AdminClient, reference: ReferenceArgument) -> None:
    """Take an incident, so that others look at other ones."""
    _set(server, "take", {"reference": reference}, "is yours to look at")


@command(app, "hand-over")
def hand_over(server: AdminClient, reference: ReferenceArgument, reason: ReasonOption = "") -> None:
    """Leave an incident to others."""
    body = {"reference": reference, "note": reason}
    _set(server, "hand-over", body, "is left to others")


@command(app, "decide")
def decide(
    server: AdminClient,
    reference: ReferenceArgument,
    answer: Annotated[
        ReviewAnswer,
        typer.Argument(
            metavar="OUTCOME",
            help="allow: the words pass; spam: mark them; keep: leave all as it is.",
        ),
    ],
    alone: Annotated[
        bool, typer.Option("--alone", help="Only this refusal, not the whole incident.")
    ] = False,
    lasts: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="24h", help="For allow: how long the words pass; 24h if not given."
        ),
    ] = None,
    reason: ReasonOption = "",
) -> None:
    """Decide an incident on one example: allow all of it, mark all as spam, or keep it as it is."""
    if lasts is not None and answer is not ReviewAnswer.ALLOW:
        raise typer.BadParameter(f"--for goes with allow: after {answer.value} no words pass.")
    body = {
        "reference": reference,
        "answer": answer.value,
        "is_alone": alone,
        "lasts_ms": duration_ms(lasts or "24h"),
        "note": reason,
    }
    result = server.change(f"{PATH}/decide", body)
    end_if_json(result)
    console.print(f"{result['decided']:,} decided: {result['answer']}.")
    if result["left"]:
        console.print(f"{result['left']:,} are left: give the same command again.")
    for trouble in result["troubles"]:
        errors.print(f"[yellow]{printable(trouble)}[/]")


def _set(server: AdminClient, path: str, body: dict[str, Any], words: str) -> None:
    answer = server.change(f"{PATH}/{path}", body)
    end_if_json(answer)
    console.print(
        f"{printable(answer['reference'])} {words}: {answer['refusals']:,} of its events."
    )
