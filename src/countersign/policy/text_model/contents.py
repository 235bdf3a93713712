"""Findings of the text model in an event's content."""

from dataclasses import dataclass
from typing import Final

from countersign.policy.text.content import Content
from countersign.policy.text.normalisation import SEPARATOR, normalize
from countersign.policy.text_model.features import MIN_CHARS
from countersign.policy.text_model.model import Reading, TextModel

MAX_TEXTS: Final = 12
"""Number of texts of one event the model reads; the longest ones."""
_LEAST_CHARS: Final = MIN_CHARS // 2


@dataclass(frozen=True, slots=True)
class ContentReading:
    """The strongest text of a content: what the model makes of it, and where it stands."""

    reading: Reading
    path: str


def read_content(seen: Content, model: TextModel) -> ContentReading | None:
    """Return what is strongest in what a person may see; None if nothing speaks for abuse.

    What a reply quotes is left out: whoever answers a scam did not write it.
    """
    found: ContentReading | None = None
    read: set[str] = set()
    pairs = [
        pair
        for pair in zip(seen.texts, seen.normalized.split(SEPARATOR), strict=False)
        if len(pair[1]) >= _LEAST_CHARS
    ]
    if len(pairs) > MAX_TEXTS:
        pairs = sorted(pairs, key=lambda pair: -len(pair[1]))[:MAX_TEXTS]
    for text, normalized in pairs:
        raw = text.raw
        if raw in seen.own:
            raw = seen.own[raw]
            normalized = normalize(raw)
        if normalized in read:
            continue
        read.add(normalized)
        reading = model.read(raw, normalized)
        if reading is not None and (found is None or reading.score > found.reading.score):
            found = ContentReading(reading, text.path)
    return found
