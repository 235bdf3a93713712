"""Lists of domains, and the addresses that match them.

A listed domain includes all its subdomains.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from countersign.policy.document.computed_once import computed_once
from countersign.policy.document.globs import Globs, as_lines
from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.text.links.domains import Address, parents, readable_host


class Domains:
    """A list of domains: `example.org` with all below it, and globs over hosts and paths.

    A glob with a slash matches a host and its path: `t.me/+*`. One without matches the whole host:
    `*.example.*`. A scheme before it is ignored.
    """

    __slots__ = ("_domains", "_hosts", "_paths")
    _hosts: Globs | None
    _paths: Globs | None

    def __init__(self, entries: Iterable[str]) -> None:
        entries = tuple(without_scheme(entry.lower()) for entry in entries)
        paths = [entry.removeprefix("www.") for entry in entries if "/" in entry]
        wild = [entry for entry in entries if "/" not in entry and _is_glob(entry)]
        plain = (entry for entry in entries if "/" not in entry and not _is_glob(entry))
        self._domains = frozenset(map(readable_host, plain))
        self._hosts = Globs(wild) if wild else None
        # A path includes the paths below it.
        self._paths = Globs([*paths, *(f"{path}/*" for path in paths)]) if paths else None

    def __bool__(self) -> bool:
        return bool(self._domains) or self._hosts is not None or self._paths is not None

    def match(self, address: Address) -> bool:
        """Return True if an entry matches `address` or a domain above it."""
        host = address.host
        if self._domains and not self._domains.isdisjoint(parents(host)):
            return True
        if self._hosts is not None and self._hosts.match(host):
            return True
        return self._paths is not None and self._paths.match(_with_path(address))

    def match_any(self, addresses: "Addresses") -> bool:
        """Return True if an entry matches one of `addresses` or a domain above one."""
        if self._domains and not self._domains.isdisjoint(addresses.domains):
            return True
        if self._hosts is not None and self._hosts.match_any(addresses.hosts):
            return True
        return self._paths is not None and self._paths.match_any(addresses.paths)


class Addresses:
    """Addresses of one event, matched together, since nearly always none matches a list.

    Args:
        addresses: the addresses of one event, no more than are judged.

    Attributes:
        each: the addresses.
    """

    def __init__(self, addresses: Iterable[Address]) -> None:
        self.each: Final = tuple(addresses)

    @computed_once
    def domains(self) -> frozenset[str]:
        """Their hosts and the domains above these."""
        hosts = {address.host for address in self.each}
        return frozenset(chain.from_iterable(map(parents, hosts)))

    @computed_once
    def hosts(self) -> str:
        """Their hosts, a line each."""
        return as_lines(address.host for address in self.each)

    @computed_once
    def paths(self) -> str:
        """Their hosts with the paths there, a line each."""
        return as_lines(map(_with_path, self.each))


def _with_path(address: Address) -> str:
    return f"{address.host.removeprefix('www.')}{address.path.lower()}"


def domain_mistakes(option: str, entries: Iterable[str]) -> Iterator[Mistake]:
    """Yield a mistake for each entry of an option that is no domain."""
    for position, entry in enumerate(entries):
        if any(map(str.isspace, entry)) or not entry.strip("./*:"):
            yield Mistake(
                path=(option, position),
                found=shown(entry),
                allowed="a domain such as example.org",
            )


def without_scheme(entry: str) -> str:
    """Return an entry without a leading `https://` and a trailing slash."""
    return entry.rpartition("://")[2].rstrip("/")


def _is_glob(entry: str) -> bool:
    return "*" in entry or "?" in entry
