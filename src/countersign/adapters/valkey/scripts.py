"""The library of the function that counts, which runs on the server."""

from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple, Self

_HASH_DIGITS: Final = 16


class Library(NamedTuple):
    """A library of one function, both named by a hash of the code.

    So two versions of Countersign can use a server side by side, as during an upgrade.

    Attributes:
        name: of the library and its function.
        code: as `FUNCTION LOAD` takes it.
    """

    name: str
    code: str

    @classmethod
    def of(cls, source: str) -> Self:
        """Return the library that some Lua makes, which registers its `FUNCTION_NAME`."""
        name = f"countersign_{sha256(source.encode()).hexdigest()[:_HASH_DIGITS]}"
        return cls(name, f"#!lua name={name}\nlocal FUNCTION_NAME = '{name}'\n{source}")


def counting_source() -> str:
    """Return the Lua of the function that counts: the files beside this one, in their order."""
    folder = files("countersign.adapters.valkey") / "scripts"
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    return "\n".join(part.read_text("utf-8") for part in parts)


def counting_library() -> Library:
    """Return the library of the function that counts."""
    return Library.of(counting_source())
