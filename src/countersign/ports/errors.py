"""Errors of ports; adapters translate into these, and no others."""

from enum import Enum, unique

from countersign.protocol.errors import CountersignError


class StoreUnavailable(CountersignError):
    """The store does not answer; nothing is known to be stored."""


@unique
class Trouble(Enum):
    """Stage at which a request to another server failed."""

    NAME = "name"
    """Its name leads nowhere."""
    NAME_SERVERS = "name servers"
    """Nobody told us where its name leads."""
    ADDRESS = "address"
    """Its address is one that we don't connect to."""
    CONNECTION = "connection"
    """Nobody takes our connection."""
    TLS = "tls"
    """Whoever takes it does not prove to be that server."""
    ANSWER = "answer"
    """It answers too late, or not what was asked."""


class PeerUnavailable(CountersignError):
    """Another server does not answer, or not in a way that means anything: try again later.

    Args:
        message: what happened, for the operator.
        trouble: how far we got.
    """

    def __init__(self, message: str | None = None, trouble: Trouble = Trouble.ANSWER) -> None:
        super().__init__(message)
        self.trouble = trouble


class PeerRefused(CountersignError):
    """Another server understood the request and refused it.

    Args:
        status: the HTTP status of its answer.
        errcode: the Matrix error code, `M_UNKNOWN` where the answer names none.
        error: its words for a person; written by a stranger, so bounded and never trusted.
    """

    def __init__(self, status: int, errcode: str, error: str) -> None:
        super().__init__(f"refused with {status} {errcode}: {error}")
        self.status = status
        self.errcode = errcode
        self.error = error


class StoreOutdated(CountersignError):
    """The store has an older version's schema and is not migrated; the message says what to do."""
