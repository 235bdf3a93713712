"""Hosts on which many people publish, and those of helplines."""

from typing import Final

from countersign.policy.text.links.domains import parents
from countersign.policy.text.word_lists import read_words

_SHARED: Final = frozenset(read_words("shared_hosts"))
HELPLINES: Final = frozenset(read_words("helplines"))
"""Domains of helplines; sharing one is never held against anybody."""
HELPLINE_NUMBERS: Final = frozenset(read_words("helpline_numbers"))
"""Phone numbers of helplines, digits alone."""


def is_shared_host(host: str) -> bool:
    """Return True if so many people publish on a host that a link to it is no evidence."""
    return not _SHARED.isdisjoint(parents(host))


def is_helpline(host: str) -> bool:
    """Return True if a host is one of a helpline."""
    return not HELPLINES.isdisjoint(parents(host))
