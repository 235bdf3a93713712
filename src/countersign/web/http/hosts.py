"""The Host header of requests, checked against DNS rebinding.

With DNS rebinding a web page lets its own host resolve to one of our addresses and reads the
answers; its requests still have the page's host in the Host header.
"""

from ipaddress import ip_address

from starlette.types import Scope


def host_of(scope: Scope) -> str:
    """Return the host of a request in lower case, without port, brackets and final dot."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.removesuffix(".")


def is_loopback(host: str) -> bool:
    """Return True if a host is `localhost` or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(host: str) -> bool:
    """Return True if a host is an IP address, for which there is no DNS rebinding."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def has_web_origin(scope: Scope) -> bool:
    """Return True if the headers show that a web page sent the request."""
    return any(name == b"origin" for name, _ in scope["headers"])
