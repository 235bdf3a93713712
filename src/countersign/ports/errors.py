"""What a port raises when the world lets us down; adapters translate into these, and no others."""

from countersign.protocol.errors import CountersignError


class StoreUnavailable(CountersignError):
    """The store does not answer; nothing is known to be stored."""


class PeerUnavailable(CountersignError):
    """Another server does not answer, or not in a way that means anything: try again later."""


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
