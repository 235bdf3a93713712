"""Table of the addresses that are not global unicast space, to which we do not connect.

The standard library's `is_global` is no guard: it calls multicast, `::127.0.0.1`, 6to4 and NAT64
forms of private addresses global, and its answers changed between patch releases.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

REFUSED_IPV4: tuple[IPv4Network, ...] = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for loopback
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers (CGNAT), and by overlay networks
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; cloud metadata lives here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112 sink
        "192.52.193.0/24",  # multicast tunnels (AMT)
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112 sink
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
"""IPv4 networks without public hosts.

https://www.iana.org/assignments/iana-ipv4-special-registry/ and multicast.
"""

GLOBAL_IPV6 = IPv6Network("2000::/3")
"""All the IPv6 unicast space that is handed out; whatever lies outside is refused.

So are, without being named: ::, ::1, IPv4-compatible ::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48,
discard 100::/64, SRv6 5f00::/16, unique local fc00::/7, link-local fe80::/10, site-local fec0::/10
and multicast ff00::/8.
"""

REFUSED_IPV6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo 2001::/32, benchmarks 2001:2::/48, ORCHID, …
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112 sink
        "3fff::/20",  # documentation
    )
)
"""Exceptions within `GLOBAL_IPV6`: https://www.iana.org/assignments/iana-ipv6-special-registry/."""


def is_global_unicast(address: Address) -> bool:
    """Return True if `address` can be a host on the open network, by the tables above.

    Expects a plain address; `AddressGuard` handles IPv4-mapped ones.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in REFUSED_IPV4)
    return address in GLOBAL_IPV6 and not any(address in network for network in REFUSED_IPV6)


class AddressGuard:
    """Decides which addresses we may connect to: the open network, and allowed networks.

    Args:
        allow_networks: networks that are allowed although the table refuses them.
        is_open_network_permitted: the open network is allowed, too.
    """

    def __init__(
        self, allow_networks: Sequence[Network] = (), *, is_open_network_permitted: bool = True
    ) -> None:
        self._allow_networks = tuple(allow_networks)
        self._is_open_network_permitted = is_open_network_permitted

    def permits(self, address: Address) -> bool:
        """Return True if we may connect to `address`.

        An IPv4-mapped address (`::ffff:10.0.0.1`) is judged as the IPv4 address that the system
        would connect to. Other forms that wrap an IPv4 address are judged as they are: refused,
        unless their own network is allowed.
        """
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._allow_networks):
            return True
        return self._is_open_network_permitted and is_global_unicast(address)
