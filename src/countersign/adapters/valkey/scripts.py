"""The library that runs on the Valkey or Redis server: the function that counts."""

from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple, Self

_HASH_DIGITS: Final = 16


class Library(NamedTuple):
    """A library with one function; both are named by a hash of the code.

    So two versions of Countersign can use one server at the same time, as during an upgrade.

    Attributes:
        name: the name of the library and of its function.
        code: the argument of `FUNCTION LOAD`.
    """

    name: str
    code: str

    @classmethod
    def of(cls, source: str) -> Self:
        """Return the library for a Lua source, which registers a function named `FUNCTION_NAME`."""
        name = f"countersign_{sha256(source.encode()).hexdigest()[:_HASH_DIGITS]}"
        return cls(name, f"#!lua name={name}\nlocal FUNCTION_NAME = '{name}'\n{source}")


def counting_source() -> str:
    """Return the Lua source of the function that counts: the files in `scripts`, in order."""
    folder = files("countersign.adapters.valkey") / "scripts"
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    return "\n".join(part.read_text("utf-8") for part in parts)


def counting_library() -> Library:
    """Return the library of the function that counts."""
    return Library.of(counting_source())
