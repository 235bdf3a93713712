"""`m.room.server_acl`: whether a server may take part in a room.

Spec: https://spec.matrix.org/v1.18/client-server-api/#server-access-control-lists-acls-for-rooms
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import split_server_name

_MAX_HOST_CHARS: Final = 255


@dataclass(frozen=True, slots=True)
class GlobSet:
    """Many glob patterns as one automaton, which takes one step for each character.

    Each position in each pattern is a bit of a large integer, set if the text read so far matches
    up to there. There is no backtracking, so no patterns are slow.

    Attributes:
        starts: the positions before each pattern's first character.
        ends: the positions after each pattern's last character.
        stars: the positions of `*`, at which any character stays.
        any_character: the positions that `?` leads to.
        characters: the positions that a character leads to, by character.
    """

    starts: int
    ends: int
    stars: int
    any_character: int
    characters: dict[str, int]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> "GlobSet":
        """Compile patterns in which `*` matches any text and `?` any one character.

        Case is ignored. A pattern that needs more than 255 characters is left out, because no host
        has so many.
        """
        starts: list[int] = []
        ends: list[int] = []
        stars: list[int] = []
        anywhere: list[int] = []
        characters: dict[str, list[int]] = {}
        position = 0
        for pattern in dict.fromkeys(pattern.lower() for pattern in patterns):
            if len(pattern) - pattern.count("*") > _MAX_HOST_CHARS:
                continue
            starts.append(position)
            for character in pattern:
                if character == "*":
                    stars.append(position)
                    continue
                position += 1
                (anywhere if character == "?" else characters.setdefault(character, [])).append(
                    position
                )
            ends.append(position)
            position += 1
        return cls(
            _bits(starts, position),
            _bits(ends, position),
            _bits(stars, position),
            _bits(anywhere, position),
            {character: _bits(at, position) for character, at in characters.items()},
        )

    def matches(self, text: str) -> bool:
        """Return True if a pattern matches the whole of `text`."""
        reached = self.starts
        for character in text.lower():
            led_to = self.any_character | self.characters.get(character, 0)
            reached = ((reached << 1) & led_to) | (reached & self.stars)
            if not reached:
                return False
        return bool(reached & self.ends)


@dataclass(frozen=True, slots=True)
class ServerAcl:
    """Server ACL of a room."""

    allows_ip_literals: bool
    allowed: GlobSet
    denied: GlobSet

    @classmethod
    def parse(cls, content: JsonObject) -> "ServerAcl":
        """Read the content of `m.room.server_acl`, not validated.

        By the specification a value that is no boolean counts as true, and one that is no list as
        an empty list. Entries that are no strings are ignored.
        """
        return cls(
            allows_ip_literals=content.get("allow_ip_literals") is not False,
            allowed=GlobSet.of(_strings(content.get("allow"))),
            denied=GlobSet.of(_strings(content.get("deny"))),
        )

    def allows(self, server_name: str) -> bool:
        """Return True if the server may take part; its port is ignored.

        An invalid server name is denied.
        """
        try:
            name = split_server_name(server_name)
        except ProtocolError:
            return False
        if name.is_ip_literal and not self.allows_ip_literals:
            return False
        host = name.url_host
        return not self.denied.matches(host) and self.allowed.matches(host)


def _strings(entries: Any) -> Iterable[str]:
    return [entry for entry in entries if isinstance(entry, str)] if type(entries) is list else []


def _bits(positions: list[int], size: int) -> int:
    """Return the integer with a bit set at each position, all below `size`."""
    octets = bytearray(size // 8 + 1)
    for position in positions:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")
