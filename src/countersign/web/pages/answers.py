"""HTML responses, with headers that restrict what a browser does with them."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from countersign.web.http.answers import Answer, Headers

_COMMON: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)


class Page(Answer):
    """An HTML page: an ASGI application, as every `Answer`.

    Args:
        status: the HTTP status.
        html: the whole document.
        csp: its Content-Security-Policy.
        referrer: its Referrer-Policy. Forms sent under `no-referrer` have no origin to be checked.
        headers: what is needed beside.
    """

    def __init__(
        self,
        status: int,
        html: str,
        *,
        csp: str,
        referrer: bytes = b"no-referrer",
        headers: Headers = (),
    ) -> None:
        body = html.encode("utf-8", "replace")  # text of others may contain a lone surrogate
        own = (
            (b"referrer-policy", referrer),
            (b"content-security-policy", csp.encode("ascii")),
            (b"content-length", b"%d" % len(body)),
        )
        super().__init__(status, None, (*_COMMON, *own, *headers))
        self.body = body


def see_other(path: str, headers: Headers = ()) -> Answer:
    """Return a redirect to another page of ours, after a form was sent.

    Args:
        path: percent-encoded, from `/` on.
        headers: what is needed beside, such as a cookie.
    """
    leading = ((b"location", path.encode("ascii")), (b"content-length", b"0"))
    return Answer(303, None, (*leading, (b"cache-control", b"no-store"), *headers))


def source_hash(text: str) -> str:
    """Return the Content-Security-Policy source of one inline style or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
