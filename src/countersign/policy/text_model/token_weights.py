"""Cache of the sums of weights of tokens' pieces.

People use the same words again and again, and one look-up replaces some twenty slices and look-ups.
The cache is bounded, and never changes a score.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from countersign.policy.text_model.features import pieces_of

MAX_KEPT: Final = 20_000
"""Maximum number of cached tokens; a full cache is cleared."""
MAX_KEPT_CHARS: Final = 24
"""Maximum length of a cached token; longer ones are rarely repeated."""
_NUMBER_BITS: Final = 16
_NUMBER: Final = (1 << _NUMBER_BITS) - 1


class TokenWeights(dict[str, int]):
    """Weights of tokens: for each the sum of their pieces' weights, and the number of these.

    Both are one integer (the number is in its low bits), so that one sum adds up both.

    Args:
        weights: the weights of each piece.
    """

    __slots__ = ("_weights",)

    def __init__(self, weights: Mapping[str, int]) -> None:
        super().__init__()
        self._weights = weights

    def of(self, tokens: Iterable[str]) -> tuple[int, int]:
        """Return the sum of the weights of these tokens' pieces, and the number of pieces."""
        packed = sum(map(self.__getitem__, tokens))
        return packed >> _NUMBER_BITS, packed & _NUMBER

    def __missing__(self, token: str) -> int:
        if not token:
            return 0
        pieces = pieces_of(token)
        total = sum(filter(None, map(self._weights.get, pieces)))
        packed = (total << _NUMBER_BITS) + len(pieces)
        if len(token) <= MAX_KEPT_CHARS:
            if len(self) >= MAX_KEPT:
                self.clear()
            self[token] = packed
        return packed
