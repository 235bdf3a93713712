"""The `Authorization: X-Matrix` header: parsing, writing, and the bytes that it signs.

Spec: https://spec.matrix.org/v1.18/server-server-api/#request-authentication
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from countersign.basics.records import record
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError, Unauthorized
from countersign.protocol.identifiers import is_server_name
from countersign.protocol.keys.signing_keys import (
    SIGNATURE_BYTES,
    ServerSigningKey,
    is_ed25519_key_id,
)

MAX_HEADERS: Final = 8
MAX_HEADER_BYTES: Final = 4096
_MAX_SIGNATURE_CHARS: Final = 128
_USUAL_BYTES: Final = 768
_MAX_REMEMBERED: Final = 2_048
"""Number of servers whose parsed headers and requests are cached: some 3 MB at most."""

# RFC 9110, sections 5.6 and 11.4. Each alternative starts with a byte that no other starts with, so
# nothing is ever tried twice. A bare value may also hold colons, for the sake of old servers.
_SCHEME = re.compile(rb"x-matrix +", re.IGNORECASE)
_EMPTY_ELEMENTS = re.compile(rb"[ \t,]*")
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_BARE = rb"[!#$%&'*+.^_`|~0-9A-Za-z:-]+"
_QUOTED = rb'"((?>(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]++|\\[\t \x21-\x7e\x80-\xff])*))"'
_SEPARATOR = rb"[ \t]*(?:,[ \t,]*|\Z)"
_PARAMETER = re.compile(
    rb"(" + _TOKEN + rb")[ \t]*=[ \t]*(?:" + _QUOTED + rb"|(" + _BARE + rb"))" + _SEPARATOR
)
# What all homeservers write; no value has a quotation mark. Whatever this matches, the above reads.
_NAME = rb"[0-9A-Za-z.:\[\]-]{1,255}"
_USUAL = re.compile(
    rb'X-Matrix origin="' + _NAME + rb'",(?:destination="' + _NAME + rb'",)?'
    rb'key="[0-9A-Za-z:_]{1,128}",sig="A"(?:,destination="' + _NAME + rb'")?\Z'
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class _Claims(NamedTuple):
    origin: str
    destination: str | None
    key_id: str


@record(frozen=True, slots=True)
class XMatrix:
    """Claimed origin, destination and signatures of a request, not verified.

    Attributes:
        origin: a server name.
        destination: a server name, to be compared with ours byte for byte; None if not given.
        signatures: pairs of Ed25519 key ID and 64 bytes, at least one.
    """

    origin: str
    destination: str | None
    signatures: tuple[tuple[str, bytes], ...]


def parse_authorization(values: Sequence[bytes]) -> XMatrix:
    """Parse the values of all `Authorization` headers of a request.

    Several headers are signatures by several keys; they must have the same origin and destination.

    Raises:
        Unauthorized: there is none, there is anything but X-Matrix, they disagree, one is
            malformed, or none has a key that we understand.
    """
    if not values:
        raise Unauthorized("The request has no Authorization header.")
    if len(values) == 1 and len(values[0]) <= _USUAL_BYTES:
        usual = _parse_usual(values[0])
        if usual is not None:
            return usual
    if len(values) > MAX_HEADERS:
        raise Unauthorized(f"The request has more than {MAX_HEADERS} Authorization headers.")
    credentials = [_parse_credentials(value) for value in values]
    origin, destination = credentials[0][:2]
    for other in credentials[1:]:
        if other[:2] != (origin, destination):
            raise Unauthorized("The Authorization headers disagree about origin or destination.")
    signatures = [
        (key_id, _parse_signature(signature))
        for _, _, key_id, signature in credentials
        if is_ed25519_key_id(key_id)
    ]
    if not signatures:
        raise Unauthorized("The Authorization header has no Ed25519 key.")
    return XMatrix(origin, destination, tuple(signatures))


def _parse_usual(value: bytes) -> XMatrix | None:
    """Parse a header in the form that nearly all servers use; None for other forms."""
    before, _, rest = value.partition(b'sig="')
    signature, quote, after = rest.partition(b'"')
    claims = _read_claims(before, after) if quote else None
    if claims is None:
        return None
    try:
        decoded = unpadded_base64.decode(signature.decode("ascii"))
    except (ProtocolError, UnicodeDecodeError):
        return None
    if len(decoded) != SIGNATURE_BYTES or len(signature) > _MAX_SIGNATURE_CHARS:
        return None
    return XMatrix(claims.origin, claims.destination, ((claims.key_id, decoded),))


@lru_cache(_MAX_REMEMBERED)
def _read_claims(before: bytes, after: bytes) -> _Claims | None:
    """Read the parameters beside the signature, which are the same in each header of a server."""
    header = b'%bsig="A"%b' % (before, after)
    if _USUAL.match(header) is None:  # so the place of the signature is where it is in the header
        return None
    try:
        origin, destination, key_id, _ = _parse_credentials(header)
    except Unauthorized:
        return None
    return _Claims(origin, destination, key_id) if is_ed25519_key_id(key_id) else None


def request_bytes(
    method: str, uri: str, origin: str, destination: str, content: bytes | None
) -> bytes:
    """Return the canonical JSON that the request's signature covers.

    Args:
        method: as on the request line.
        uri: the request target as it was sent, from `/_matrix/` on, with `?` and what follows.
        origin: the requesting server's name.
        destination: the name of the server that receives it, also if the header lacks it.
        content: the body as canonical JSON; None if the request has no body.

    Raises:
        ProtocolError: an argument cannot be written as JSON.
    """
    write = _without_content if len(uri) <= _USUAL_BYTES else _without_content.__wrapped__
    encoded = write(destination, method, origin, uri)
    if content is None:
        return b"{" + encoded
    # `content` sorts before all other keys, and is canonical already: no need to write it again.
    return b"".join((b'{"content":', content, b",", encoded))


@lru_cache(_MAX_REMEMBERED)
def _without_content(destination: str, method: str, origin: str, uri: str) -> bytes:
    """Return all that follows the content, or the opening brace."""
    return encode_canonical(
        {"destination": destination, "method": method, "origin": origin, "uri": uri}
    )[1:]


def authorization_header(
    method: str,
    uri: str,
    origin: str,
    destination: str,
    content: bytes | None,
    key: ServerSigningKey,
) -> str:
    """Return the value of the Authorization header for a request of ours.

    Arguments are those of `request_bytes`. The form is the one that the specification recommends
    for old servers: all values quoted, no space after a comma, lower-case names.

    Raises:
        ProtocolError: an argument cannot be written as JSON.
    """
    signature = key.sign(request_bytes(method, uri, origin, destination, content))
    return (
        f'X-Matrix origin="{origin}",destination="{destination}",'
        f'key="{key.key_id}",sig="{unpadded_base64.encode(signature)}"'
    )


def _parse_credentials(value: bytes) -> tuple[str, str | None, str, str]:
    parameters = _parse_parameters(value)
    try:
        origin = parameters["origin"]
        destination = parameters.get("destination")
        for name in (origin, destination):
            if name is not None and not is_server_name(name):
                raise Unauthorized(
                    "The Authorization header holds something that is no server name."
                )
        return origin, destination, parameters["key"], parameters["sig"]
    except KeyError as missing:
        name = missing.args[0]
        raise Unauthorized(f"The Authorization header has no {name}.") from None


def _parse_parameters(value: bytes) -> dict[str, str]:
    if len(value) > MAX_HEADER_BYTES:
        raise Unauthorized(f"The Authorization header has more than {MAX_HEADER_BYTES} bytes.")
    scheme = _SCHEME.match(value)
    if scheme is None:
        raise Unauthorized("The Authorization header is not of the scheme X-Matrix.")
    parameters: dict[str, str] = {}
    position = _end(_EMPTY_ELEMENTS, value, scheme.end())
    while position < len(value):
        parameter = _PARAMETER.match(value, position)
        if parameter is None:
            raise Unauthorized("The Authorization header is malformed.")
        raw_name, quoted, bare = parameter.groups()
        name = raw_name.decode("ascii").lower()
        if name in parameters:
            raise Unauthorized("The Authorization header gives a parameter twice.")
        if quoted is not None and b"\\" in quoted:
            quoted = _ESCAPE.sub(rb"\1", quoted)
        parameters[name] = (bare if quoted is None else quoted).decode("latin-1")
        position = parameter.end()
    return parameters


def _end(pattern: re.Pattern[bytes], value: bytes, position: int) -> int:
    match = pattern.match(value, position)
    return position if match is None else match.end()


def _parse_signature(text: str) -> bytes:
    try:
        signature = unpadded_base64.decode(text) if len(text) <= _MAX_SIGNATURE_CHARS else b""
    except ProtocolError:
        signature = b""
    if len(signature) != SIGNATURE_BYTES:
        raise Unauthorized("The signature in the Authorization header is not 64 bytes of base64.")
    return signature
