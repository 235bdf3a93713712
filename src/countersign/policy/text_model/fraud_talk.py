"""Talk about fraud: texts that warn of it, ask about it or quote it."""

# ruff: noqa: RUF001 - words and quotation marks of many scripts

import re
from itertools import islice
from typing import Final

from countersign.policy.text.content import Content
from countersign.policy.text.normalisation import SEPARATOR, normalize
from countersign.policy.text.prose.denials import is_denied
from countersign.policy.text.prose.fair_shares import fair_limit
from countersign.policy.text.prose.warning_words import (
    asks_or_warns,
    find_fraud_words,
    praises,
    tells_of_message,
)
from countersign.policy.text_model.contents import MAX_TEXTS
from countersign.policy.text_model.masking import MAX_READ_CHARS

_MAX_WORDS: Final = 16
"""Maximum number of words for fraud in one event that are examined."""
_QUOTED: Final = re.compile(
    r'["„“«][^"„“”«»\n]{8,200}["“”»]|[「『《][^「」『』《》\n]{8,200}[」』》]|'
    # Within words these signs are apostrophes.
    r"(?<!\w)['‘‚](?:[^'‘’‚\n]|(?<=\w)['’](?=\w)){8,200}['‘’](?!\w)"
)
_DENSE_LETTERS: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_LEAST_SPACES: Final = 2
_MOST_AROUND: Final = 6
"""Maximum length of a text, as a multiple of that of a quotation that makes it talk of others."""
_QUOTE: Final = re.compile(r"\A>[^\n]*\n\s*[^>\s]")

_BOASTING: Final = re.compile(
    r"\b100 ?% (?:legit|real|genuine|safe|secure|trust\w{0,6}|guarantee\w?|honest|serios|sicher|"
    r"echt|fiable|sur|seguro|confia\w{4}|sicuro|affidabile|legal|честно|безопасно|реально|"
    r"гаранти\w{0,6})\b(?![^.!]{0,40}\?)|"
    r"\b(?:until|till) i (?:met|found|contacted|came across)\b|"
    r"\b(?:tired|sick) of (?:being |getting )?(?:scam|spam|fraud|fake)"
)


def speaks_of_fraud(seen: Content) -> bool:
    """Return True if a content asks about or reports what it quotes, or calls something a fraud.

    A negated word («no scam, 100 % legit») is praise: then neither it nor a quotation counts. The
    quotation of a reply is ignored, unless it counts as the sender's own text.
    """
    raws = [seen.own.get(text.raw, text.raw) for text in seen.texts[:MAX_TEXTS]]
    raws += seen.quoted
    limit = fair_limit(map(len, raws), MAX_READ_CHARS)
    raws = [raw[:limit] for raw in raws]
    rests = [_QUOTED.sub(_without_quotation, raw) for raw in raws]
    is_quoting = rests != raws or any(_QUOTE.match(raw) for raw in raws)
    said = seen.normalized
    if is_quoting or seen.own:
        said = SEPARATOR.join(map(normalize, rests))
    said = said[:MAX_READ_CHARS]
    words = _fraud_words(said)
    if not words and (not is_quoting or praises(said)):
        return False
    if not words and seen.links and not _tells_of_others(said):
        # Whoever quotes a link that works gives it, unless they say what it is.
        return False
    return not _denies(said, words)


def _tells_of_others(said: str) -> bool:
    """Return True if the words around a quotation ask about it, warn of it or report a message."""
    return "?" in said or asks_or_warns(said) or tells_of_message(said)


def _without_quotation(found: re.Match[str]) -> str:
    """Return a space for a quotation; one that is short, or without a word, is none.

    A link, a name or a few words in quotation marks say nothing about the text around them.
    """
    words = found[0].count(" ") + len(_DENSE_LETTERS.findall(found[0])) // 2
    is_quotation = words >= _LEAST_SPACES and len(found[0]) * _MOST_AROUND >= len(found.string)
    return " " if is_quotation else found[0]


def calls_fraud(said: str) -> bool:
    """Return True if a normalized text calls something a fraud, and negates no such word."""
    words = _fraud_words(said)
    return bool(words) and not _denies(said, words)


def boasts(said: str) -> bool:
    """Return True if a normalized text praises an offer as real and safe."""
    return _BOASTING.search(said) is not None


def _fraud_words(said: str) -> list[re.Match[str]]:
    return list(islice(find_fraud_words(said), _MAX_WORDS))


def _denies(said: str, words: list[re.Match[str]]) -> bool:
    """Return True if a text negates these words for fraud."""
    return boasts(said) or any(is_denied(said, word) for word in words)
