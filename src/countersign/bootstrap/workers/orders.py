"""What a supervisor tells a worker at its start, as one JSON argument, and what it hears back."""

from typing import Final

import msgspec

READY: Final = b"\n"
"""Ends the line by which a worker says that it is ready."""


class InheritedSocket(msgspec.Struct, frozen=True):
    """A listening socket that a worker inherits: what is served there, and its descriptor."""

    served: str
    descriptor: int


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """Orders to a worker.

    Attributes:
        number: its place, 0 for the first.
        process: its name.
        sockets: those that listen.
        counts: the descriptor of the memory with the counts of connections.
        workers: how many there are.
        alive: the descriptor that reads nothing until the supervisor has ended.
        ready: the descriptor to which the worker writes a line once it is ready.
        pages: the folder where each worker shows its metrics to the others.
    """

    number: int
    process: str
    sockets: tuple[InheritedSocket, ...]
    counts: int
    workers: int
    alive: int
    ready: int
    pages: str
