"""The registrable domain of a host, by the public suffix list that is installed with us."""

from functools import lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

MAX_REMEMBERED: Final = 10_000

_list: Final = PublicSuffixList()


@lru_cache(MAX_REMEMBERED)
def registrable_domain(host: str) -> str:
    """Return what somebody had to register to own `host`: `example.co.uk` for `a.b.example.co.uk`.

    The list's private part counts too: whoever rents names below `github.io` is a neighbour, not
    the same person. A public suffix itself stands for itself.

    Args:
        host: a DNS name, lower case, without a dot at its end.
    """
    return _list.privatesuffix(host) or host
