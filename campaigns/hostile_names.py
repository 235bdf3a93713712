"""Server names that lead, by various means, to addresses we must not connect to.

Each is a name, and what the attacker's DNS and web server say when they are asked about it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from random import Random  # noqa: TID251 - seeded by the campaign, so that a run can be repeated
from typing import Final

EVIL: Final = "evil.example"
"""The attacker's own domain: his name server answers for it, his certificate is good there."""

LOOPBACK: Final = ("127.0.0.1", "127.0.0.66", "127.1.2.3", "::1")
"""Addresses of the canaries."""

PRIVATE: Final = (
    "0.0.0.0",
    "10.0.0.5",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.3.4",
    "172.31.255.254",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fc00::1",
    "fd00::5",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)


@dataclass(slots=True)
class Scene:
    """One name, and what the world says about it.

    Attributes:
        kind: how it tries.
        server_name: what we are asked to connect to.
        addresses: answers to A and AAAA, by lower-case name; each list is one answer, the last one
            stays.
        aliases: CNAME records.
        services: SRV records: priority, weight, port, target.
        redirect: where the well-known file redirects to.
        document: what the well-known file holds.
    """

    kind: str
    server_name: str
    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    services: dict[str, list[tuple[int, int, int, str]]] = field(default_factory=dict)
    redirect: str | None = None
    document: bytes | None = None


class Stage:
    """Makes scenes, the same for the same seed.

    Args:
        seed: for chance.
        port: the canaries' port.
        lair: the one address of the attacker that we may connect to; his web server is there.
        targets: the addresses to lead us to.
    """

    def __init__(self, seed: int, port: int, lair: str, targets: tuple[str, ...]) -> None:
        self._chance = Random(seed)
        self._port = port
        self._lair = lair
        self._targets = targets

    def scenes(self, count: int) -> Iterator[Scene]:
        """Yield that many scenes, of all kinds in turn."""
        for number in range(count):
            yield KINDS[number % len(KINDS)](self, f"h{number}.{EVIL}")

    def spelled_address(self, _: str) -> Scene:
        return Scene("address in an odd spelling", f"{self._spelled()}:{self._port}")

    def wrapped_address(self, _: str) -> Scene:
        return Scene("address wrapped in IPv6", f"[{self._wrapped()}]:{self._port}")

    def resolved_name(self, host: str) -> Scene:
        scene = Scene("name with their addresses", f"{self._cased(host)}:{self._port}")
        scene.addresses[host] = [self._answer()]
        return scene

    def alias(self, host: str) -> Scene:
        scene = Scene("alias", f"{host}:{self._port}")
        target = self._chance.choice(["localhost", f"in.{host}", "ip6-localhost"])
        scene.aliases[host] = target
        scene.addresses[target] = [self._answer()]
        return scene

    def rebinding(self, host: str) -> Scene:
        """The first answers are the attacker's own address; those after them are not."""
        scene = Scene("changing addresses", host)
        scene.addresses[host] = [[self._lair]] * self._chance.randint(1, 3) + [self._answer()]
        # A long way round, so that there are many look-ups.
        scene.redirect = f"https://{host}:{self._port}/"
        return scene

    def delegation(self, host: str) -> Scene:
        scene = self._at_lair("delegation", host)
        inner = f"in.{host}"
        scene.addresses[inner] = [self._answer()]
        place = self._chance.choice([self._spelled(), f"[{self._wrapped()}]", inner, "localhost"])
        said = self._chance.choice(
            [
                f"{place}:{self._port}",
                place,
                f"{place}.:{self._port}",
                f"a@{place}:{self._port}",
                f"{host}@{place}:{self._port}",
                f"{place}:{self._port}/{host}",
                f"{place}:{self._port}#{host}",
                f"{place}:{self._port}\\r\\nHost: {host}",
                f" {place}:{self._port}",
                f"{place}:{self._port}\\u0000.{host}",
                f"{place}:0{self._port}",
                f"https://{place}:{self._port}",
                f"%6c{place}:{self._port}",
                f"[fe80::1%25lo]:{self._port}",
                f"[::1%lo]:{self._port}",
                f"{_fullwidth('127.0.0.1')}:{self._port}",
                f"①②⑦.0.0.1:{self._port}",
                f"ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{self._port}",
                f"xn--{inner}:{self._port}",
            ]
        )
        scene.document = f'{{"m.server": "{said}"}}'.encode()
        inner_name = inner.removesuffix(".")
        self._add_services(scene, inner_name)
        return scene

    def redirect(self, host: str) -> Scene:
        scene = self._at_lair("redirect", host)
        inner = f"in.{host}"
        scene.addresses[inner] = [self._answer()]
        place = self._chance.choice([self._spelled(), f"[{self._wrapped()}]", inner, "localhost"])
        scene.redirect = self._chance.choice(
            [
                f"https://{place}:{self._port}/",
                f"//{place}:{self._port}/",
                f"http://{place}:{self._port}/",
                f"HTTPS://{place}:{self._port}",
                f"https://{host}@{place}:{self._port}/",
                f"https://{place}:{self._port}\\@{host}/",
                f"https:\\\\{place}:{self._port}/",
                f"https:/{place}:{self._port}/",
                f"https:{place}:{self._port}",
                f"https://{place}.:{self._port}/",
                f"https://%31%32%37.0.0.1:{self._port}/",
                f"https://[::1%25lo]:{self._port}/",
                f"https://[fe80::1%lo]:{self._port}/",
                f"https://{_fullwidth('127.0.0.1')}:{self._port}/",
                f"https://①②⑦.0.0.1:{self._port}/",
                f"https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{self._port}/",
                f"https://127。0。0。1:{self._port}/",
                f"\t https://{place}:{self._port}/",
                f"file:///proc/self/environ?{place}",
                f"gopher://{place}:{self._port}/",
                f"https://{place}:{self._port + 65536}/",
                f"https://{'a' * 64}.{place}:{self._port}/",
                "https://",
                "",
            ]
        )
        return scene

    def service(self, host: str) -> Scene:
        scene = Scene("service record", host)
        scene.addresses[host] = [self._answer()]
        self._add_services(scene, host)
        return scene

    def junk(self, host: str) -> Scene:
        """Malformed names."""
        scene = Scene("junk", "")
        place = self._chance.choice([self._spelled(), f"[{self._wrapped()}]", host, "localhost"])
        port = self._port
        scene.addresses[host] = [self._answer()]
        scene.server_name = self._chance.choice(
            [
                f"{place}:{port}\r\nHost: {host}",
                f"{place}:{port}\n",
                f"{place}:{port} ",
                f"{place}:{port}/../..",
                f"{place}:{port}?x",
                f"{place}:{port}#x",
                f"user@{place}:{port}",
                f"{place}%00.{host}:{port}",
                f"{place}\0.{host}:{port}",
                f"%6cocalhost:{port}",
                f"[::1%lo]:{port}",
                f"[fe80::1%25eth0]:{port}",
                f"[{place}]:{port}",
                f"[]:{port}",
                f"{_fullwidth('127.0.0.1')}:{port}",
                f"ⓛocalhost:{port}",
                f"127。0。0。1:{port}",
                f"xn--{host}:{port}",
                f"xn--:{port}",
                f"xn--a-ecp.{host}",
                f"{'a' * 64}.{host}:{port}",
                f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 60}:{port}",
                f"{'a' * 64}.{host}",
                "." * self._chance.randint(1, 200),
                f".:{port}",
                f"..:{port}",
                f".{host}:{port}",
                f"{host}..:{port}",
                f"{host}.",
                f"{'.'.join('a' * 100)}:{port}",
                f"-:{port}",
                f"-{host}-:{port}",
                f"{place}:0",
                f"{place}:65536",
                f"{place}:",
                f"{place}:-1",
                f"{place}:{port}:{port}",
                "",
                "\U0001f4a9.la",
                f"_matrix._tcp.{host}",
                f"{place}" * 40,
            ]
        )
        self._add_services(scene, host)
        return scene

    def _at_lair(self, kind: str, host: str) -> Scene:
        return Scene(kind, host, addresses={host: [[self._lair]]})

    def _add_services(self, scene: Scene, host: str) -> None:
        target = self._chance.choice([f"srv.{host}", "localhost", f"alias.{host}"])
        scene.addresses[f"srv.{host}"] = [self._answer()]
        scene.aliases[f"alias.{host}"] = "localhost"
        records = [
            (self._chance.randint(0, 3), self._chance.choice([0, 1, 65535]), port, where)
            for port in (0, self._port, 65535)
            for where in (target, "127.0.0.1", ".", "a" * 63)
        ]
        self._chance.shuffle(records)
        service = self._chance.choice(["_matrix-fed._tcp", "_matrix._tcp"])
        scene.services[f"{service}.{host}"] = records * self._chance.choice([1, 1, 3])

    def _target(self) -> str:
        return self._chance.choice(self._targets)

    def _target_v4(self) -> IPv4Address:
        return IPv4Address(self._chance.choice([one for one in self._targets if ":" not in one]))

    def _answer(self) -> list[str]:
        """Addresses of both families, some of them wrapped."""
        return [
            self._chance.choice([self._target(), self._wrapped()])
            for _ in range(self._chance.choice([1, 1, 2, 10]))
        ]

    def _cased(self, name: str) -> str:
        return "".join(self._chance.choice([letter, letter.upper()]) for letter in name)

    def _spelled(self) -> str:
        """Return an IPv4 address as `inet_aton` and its kin would still understand it."""
        number = int(self._target_v4())
        a, b, c, d = number.to_bytes(4, "big")
        spell = self._chance.choice(["{}", "{:#x}", "{:#X}", "0{:o}", "000{:o}", "{:#010x}"]).format
        whole = self._chance.choice(
            [
                (a, b, c, d),
                (a, b, c << 8 | d),
                (a, b << 16 | c << 8 | d),
                (number,),
                (number + (1 << 32),),
            ]
        )
        text = ".".join(spell(part) for part in whole)
        return text + self._chance.choice(["", "", "", "."])

    def _wrapped(self) -> str:
        """Return an IPv6 address that is, or holds, one of the targets."""
        number, plain = int(self._target_v4()), self._target()
        wrappings = [
            number | 0xFFFF << 32,  # mapped
            number,  # compatible
            number | 0xFFFF << 48,  # translated
            0x2002 << 112 | number << 80 | 1,  # 6to4
            0x64FF9B << 96 | number,  # NAT64
            0x64FF9B0001 << 80 | number,  # NAT64, local
            0x20010000 << 96 | (number ^ 0xFFFFFFFF),  # Teredo
            0xFE80 << 112 | 0x5EFE << 32 | number,  # ISATAP
        ]
        if ":" in plain:
            wrappings.append(int(IPv6Address(plain)))
        return self._chance.choice(_spellings(self._chance.choice(wrappings)))


KINDS: Final[tuple[Callable[[Stage, str], Scene], ...]] = (
    Stage.spelled_address,
    Stage.wrapped_address,
    Stage.resolved_name,
    Stage.alias,
    Stage.rebinding,
    Stage.delegation,
    Stage.redirect,
    Stage.service,
    Stage.junk,
)


@cache  # the targets are few
def _spellings(number: int) -> list[str]:
    """Return the spellings of an IPv6 address."""
    address = IPv6Address(number)
    dotted = IPv4Address(number & 0xFFFFFFFF)
    high = address.exploded.rsplit(":", 2)[0]
    return [str(address), address.exploded, address.exploded.upper(), f"{high}:{dotted}"]


def _fullwidth(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)
