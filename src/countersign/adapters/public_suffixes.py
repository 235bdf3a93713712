"""The registrable domain of a host, from the installed public suffix list."""

from functools import lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

MAX_REMEMBERED: Final = 10_000

_list: Final = PublicSuffixList()


@lru_cache(MAX_REMEMBERED)
def registrable_domain(host: str) -> str:
    """Return the registrable domain of `host`: `example.co.uk` for `a.b.example.co.uk`.

    The list's private part is used, too: names below `github.io` belong to different people. A
    public suffix is returned unchanged.

    Args:
        host: a DNS name, lower case, without a dot at its end.
    """
    return _list.privatesuffix(host) or host
