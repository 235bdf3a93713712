"""Arguments that several commands on policies take."""

from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT: Final = "default"
"""The community of all rooms that are nobody else's."""

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A policy document.")]
CommunityOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="The community: its file's name in the folder `communities`."
    ),
]
OptionalCommunityOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The community, as its file is named; `default` if not given."
    ),
]
