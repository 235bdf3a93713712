"""Addresses that a disguised link may mean, judged by the name alone."""

from typing import Final

from countersign.policy.text.links.bare_names import is_place
from countersign.policy.text.links.endings import ENDINGS, PLAIN_ENDINGS

# Hosts that count even if the ending is a word.
KNOWN_PLACES: Final = frozenset(
    """
    t.me wa.me m.me discord.gg dsc.gg telegram.me telegram.dog signal.me signal.group bit.ly
    cutt.ly is.gd t.co goo.gl rb.gy tinyurl.com t.ly s.id clck.ru vk.cc chat.whatsapp.com matrix.to
    """.split()  # noqa: SIM905 - a list to be read
)
# Cheap top-level domains that are also words: they count only after a word for the dot.
_WORDS_AS_ENDINGS: Final = frozenset(
    """
    agency bid cash date digital fun games gift group life link live market money network party pro
    services space store stream support team today tools trade trading win work world zone
    """.split()  # noqa: SIM905 - a list to be read
)
_SURE_NAME: Final = 11
"""Length from which a name is hardly a word."""


def is_meant(name: str, path: str) -> bool:
    """Return True if a name with its path may be an intended address."""
    ending = name.rpartition(".")[2].lower()
    if path:
        return ending in ENDINGS and is_place(name, f"/{path}")
    return name.lower() in KNOWN_PLACES or (ending in PLAIN_ENDINGS and is_place(name, ""))


def is_named(name: str) -> bool:
    """Return True if a name looks like an address and ends in a word."""
    return name.rpartition(".")[2].lower() in _WORDS_AS_ENDINGS and is_place(name, "")


def is_made_up(name: str) -> bool:
    """Return True if a name is hardly a word: by its length, a hyphen or a digit."""
    return "-" in name or any(map(str.isdigit, name)) or len(name) >= _SURE_NAME
