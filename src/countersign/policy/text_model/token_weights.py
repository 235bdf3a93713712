"""Sums of the weights of tokens' pieces, kept for the next text that holds the same tokens.

People use the same words again and again: a look-up then stands for some twenty slices and
look-ups. What is kept is bounded, and never changes a score.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from countersign.policy.text_model.features import pieces_of

MAX_KEPT: Final = 20_000
"""Limit on how many tokens are kept; then it begins anew."""
MAX_KEPT_CHARS: Final = 24
"""Limit on the length of a token that is kept; longer ones seldom come again."""
_NUMBER_BITS: Final = 16
_NUMBER: Final = (1 << _NUMBER_BITS) - 1


class TokenWeights(dict[str, int]):
    """Weights of tokens: for each the sum of their pieces' weights, and the number of these.

    Both are one integer (the number is in its low bits), so that one sum adds up both.

    Args:
        weights: of each piece.
    """

    __slots__ = ("_weights",)

    def __init__(self, weights: Mapping[str, int]) -> None:
        super().__init__()
        self._weights = weights

    def of(self, tokens: Iterable[str]) -> tuple[int, int]:
        """Return the sum of the weights of these tokens' pieces, and how many pieces they have."""
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
