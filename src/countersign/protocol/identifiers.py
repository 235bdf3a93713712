"""Server names, and the identifiers of users, rooms and events: their grammar and nothing else.

Identifiers are case-sensitive and compared byte for byte; nothing here changes one.

Spec: https://spec.matrix.org/v1.18/appendices/#identifier-grammar
"""

import json
import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

from countersign.protocol.errors import BadJson

MAX_IDENTIFIER_BYTES: Final = 255
"""Maximum length of an identifier, an event type or a state key, in bytes of UTF-8."""

_MAX_REMEMBERED: Final = 4_096
"""Maximum number of cached names; nearly all look-ups are of a few hundred short ones."""
_MAX_PORT: Final = 65_535

_SERVER_NAME: Final = re.compile(
    r"\A(?:\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[0-9A-Za-z.-]{1,255}))"
    r"(?::(?P<port>[0-9]{1,5}))?\Z"
)
_DOTTED_QUAD: Final = re.compile(r"\A[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\Z")
_CONTINUES_USER_ID: Final = r"[A-Za-z0-9-]|\.[A-Za-z0-9]|(?::|%3A)[0-9]"
_ESCAPED_IN_LINKS: Final = re.compile(rb"[^A-Za-z0-9_.~-]")
_HASH: Final = re.compile(r"\A[$!][A-Za-z0-9+/_-]{43}\Z")


class HostPort(NamedTuple):
    """Host and port of a server name.

    Attributes:
        host: a DNS name or an IP address; an IPv6 address without its brackets.
        port: the port as written, or None.
        is_ip_literal: `host` is an address and needs no look-up.
    """

    host: str
    port: int | None
    is_ip_literal: bool

    @property
    def url_host(self) -> str:
        """The host for URLs: an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


def is_server_name(text: str) -> bool:
    """Return True if `text` is a server name: a DNS name or IP address, perhaps with a port.

    Spec:
        https://spec.matrix.org/v1.18/appendices/#server-name
    """
    return _match_server_name(text) is not None


def parse_server_name(text: str) -> str:
    """Return `text` as it is, if it is a server name.

    Raises:
        BadJson: it is not.
    """
    if _match_server_name(text) is None:
        raise BadJson("This is not a valid server name.")
    return text


def split_server_name(name: str) -> HostPort:
    """Part a server name into host and port.

    Raises:
        BadJson: `name` is not a server name.
    """
    match = _match_server_name(name)
    if match is None:
        raise BadJson("This is not a valid server name.")
    port = int(match["port"]) if match["port"] else None
    if match["ipv6"]:
        return HostPort(match["ipv6"], port, is_ip_literal=True)
    return HostPort(match["host"], port, is_ip_literal=bool(_DOTTED_QUAD.match(match["host"])))


def server_name_of(identifier: str) -> str:
    """Return the server name in a user ID, or in a room or event ID of the kind that has one.

    Raises:
        BadJson: there is no valid server name after the first colon.
    """
    return parse_server_name(identifier.partition(":")[2])


@lru_cache(8)
def spellings_of(identifier: str) -> tuple[str, ...]:
    """Return an identifier in plain text, JSON and links: plain first, each spelling once.

    Historical user IDs may contain any character; JSON escapes some of these, links most.
    """
    in_json = json.dumps(identifier, ensure_ascii=False)[1:-1]
    in_ascii_json = json.dumps(identifier)[1:-1]
    in_links = _ESCAPED_IN_LINKS.sub(lambda byte: b"%%%02X" % ord(byte[0]), identifier.encode())
    return tuple(dict.fromkeys((identifier, in_json, in_ascii_json, in_links.decode())))


def without_user(text: str, user_id: str) -> str:
    """Return `text` with `(erased)` in place of a user's ID, and longer IDs left as they are.

    The text may be JSON.
    """
    spelled = "|".join(map(re.escape, spellings_of(user_id)))
    return re.sub(rf"(?:{spelled})(?!{_CONTINUES_USER_ID})", "(erased)", text)


def is_user_id(text: str) -> bool:
    """Return True if `text` is a user ID, with the historical ones that servers must accept.

    Spec:
        https://spec.matrix.org/v1.18/appendices/#historical-user-ids
    """
    return text[:1] == "@" and _has_localpart_and_domain(text)


def is_room_id(text: str) -> bool:
    """Return True if `text` is a room ID of any room version."""
    return text[:1] == "!" and len(text) <= MAX_IDENTIFIER_BYTES and _is_short_room_id(text)


@lru_cache(_MAX_REMEMBERED)
def _is_short_room_id(text: str) -> bool:
    return is_hash_id(text) or _has_short_localpart_and_domain(text)


def is_room_alias(text: str) -> bool:
    """Return True if `text` is a room alias."""
    return text.startswith("#") and _has_localpart_and_domain(text)


def is_event_id(text: str) -> bool:
    """Return True if `text` is an event ID of any room version."""
    return text.startswith("$") and (is_hash_id(text) or _has_localpart_and_domain(text))


def is_hash_id(text: str) -> bool:
    """Return True if `text` is a sigil and 32 bytes of unpadded base64, of either alphabet."""
    return _HASH.match(text) is not None


def is_short_enough(text: str) -> bool:
    """Return True if `text` is at most 255 bytes long in UTF-8."""
    if text.isascii():
        return len(text) <= MAX_IDENTIFIER_BYTES
    return len(text.encode("utf-8", "surrogatepass")) <= MAX_IDENTIFIER_BYTES


def _has_localpart_and_domain(text: str) -> bool:
    return len(text) <= MAX_IDENTIFIER_BYTES and _has_short_localpart_and_domain(text)


@lru_cache(_MAX_REMEMBERED)
def _has_short_localpart_and_domain(text: str) -> bool:
    return (
        is_short_enough(text)
        and "\0" not in text
        and _match_server_name(text.partition(":")[2]) is not None
    )


def _match_server_name(text: str) -> re.Match[str] | None:
    return _match_short_server_name(text) if len(text) <= MAX_IDENTIFIER_BYTES else None


@lru_cache(_MAX_REMEMBERED)
def _match_short_server_name(text: str) -> re.Match[str] | None:
    match = _SERVER_NAME.match(text)
    if match is None:
        return None
    port = match["port"]
    if port is not None and not 0 < int(port) <= _MAX_PORT:
        return None
    try:
        if match["ipv6"] is not None:
            IPv6Address(match["ipv6"])
        elif _DOTTED_QUAD.match(match["host"]):
            IPv4Address(match["host"])
    except AddressValueError:
        return None
    return match
