"""`countersign indicators`: links, contacts and wallets that are known to be bad."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import duration_ms
from countersign.cli.options import CommunityOption
from countersign.cli.output import Column, at, console, print_table, printable

app = typer.Typer(
    no_args_is_help=True, help="Links, contacts and wallets that are known from abuse."
)

PATH = "/_countersign/v1/indicators"

IndicatorArgument = Annotated[
    str,
    typer.Argument(
        metavar="INDICATOR",
        help="A link, domain, @name, phone number, mail address or wallet; or an ID.",
    ),
]


@command(app, "list")
def list_bad(server: AdminClient, community: CommunityOption = None) -> None:
    """List bad indicators with the reasons; contacts of people by a part of their hash."""
    indicators = server.read(PATH, {"community": community})["indicators"]
    end_if_json(indicators)
    print_table(
        indicators,
        (
            Column("Community", "community", rank=4),
            Column("Indicator", "label", rank=0),
            Column("Because", "because", rank=1),
            Column("Reference", lambda each: each["reference"] or "", rank=3),
            Column("Until (UTC)", at("until_ts"), rank=2),
            Column("ID", "id", is_below=True),
        ),
        empty="Nothing is known to be bad.",
    )


@command(app, "add")
def add(
    server: AdminClient,
    indicator: IndicatorArgument,
    community: CommunityOption = None,
    lasts: Annotated[str, typer.Option("--for", metavar="30d", help="How long it is bad.")] = "30d",
) -> None:
    """Add a link, contact or wallet to the bad ones."""
    body: dict[str, Any] = {"indicator": indicator, "lasts_ms": duration_ms(lasts)}
    _change(server, "add", body, community, "is bad now")


@command(app, "remove")
def remove(
    server: AdminClient, indicator: IndicatorArgument, community: CommunityOption = None
) -> None:
    """Remove a link, contact or wallet from the bad ones."""
    _change(server, "remove", {"indicator": indicator}, community, "is bad no more")


def _change(
    server: AdminClient, action: str, body: dict[str, Any], community: str | None, confirmation: str
) -> None:
    answer = server.change(f"{PATH}/{action}", {**body, "community": community})
    end_if_json(answer)
    console.print(f"{printable(answer['label'])} {confirmation}.")
