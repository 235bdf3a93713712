"""The text model that ships with the program."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from countersign.policy.text_model.model import TextModel

WEIGHTS_FILE: Final = "weights.bin"
MANIFEST_FILE: Final = "manifest.json"


@cache
def shipped_model() -> TextModel:
    """Return the model; its file is read once, when the first policy asks for it."""
    return TextModel.from_bytes(shipped_file(WEIGHTS_FILE))


@cache
def shipped_digest() -> bytes:
    """Return the SHA-256 of the model's weights."""
    return sha256(shipped_file(WEIGHTS_FILE)).digest()


def shipped_file(name: str) -> bytes:
    """Return one of the model's files."""
    return files("countersign.policy.text_model").joinpath(name).read_bytes()
