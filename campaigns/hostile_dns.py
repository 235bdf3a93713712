"""The attacker's name server, whose answers follow the scenario of each name."""

import asyncio
import struct
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address
from typing import Final

from campaigns.hostile_names import Scene

A: Final = 1
CNAME: Final = 5
AAAA: Final = 28
SRV: Final = 33
_NXDOMAIN: Final = 3
_HEADER_BYTES: Final = 12
_PACKED_BYTES: Final = {A: 4, AAAA: 16}


class HostileNameServer(asyncio.DatagramProtocol):
    """Answers over UDP, and from one list of addresses after the other."""

    def __init__(self) -> None:
        self._addresses: dict[str, list[list[str]]] = {}
        self._aliases: dict[str, str] = {}
        self._services: dict[str, list[tuple[int, int, int, str]]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> str:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def learn(self, scene: Scene) -> None:
        """Answer as the scene says from now on."""
        self._addresses.update({name: list(lists) for name, lists in scene.addresses.items()})
        self._aliases.update(scene.aliases)
        self._services.update(scene.services)

    def forget(self, scene: Scene) -> None:
        """Forget the scene again; names that many scenes share stay."""
        for name in scene.addresses:
            if name.endswith(".example"):
                self._addresses.pop(name, None)
        for name in scene.services:
            self._services.pop(name, None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str | int, int]) -> None:
        labels, position = [], _HEADER_BYTES
        while length := data[position]:
            labels.append(data[position + 1 : position + 1 + length].decode("latin-1"))
            position += 1 + length
        name = ".".join(labels).lower()
        kind = int.from_bytes(data[position + 1 : position + 3], "big")
        question = data[_HEADER_BYTES : position + 5]
        records = list(self._records(name, kind))
        code = 0 if records or name in self._addresses else _NXDOMAIN
        header = data[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(records), 0, 0)
        assert self._transport is not None
        self._transport.sendto(header + question + b"".join(records), peer)

    def _records(self, name: str, kind: int) -> Iterator[bytes]:
        target = self._aliases.get(name)
        if target is not None:
            yield _record(name, CNAME, _encoded(target))
            name = target
        if kind == SRV:
            for priority, weight, port, where in self._services.get(name, ()):
                yield _record(
                    name, SRV, struct.pack(">HHH", priority, weight, port) + _encoded(where)
                )
        if kind not in (A, AAAA) or name not in self._addresses:
            return
        lists = self._addresses[name]
        answer = lists[0]
        if len(lists) > 1 and kind == A:
            lists.pop(0)
        for text in answer:
            address = _packed(text)
            if len(address) == _PACKED_BYTES[kind]:
                yield _record(name, kind, address)


def _record(name: str, kind: int, content: bytes) -> bytes:
    return _encoded(name) + struct.pack(">HHIH", kind, 1, 0, len(content)) + content


@cache  # the targets are few
def _packed(address: str) -> bytes:
    return ip_address(address).packed


def _encoded(name: str) -> bytes:
    parts = [part[:63] for part in name.split(".") if part]
    return b"".join(bytes([len(part)]) + part.encode("latin-1") for part in parts) + b"\0"
