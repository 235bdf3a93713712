"""`countersign indicators`: links, contacts and wallets that are known to be bad."""

from typing import Annotated, Any

import typer

from countersign.cli import admin_client
from countersign.cli.durations import duration_ms
from countersign.cli.options import DEFAULT_CONFIG, CommunityOption, ConfigOption, JsonOption
from countersign.cli.output import Column, at, console, print_json, print_table, printable

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


@app.command("list")
def list_bad(
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """List bad indicators with the reasons; contacts of people by a part of their hash."""
    found = admin_client.read(config, PATH, {"community": community})["indicators"]
    if json:
        print_json(found)
        return
    print_table(
        found,
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


@app.command("add")
def add(
    indicator: IndicatorArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    lasts: Annotated[str, typer.Option("--for", metavar="30d", help="How long it is bad.")] = "30d",
    json: JsonOption = False,
) -> None:
    """Add a link, contact or wallet to the bad ones."""
    body: dict[str, Any] = {"indicator": indicator, "lasts_ms": duration_ms(lasts)}
    _change(config, "add", body, community, "is bad now", json=json)


@app.command("remove")
def remove(
    indicator: IndicatorArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a link, contact or wallet from the bad ones."""
    _change(config, "remove", {"indicator": indicator}, community, "is bad no more", json=json)


def _change(
    config: Any, what: str, body: dict[str, Any], community: str | None, said: str, *, json: bool
) -> None:
    answer = admin_client.change(config, f"{PATH}/{what}", {**body, "community": community})
    if json:
        print_json(answer)
        return
    console.print(f"{printable(answer['label'])} {said}.")
