"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from countersign.config import CONFIG_FILE_NAME

ConfigOption: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="COUNTERSIGN_CONFIG",
        help="The settings file.",
        show_default=True,
    ),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

DEFAULT_CONFIG = Path("data") / CONFIG_FILE_NAME
