"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ConfigOption: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="COUNTERSIGN_CONFIG",
        help="The settings file.",
        show_default=True,
    ),
]
JsonOption: TypeAlias = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")
]
CommunityOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which community; else the default one."),
]

DEFAULT_CONFIG = Path("data/countersign.yaml")
