"""Quotations that people warn of or ask about: scams that they received.

The text around such a quotation says what it is, and the quotation has no working link.
"""

# ruff: noqa: RUF001 - words and quotation marks of many scripts

import re
from itertools import islice
from typing import Final, NamedTuple

from countersign.policy.text.content import Content
from countersign.policy.text.indicators.contacts import handles_in, mails_in, phones_in
from countersign.policy.text.indicators.wallets import wallets_in
from countersign.policy.text.links.disguises import may_hold_disguises, undisguised
from countersign.policy.text.links.written_links import LinkForm, links_in, url_of
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.warning_words import (
    asks_or_warns,
    calls_attention,
    is_hearsay,
    praises,
    tells_of_message,
)
from countersign.policy.text_model.fraud_talk import boasts, calls_fraud

MAX_READ_CHARS: Final = 4_096
"""Maximum length of a text in which quotations are looked for."""
_MAX_TEXTS: Final = 4
_LEAST_CHARS: Final = 15
_LEAST_UNMARKED_CHARS: Final = 40
_MAX_HEAD_CHARS: Final = 160
_MAX_HEADS: Final = 3
_MAX_TAIL_CHARS: Final = 160
_MARK: Final = " … "
"""Placeholder for a quotation in the rest of the text."""

_MARKED: Final = re.compile(
    r"```[^`]{15,2000}```|`[^`\n]{15,1000}`|(?:^[ \t]*>[^\n]*(?:\n|\Z))+|"
    r'["„“«][^"„“”«»]{15,1000}["“”»]|[「『《][^「」『』《》]{15,1000}[」』》]|'
    # Within words these signs are apostrophes.
    r"(?<!\w)['‘‚](?:[^'‘’‚]|(?<=\w)['’](?=\w)){15,1000}['‘’](?!\w)",
    re.MULTILINE,
)
_HEAD_END: Final = re.compile(r"[:：]\s|[:：](?=[^\s/])|\n")
_TAIL: Final = re.compile(r"(?s).*(?:\n|\s[-–—]{1,2}\s)(?=[^\n]*\Z)")
_QUESTION: Final = re.compile(r"[?؟？吗嗎か]")
_NO_LINKS: Final = re.compile(r"(?i)h[x*]{2}ps?:|[\[({<]")
_OWN_PLACES: Final = ("https://matrix.to/#/", "matrix:")


class WarnedQuotation(NamedTuple):
    """Rest of a message without a quotation that its sender warns of or asks about.

    Attributes:
        around: the text around it.
        is_clear: its borders are certain: quotation marks, code, lines that begin with `>`, or
            words of warning on both sides.
        has_contact: it has a contact.
    """

    around: str
    is_clear: bool
    has_contact: bool = False


def find_warned_quotation(seen: Content) -> WarnedQuotation | None:
    """Return the rest of a message without a quotation that its sender warns of; None without one.

    The quotation may have no working link, and the rest neither link nor contact. If the rest only
    reports a message, without a word for fraud, the quotation may have no contact either.
    """
    texts = [text.raw for text in seen.texts]
    if seen.own or seen.quoted or not 0 < len(texts) <= _MAX_TEXTS:
        return None
    if sum(map(len, texts)) > MAX_READ_CHARS:
        return None
    return _marked(texts) or _unmarked(texts)


def _marked(texts: list[str]) -> WarnedQuotation | None:
    quotations = [found[0] for text in texts for found in _MARKED.finditer(text)]
    if not quotations:
        return None
    rests = [_MARKED.sub(_MARK, text) for text in texts]
    if len(texts) > 1:
        # HTML shows a quotation without its marks.
        lines = {line for each in quotations for line in _plain_lines(each)}
        rests = ["\n".join(_without(lines, rest)) for rest in rests]
    around = "\n".join(dict.fromkeys(filter(str.strip, rests)))
    said = normalize(around)
    is_warned = _warns(said) or calls_attention(said)
    if not is_warned and not tells_of_message(said):
        return None
    if _is_praise(said) or _leads_elsewhere(around) or any(map(_has_link, quotations)):
        return None
    has_contact = any(map(_has_contact, quotations))
    if has_contact and (not is_warned or (is_hearsay(said) and not asks_or_warns(said))):
        # Whoever only tells that others call it a fraud may be the one who is to be reached.
        return None
    return WarnedQuotation(around, is_clear=True, has_contact=has_contact)


def _unmarked(texts: list[str]) -> WarnedQuotation | None:
    if len(texts) > 1:
        return None
    (text,) = texts
    head, quotation, tail = _split(text)
    around = f"{head}{_MARK}{tail}"
    if len(quotation) < _LEAST_UNMARKED_CHARS or not _warns(normalize(around)):
        return None
    if _has_link(quotation) or _leads_elsewhere(around):
        return None
    last = normalize(tail)
    if not head and _QUESTION.search(last) is None and not tells_of_message(last):
        # Pitches end with a warning of others too.
        return None
    is_clear = bool(head) and _warns(last)
    has_contact = _has_contact(quotation)
    if (has_contact and not is_clear) or _is_praise(normalize(around if is_clear else text)):
        return None
    return WarnedQuotation(around, is_clear=is_clear, has_contact=has_contact)


def _split(text: str) -> tuple[str, str, str]:
    """Return the introduction of a quotation, the quotation, and the last line or clause."""
    heads = (text[: found.end()] for found in _HEAD_END.finditer(text, 0, _MAX_HEAD_CHARS))
    head = next(filter(_leads_in, islice(heads, _MAX_HEADS)), "")
    last = _TAIL.match(text, len(head))
    start = len(text) if last is None else last.end()
    is_left = start - len(head) >= _LEAST_UNMARKED_CHARS and len(text) - start <= _MAX_TAIL_CHARS
    end = start if is_left else len(text)
    return head, text[len(head) : end], text[end:]


def _leads_in(head: str) -> bool:
    said = normalize(head)
    return _warns(said) or tells_of_message(said)


def _warns(said: str) -> bool:
    return calls_fraud(said) or asks_or_warns(said)


def _is_praise(said: str) -> bool:
    return boasts(said) or praises(said)


def _plain_lines(quotation: str) -> list[str]:
    lines = [line.strip(" \t>`\"'„“”«»「」『』《》‘’‚") for line in quotation.split("\n")]
    return [line for line in lines if len(line) >= _LEAST_CHARS]


def _without(lines: set[str], text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip() not in lines]


def _has_link(text: str) -> bool:
    return any(
        form is not LinkForm.ALIAS
        and _NO_LINKS.search(text, max(0, start - 1), end + 1) is None
        and not url_of(text[start:end], form).startswith(_OWN_PLACES)
        for start, end, form in links_in(text)
    )


def _has_contact(text: str) -> bool:
    said = normalize(text)
    return any(
        next(iter(found), None) is not None
        for found in (handles_in(said), phones_in(said), mails_in(said), wallets_in(text))
    )


def _leads_elsewhere(text: str) -> bool:
    if _has_link(text) or _has_contact(text):
        return True
    return may_hold_disguises(text) and bool(undisguised(text).links)
