"""IP addresses in one spelling, and the networks that usually have one owner."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_MAX_REMEMBERED: Final = 20_000


def find_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in a text; None if it is not an address.

    An IPv4 address that is mapped into IPv6 is the IPv4 address. A zone does not count.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def one_spelling(text: str) -> str:
    """Return one text for all spellings of an address; any other text unchanged."""
    address = find_address(text)
    return text if address is None else str(address)


@lru_cache(_MAX_REMEMBERED)
def client_network(text: str) -> str | None:
    """Return the IPv4 address or IPv6 /64 that counts as one client.

    None for loopback, which reverse proxies use, and for other texts.
    """
    address = find_address(text)
    if address is None or address.is_loopback:
        return None
    return address.exploded[:19] if isinstance(address, IPv6Address) else str(address)


@lru_cache(_MAX_REMEMBERED)
def owner_network(text: str) -> str | None:
    """Return the IPv4 /24 or IPv6 /48 of an address: usually all of it belongs to one owner.

    None for loopback, where every request of a reverse proxy comes from, and for no address.
    """
    address = find_address(text)
    if address is None or address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return f"{address.exploded[:14]}::/48"
    return f"{str(address).rpartition('.')[0]}.0/24"
