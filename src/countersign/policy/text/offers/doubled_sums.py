"""Sums that come back larger: `send 0.1 eth, get 0.2 eth`."""

import re
from itertools import islice, pairwise
from typing import Final

from countersign.policy.text.finders import finder_of

MAX_READ_CHARS: Final = 1_024
MAX_SUMS: Final = 8
"""Maximum number of sums of one text that are compared."""
_LEAST_TIMES: Final = 1.5
_MOST_TIMES: Final = 20
_CURRENCIES: Final = (
    "btc|bitcoins?|eth|ether|ethereum|sol|solana|xrp|trx|ton|bnb|doge|ltc|xmr|ada|usdt|usdc"
)
_AMOUNT: Final = re.compile(
    rf"(?<![\w.,])(\d{{1,9}}(?:[.,]\d{{1,8}})?) ?(?:({_CURRENCIES})(?![a-z])|(?=[^\w.,]|\Z))"
)
_holds_currency: Final = finder_of(rf"[0-9] ?(?:{_CURRENCIES})(?:[^a-z]|\z)")
# An address of a wallet, however it is written: no word, and no sum, is as long.
_holds_address: Final = finder_of(
    r"(?:^|\W)(?:0x[0-9a-f]{38,42}|bc1[0-9a-z]{20,62}|[0-9a-z_-]{32,48})(?:\W|$)"
)


def brings_more_back(normalized: str) -> bool:
    """Return True if a text names a sum of a cryptocurrency, then a larger one, and a wallet.

    The second sum needs no currency: `send 0.1 eth get 0.2 back`.
    """
    beginning = normalized[:MAX_READ_CHARS]
    if not (_holds_currency(beginning) and _holds_address(beginning)):
        return False
    sums = [
        (float(each[1].replace(",", ".")), each[2] is not None)
        for each in islice(_AMOUNT.finditer(beginning), MAX_SUMS)
    ]
    return any(
        first > 0 and (is_named or is_named_too) and _LEAST_TIMES <= second / first <= _MOST_TIMES
        for (first, is_named), (second, is_named_too) in pairwise(sums)
    )
