"""The most frequent words of each language, by which the server detects a text's language."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from countersign.policy.text.normalisation import normalize
from countersign.policy.text_model.languages import words_of
from text_model.corpus import Sample

MIN_TEXTS: Final = 200
_WORDS_MEASURED: Final = 400
_WORDS_OTHER: Final = 150
# Their words are told by their scripts.
_BY_SCRIPT: Final = frozenset({"zh", "ja", "ko", "th"})


def frequent_words(samples: Sequence[Sample], measured: Sequence[str]) -> dict[str, str]:
    """Return the most frequent words of each language, with spaces between."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    texts: Counter[str] = Counter()
    for sample in samples:
        if sample.lang not in _BY_SCRIPT:
            texts[sample.lang] += 1
            counts[sample.lang].update(set(words_of(normalize(sample.text))))
    return {
        lang: " ".join(sorted(_most(counts[lang], lang in measured)))
        for lang in sorted(texts)
        if texts[lang] >= MIN_TEXTS
    }


def _most(counts: Counter[str], is_measured: bool) -> list[str]:
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [word for word, _ in ranked[: _WORDS_MEASURED if is_measured else _WORDS_OTHER]]
