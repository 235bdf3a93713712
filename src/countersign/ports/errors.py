"""Errors of ports. Adapters raise only these."""

from enum import Enum, unique

from countersign.protocol.errors import CountersignError


class StoreUnavailable(CountersignError):
    """The store does not answer; nothing may have been stored."""


@unique
class Trouble(Enum):
    """Stage at which a request to another server failed."""

    NAME = "name"
    """Its name has no address."""
    NAME_SERVERS = "name servers"
    """No name server answered."""
    ADDRESS = "address"
    """Its address is not allowed, such as one in a private network."""
    CONNECTION = "connection"
    """The connection failed."""
    TLS = "tls"
    """Its certificate is not valid for the server name."""
    ANSWER = "answer"
    """The answer is late or invalid."""


class PeerUnavailable(CountersignError):
    """Another server does not answer, or its answer is invalid; try again later.

    Args:
        message: description for the operator.
        trouble: the stage that failed.
    """

    def __init__(self, message: str | None = None, trouble: Trouble = Trouble.ANSWER) -> None:
        super().__init__(message)
        self.trouble = trouble


class PeerRefused(CountersignError):
    """Another server understood the request and refused it.

    Args:
        status: the HTTP status of its answer.
        errcode: the Matrix error code; `M_UNKNOWN` if the answer has none.
        error: its text for people, bounded in length; untrusted.
    """

    def __init__(self, status: int, errcode: str, error: str) -> None:
        super().__init__(f"refused with {status} {errcode}: {error}")
        self.status = status
        self.errcode = errcode
        self.error = error


class StoreOutdated(CountersignError):
    """The store has an older version's schema and is not migrated; the message says what to do."""
