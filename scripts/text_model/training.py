"""Training of the text model: logistic regression over features weighted by how well they separate.

Each feature is first multiplied by a factor that grows with the logarithm of how much likelier it
is in spam than in ham (Wang and Manning, 2012), which makes a linear model good on short texts with
few of a kind. Factor and weight are one number in the end.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from countersign.policy.text_model.features import Features, pieces_of
from text_model.corpus import Sample

MIN_SAMPLES: Final = 4
"""A piece that fewer texts hold is not learned."""
FACT_VALUE: Final = 0.3
"""Size of a fact of structure beside all pieces, whose squares add up to 1 at most."""
_INVERSE_REGULARISATION: Final = 5.0
# Stopped early, it finds a fifth less: what is rare and telling is learned last. Coordinate descent
# gets nearer to the end than L-BFGS does in the same time.
_MAX_ITERATIONS: Final = 200
_TOLERANCE: Final = 0.02
_SMOOTHING: Final = 0.3
_RATIO_POWER: Final = 2.0
_LEAST_FACTOR: Final = 2.0
# Facts, pieces of tokens, sequences of words.
_BLOCKS: Final = 3
_RARITY: Final = -0.3
"""A text of a source and language with n texts of its label counts n to this power."""
_MOST_SPAM_FACTOR: Final = 4.0


class Table(NamedTuple):
    """Samples as a matrix: a row each, a column for each piece and then for each fact."""

    matrix: Any
    pieces: list[str]
    facts: list[str]


class Linear(NamedTuple):
    """A trained model: a weight for each column, and what is added to every score."""

    weights: Any
    bias: float


def tabulate(samples: Sequence[Sample]) -> Table:
    """Return all samples as one matrix."""
    pieces_of_token = cache(pieces_of)
    counts: Counter[str] = Counter()
    facts: set[str] = set()
    held_by_sample = [_held(sample.features, pieces_of_token) for sample in samples]
    for sample, held in zip(samples, held_by_sample, strict=True):
        counts.update(set(chain(*held)))
        facts.update(sample.features.facts)
    pieces = sorted(piece for piece, count in counts.items() if count >= MIN_SAMPLES)
    columns = {piece: column for column, piece in enumerate(pieces)}
    fact_columns = {fact: len(pieces) + place for place, fact in enumerate(sorted(facts))}
    indices, lengths, values = array("i"), [], []
    for sample, (tokens, sequences) in zip(samples, held_by_sample, strict=True):
        found = [fact_columns[fact] for fact in sample.features.facts]
        lengths.append(len(found))
        values.append(FACT_VALUE)
        indices.extend(found)
        for pieces_held in (tokens, sequences):
            known = [place for place in map(columns.get, pieces_held) if place is not None]
            indices.extend(known)
            lengths.append(len(known))
            values.append((2 * max(len(pieces_held), 1)) ** -0.5)
    ends = np.concatenate(([0], np.cumsum(lengths)[_BLOCKS - 1 :: _BLOCKS]))
    matrix = sp.csr_matrix(
        (np.repeat(np.array(values, np.float32), lengths), np.array(indices, np.int32), ends),
        shape=(len(samples), len(pieces) + len(fact_columns)),
    )
    # A piece that several words hold counts for each.
    matrix.sum_duplicates()
    return Table(matrix, pieces, sorted(facts))


def _held(
    features: Features, pieces_of_token: Callable[[str], set[str]]
) -> tuple[list[str], list[str]]:
    """Return the pieces and the sequences of words of a text, as the model adds them up."""
    tokens = [piece for token in features.tokens if token for piece in pieces_of_token(token)]
    return tokens, list(map(" ".join, features.sequences))


def sample_weights(samples: Sequence[Sample]) -> Any:
    """Return how much each sample counts, so that no language, label or source is a sign.

    The more texts a source has in a language, the less each counts; within a language, spam counts
    as much as ham.
    """
    sizes = Counter((sample.lang, sample.is_spam, sample.source) for sample in samples)
    weights = np.array(
        [sizes[sample.lang, sample.is_spam, sample.source] ** _RARITY for sample in samples]
    )
    totals: Counter[tuple[str, bool]] = Counter()
    for sample, weight in zip(samples, weights, strict=True):
        totals[sample.lang, sample.is_spam] += weight
    for place, sample in enumerate(samples):
        if sample.is_spam:
            ham = totals[sample.lang, False]
            weights[place] *= min(_MOST_SPAM_FACTOR, ham / totals[sample.lang, True])
    return weights / weights.mean()


def train(matrix: Any, is_spam: Any, weights: Any, facts: int) -> Linear:
    """Return the model that these rows make."""
    present = (matrix > 0).astype(np.float32)
    spam = np.asarray(present[is_spam].T @ weights[is_spam]).ravel() + _SMOOTHING
    ham = np.asarray(present[~is_spam].T @ weights[~is_spam]).ravel() + _SMOOTHING
    ratios = np.log((spam / spam.sum()) / (ham / ham.sum()))
    factors = np.sign(ratios) * (np.abs(ratios) ** _RATIO_POWER + _LEAST_FACTOR)
    factors[len(factors) - facts :] = 1.0
    scaled = (matrix @ sp.diags(factors.astype(np.float32))).tocsr()
    regression = LogisticRegression(
        C=_INVERSE_REGULARISATION,
        max_iter=_MAX_ITERATIONS,
        tol=_TOLERANCE,
        solver="liblinear",
        dual=True,
        random_state=0,
    )
    regression.fit(scaled, is_spam, sample_weight=weights)
    return Linear(regression.coef_[0] * factors, float(regression.intercept_[0]))


class Integers(NamedTuple):
    """A model as it ships: whole hundredths of log-odds, and only the pieces that weigh most."""

    pieces: dict[str, int]
    facts: dict[str, int]
    bias: int


MAX_PIECES_BYTES: Final = 1_900_000
"""Limit on the size of all pieces and their weights in the file, which may have 2 MB."""
_BYTES_BESIDE: Final = 3  # the end of a line, and a weight
_UNIT: Final = 100
_MOST: Final = 32_767


def as_integers(linear: Linear, table: Table) -> Integers:
    """Return the integers of a model; what weighs least, in few texts, is left out."""
    count = len(table.pieces)
    held = np.asarray((table.matrix[:, :count] > 0).sum(axis=0)).ravel()
    importance = np.abs(linear.weights[:count]) * np.sqrt(held)
    rounded = np.clip(np.round(linear.weights * _UNIT), -_MOST, _MOST).astype(int)
    ranked = np.argsort(-importance, kind="stable")
    sizes = np.array([len(piece.encode()) + _BYTES_BESIDE for piece in table.pieces])
    chosen = np.sort(ranked[np.cumsum(sizes[ranked]) <= MAX_PIECES_BYTES])
    pieces = {table.pieces[place]: int(rounded[place]) for place in chosen if rounded[place]}
    values = np.round(linear.weights[count:] * _UNIT * FACT_VALUE).astype(int)
    facts = {name: int(value) for name, value in zip(table.facts, values, strict=True)}
    return Integers(pieces, facts, round(linear.bias * _UNIT))


def scores(integers: Integers, table: Table, rows: Any) -> Any:
    """Return the scores of these rows, in hundredths of log-odds, as the server computes them."""
    pieces = [integers.pieces.get(piece, 0) for piece in table.pieces]
    facts = [integers.facts[fact] / FACT_VALUE for fact in table.facts]
    return np.floor(table.matrix[rows] @ np.array(pieces + facts) + integers.bias)
