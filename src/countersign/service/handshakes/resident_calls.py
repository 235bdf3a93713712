"""Requests to resident servers, one after the other until one answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.protocol.errors import BadJson, CountersignError
from countersign.protocol.identifiers import is_server_name, server_name_of
from countersign.service.errors import ServiceError

Progress = Callable[[str], None]
"""Receives a line of progress, for the person who waits."""

MAX_SERVERS_ASKED: Final = 10

_WORDS: Final = {
    "M_FORBIDDEN": "it says that we may not",
    "M_NOT_FOUND": "it does not know the room",
    "M_UNABLE_TO_AUTHORISE_JOIN": "it cannot tell whether we meet the room's conditions",
    "M_UNABLE_TO_GRANT_JOIN": "it cannot let us in itself; another server of the room may",
    "M_INCOMPATIBLE_ROOM_VERSION": "the room has a version that Countersign does not know",
}


class AnswerUntrustworthy(CountersignError):
    """A resident server's answer is invalid; the message is a clause to follow "the server"."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failed request to a resident server.

    Attributes:
        server: its name.
        reason: what happened, for the operator.
        errcode: the Matrix error code that it answered with, or None.
    """

    server: str
    reason: str
    errcode: str | None = None

    @classmethod
    def failed(cls, server: str, error: CountersignError) -> "Attempt":
        """Return the attempt for an exception of a request."""
        match error:
            case PeerRefused():
                words = _WORDS.get(error.errcode)
                error_text = f"{error.errcode}: {error.error}"
                return cls(
                    server, f"{words} ({error_text})" if words else error_text, error.errcode
                )
            case PeerUnavailable():
                return cls(server, f"it does not answer: {error}")
            case _:
                return cls(server, f"its answer cannot be trusted: {error}")


class HandshakeFailed(ServiceError):
    """No server completed a handshake; the message names each server, the reason, and what to do.

    Args:
        opening: what failed, as a sentence without its full stop.
        attempts: the servers asked, in order.
        remedy: what the operator can do, as whole sentences.
    """

    def __init__(self, opening: str, attempts: Sequence[Attempt], remedy: str) -> None:
        tried = "; ".join(f"{attempt.server}: {attempt.reason}" for attempt in attempts)
        super().__init__(f"{opening}. {f'Asked {tried}. ' if tried else ''}{remedy}")
        self.attempts = tuple(attempts)


def servers_to_ask(
    *groups: Iterable[str], room_id: str | None = None, ourselves: str
) -> tuple[str, ...]:
    """Return the servers worth asking, best first, each once and never ourselves.

    Args:
        groups: server names, the best group first; malformed ones are left out.
        room_id: the server in a room ID of older versions is asked last.
        ourselves: our server name.
    """
    servers: dict[str, None] = {}
    for server in _candidates(groups, room_id):
        if server != ourselves and is_server_name(server):
            servers[server] = None
        if len(servers) == MAX_SERVERS_ASKED:
            break
    return tuple(servers)


def _candidates(groups: Iterable[Iterable[str]], room_id: str | None) -> Iterator[str]:
    for group in groups:
        yield from group
    if room_id is not None and ":" in room_id:
        try:
            yield server_name_of(room_id)
        except BadJson:
            return
