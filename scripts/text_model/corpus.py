"""Labelled texts for training and measuring the text model, in groups.

Texts that must be on one side when the model is measured have one group: translations of a text
(they share its long numbers), texts that begin alike, all that one template makes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from countersign.policy.text.normalisation import normalize
from countersign.policy.text_model.features import Features, find_features
from text_model.compose import COMPOSED, compose

COMPOSED_SOURCE: Final = "composed"
# Adapted texts under CC BY-SA must be passed on under it: these sources measure, and never train.
SHARE_ALIKE: Final = frozenset({"JAugusto97/ToLD-Br"})
_TREEBANKS: Final = "UniversalDependencies/"
_FREE_TREEBANK: Final = "UniversalDependencies/UD_Portuguese-DANTEStocks"

_LONG_NUMBER: Final = re.compile(r"\d{5,}")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_BEGINNING_CHARS: Final = 24


class Sample(NamedTuple):
    """A labelled text.

    Attributes:
        text: the text.
        is_spam: its label.
        lang: its language.
        source: where it is from.
        kind: of a composed text, what it is about.
        group: what must be on the same side when the model is measured.
        features: what the model sees of it.
    """

    text: str
    is_spam: bool
    lang: str
    source: str
    kind: str
    group: str
    features: Features


def is_share_alike(source: str) -> bool:
    """Return True if a source's texts may measure and not train."""
    return source in SHARE_ALIKE or (source.startswith(_TREEBANKS) and source != _FREE_TREEBANK)


def read_samples(folder: Path) -> tuple[list[Sample], Counter[str]]:
    """Return the texts of `folder` and the composed ones, and how many were too short, by label.

    Args:
        folder: holds files of JSON lines with `text`, `label`, `lang` and `source`.

    Raises:
        OSError, ValueError: a file cannot be read.
    """
    samples: list[Sample] = []
    short: Counter[str] = Counter()
    for text, label, lang, source, kind, group in _rows(folder):
        features = find_features(text, normalize(text))
        if features is None:
            short[label] += 1
            continue
        samples.append(Sample(text, label == "spam", lang, source, kind, group, features))
    return samples, short


def _rows(folder: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            rows.append((row["text"], row["label"], row["lang"], row["source"]))
    groups = _groups([text for text, *_ in rows])
    for (text, label, lang, source), group in zip(rows, groups, strict=True):
        yield text, label, lang, source, "", group
    for made in compose(COMPOSED):
        yield made.text, made.label, made.lang, COMPOSED_SOURCE, made.kind, made.line


def _groups(texts: Sequence[str]) -> list[str]:
    """Return the name of each text's group."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while (parent := parents.setdefault(key, key)) != key:
            parents[key] = key = parents[parent]
        return key

    first_keys = []
    for text in texts:
        letters = "".join(_LETTERS.findall(normalize(text)))[:_BEGINNING_CHARS]
        keys = ["begins " + letters, *("number " + number for number in _numbers(text))]
        first_keys.append(keys[0])
        for key in keys[1:]:
            parents[root(key)] = root(keys[0])
    return [root(key) for key in first_keys]


def _numbers(text: str) -> Iterator[str]:
    for number in _LONG_NUMBER.findall(text):
        # Zeros stand for what was masked in the source.
        if len(number.rstrip("0")) >= 5:
            yield number


def fold_of(group: str, folds: int) -> int:
    """Return the fold of a group, the same in every run."""
    return int.from_bytes(sha256(group.encode()).digest()[:4], "big") % folds
