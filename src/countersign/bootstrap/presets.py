"""The policy documents that come with the program, to start from."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

_FOLDER: Final = "presets"


@cache
def read_presets() -> Mapping[str, bytes]:
    """Return the source of each preset, by name."""
    folder = files("countersign.policy").joinpath(_FOLDER)
    return {
        file.name.removesuffix(".yaml"): file.read_bytes()
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".yaml")
    }
