"""The text model: integer weights for features, and the points that their sum is worth.

The score of a text is the sum of three parts: the weights of its pieces, divided by the root of
twice their number; the same of its sequences of words; the weights of the facts about its
structure. Its unit is a hundredth of log-odds. A table that was calibrated on held-out texts turns
it into points.
"""

import json
import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self

from countersign.policy.text_model.features import Features, find_features, is_dense, pieces_of
from countersign.policy.text_model.languages import UNKNOWN, Languages
from countersign.policy.text_model.masking import MASKS
from countersign.policy.text_model.token_weights import TokenWeights
from countersign.protocol.errors import CountersignError

FORMAT: Final = 2
MOST_IN_OTHERS: Final = 6
"""Maximum points in a language without a measurement of its own: never enough alone."""
_END_OF_PIECES: Final = b"\0"
_MAX_PARTS: Final = 6
_MAX_FACTS: Final = 2
_MAX_WORD_CHARS: Final = 24
_WORD: Final = re.compile(r"[^\W_]+|[ⓐ-ⓩ]")


class ModelInvalid(CountersignError):
    """The weights file is damaged or of another format; the message says what is wrong."""


class Weighed(NamedTuple):
    """Weight of a text before its language is known.

    Attributes:
        points: its points as evidence, 1 or more.
        score: in hundredths of log-odds.
        features: its features.
    """

    points: int
    score: int
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Result of the model for a text.

    Attributes:
        points: its points as evidence, 1 or more.
        score: in hundredths of log-odds.
        language: the detected language.
        features: its features.
    """

    points: int
    score: int
    language: str
    features: Features


class TextModel:
    """A trained model; immutable.

    Args:
        weights: the weights of each piece, an integer.
        facts: the weights of facts of structure.
        bias: the constant part of every score.
        steps: the scores from which a text has 1, 2, 3 … points.
        languages: the languages that it can detect.
        measured: the languages with a measurement of their own.
    """

    __slots__ = (
        "_bias", "_facts", "_languages", "_sequences", "_steps", "_token_weights", "_weighed",
        "_weights", "measured",
    )  # fmt: skip

    def __init__(
        self,
        *,
        weights: Mapping[str, int],
        facts: Mapping[str, int],
        bias: int,
        steps: Sequence[int],
        languages: Languages,
        measured: Sequence[str],
    ) -> None:
        self._weights: dict[str, int] = {}
        self._sequences: dict[tuple[str, ...], int] = {}
        for piece, weight in weights.items():
            # Words of a sequence have spaces between them; other pieces have some at their ends.
            if " " in piece.strip(" "):
                self._sequences[tuple(map(sys.intern, piece.split(" ")))] = weight
            else:
                self._weights[piece] = weight
        # A set finds those of another set by their stored hashes, in half the time of a mapping.
        self._weighed = frozenset(self._sequences)
        self._token_weights = TokenWeights(self._weights)
        self._facts = MappingProxyType(dict(facts))
        self._bias = bias
        self._steps = tuple(steps)
        self._languages = languages
        self.measured: Final = tuple(measured)

    @property
    def max_points(self) -> int:
        """Maximum points of a text."""
        return len(self._steps)

    def predict(self, raw: str, text: str) -> Prediction | None:
        """Return the result for a text; None without points.

        Args:
            raw: as the sender wrote it.
            text: the same normalized.
        """
        weighed = self.weigh(raw, text)
        return None if weighed is None else self.in_language(weighed, text)

    def weigh(self, raw: str, text: str) -> Weighed | None:
        """Return the weight of a text before its language is known; None without points.

        Args:
            raw: as the sender wrote it.
            text: the same normalized.
        """
        features = find_features(raw, text)
        return None if features is None else self.weighed(features)

    def weighed(self, features: Features) -> Weighed | None:
        """Return the weight of a text with these features; None without points."""
        score = self.score(features)
        points = bisect_right(self._steps, score)
        return Weighed(points, score, features) if points > 0 else None

    def in_language(self, weighed: Weighed, text: str) -> Prediction | None:
        """Return the result for a weighed text; None if its language is not detected.

        Languages without a measurement of their own were measured together, with everyday
        sentences: a text in one of them has `MOST_IN_OTHERS` points at most.

        Args:
            weighed: what it weighs.
            text: normalized.
        """
        language = self.language_of(text)
        if language == UNKNOWN:
            return None
        points, score, features = weighed
        if language not in self.measured:
            points = min(points, MOST_IN_OTHERS)
        return Prediction(points=points, score=score, language=language, features=features)

    def score(self, features: Features) -> int:
        """Return the score, in hundredths of log-odds."""
        sequences = features.sequences
        total, number = self._token_weights.of(features.tokens)
        score = _by_root(total, number)
        weighed = map(self._sequences.__getitem__, sequences & self._weighed)
        score += _by_root(sum(weighed), len(sequences))
        return score + sum([self._facts.get(fact, 0) for fact in features.facts]) + self._bias

    def language_of(self, text: str) -> str:
        """Return the likeliest language of a normalized text; `UNKNOWN` if none is."""
        return self._languages.of(text)

    def explain(self, features: Features) -> tuple[str, ...]:
        """Return the words with the highest weights, in descending order, and facts likewise.

        A word has the sum of its pieces' weights; in scripts without spaces between words the
        pieces with the highest weights are returned.
        """
        if is_dense(features.read):
            held = set().union(*map(pieces_of, features.tokens))
            weighed = [
                (self._weights[piece], piece.strip()) for piece in held & self._weights.keys()
            ]
        else:
            words = {word for word in _WORD.findall(features.read) if len(word) <= _MAX_WORD_CHARS}
            weighed = [(self._weight_of(word), word) for word in words]
        parts: list[str] = []
        for weight, word in sorted(weighed, key=lambda each: (-each[0], each[1])):
            if weight <= 0 or len(parts) == _MAX_PARTS:
                break
            if word in MASKS or (len(word) > 1 and not word.isdecimal()):
                parts += () if any(word in part or part in word for part in parts) else (word,)
        facts = [fact for fact in features.facts if self._facts.get(fact, 0) > 0]
        facts.sort(key=lambda fact: -self._facts[fact])
        return (*map(_readable, parts), *facts[:_MAX_FACTS])

    def _weight_of(self, word: str) -> int:
        return self._token_weights.of((word,))[0]

    @classmethod
    def from_bytes(cls, source: bytes) -> Self:
        """Return the model that `model_bytes` wrote.

        Raises:
            ModelInvalid: it is no such file.
        """
        head, _, rest = source.partition(b"\n")
        pieces, end, packed = rest.partition(_END_OF_PIECES)
        try:
            header = json.loads(head)
            if header["format"] != FORMAT:
                raise ModelInvalid(f"text model: format {header['format']}, not {FORMAT}")
            names = pieces.decode().split("\n")
            weights = array("h", packed)
            if sys.byteorder == "big":
                weights.byteswap()
            if not end or len(weights) != len(names):
                raise ModelInvalid("text model: the weights do not match the pieces")
            return cls(
                weights=dict(zip(names, weights, strict=True)),
                facts=header["facts"],
                bias=header["bias"],
                steps=header["steps"],
                languages=Languages(header["words"]),
                measured=header["measured"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelInvalid(f"text model: {error}") from error


def model_bytes(header: Mapping[str, Any], weights: Mapping[str, int]) -> bytes:
    """Return a model as a file: the header in one line, the pieces, their weights.

    Args:
        header: `facts`, `bias`, `steps`, `words` (by language, with spaces between) and `measured`.
        weights: the weights of each piece, between -32,768 and 32,767.
    """
    packed = array("h", weights.values())
    if sys.byteorder == "big":
        packed.byteswap()
    head = json.dumps({"format": FORMAT, **header}, sort_keys=True, ensure_ascii=False).encode()
    pieces = "\n".join(weights).encode()
    return head + b"\n" + pieces + _END_OF_PIECES + packed.tobytes()


def _by_root(total: int, number: int) -> int:
    """Return `total` by the root of twice a number; the root in 256ths, so that integers do."""
    return total * 256 // (isqrt(number << 17) or 1)


def _readable(piece: str) -> str:
    for mask, name in MASKS.items():
        piece = piece.replace(mask, name)
    return piece
