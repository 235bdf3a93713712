"""Answers of the HTTP layer to malformed, slow or large requests."""

from countersign.web.http.answers import Answer, error_answer

BAD_REQUEST = error_answer(400, "M_UNKNOWN", "This is not a valid HTTP/1.1 request.")
BAD_TRANSFER = error_answer(400, "M_UNKNOWN", "The only transfer coding known here is chunked.")
NO_HOST = error_answer(400, "M_UNKNOWN", "A request needs exactly one Host header.")
NO_UPGRADE = error_answer(400, "M_UNKNOWN", "Only HTTP/1.1 is spoken here: no upgrades.")
BAD_VERSION = error_answer(505, "M_UNKNOWN", "Only HTTP/1.1 is spoken here.")
TOO_SLOW = error_answer(408, "M_UNKNOWN", "The request did not arrive in time.")
HEADERS_TOO_LARGE = error_answer(431, "M_TOO_LARGE", "The request's headers are too large.")
TOO_MUCH_FRAMING = error_answer(400, "M_TOO_LARGE", "The chunks are too small or too many.")
NO_MEMORY_LEFT = error_answer(
    503,
    "M_UNKNOWN",
    "Too much is being uploaded at the moment; please try again a little later.",
    headers=((b"retry-after", b"1"),),
)
TOO_MANY_CONNECTIONS = error_answer(
    503,
    "M_UNKNOWN",
    "There are too many connections at the moment; please try again a little later.",
    headers=((b"retry-after", b"1"),),
)
NO_ANSWER = error_answer(500, "M_UNKNOWN", "The server failed to answer.")


class Refused(Exception):
    """Stop of the parser, with the last answer of the connection."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
