"""Talk about fraud: texts that warn of it, ask about it or quote it, and do not commit it."""

# ruff: noqa: RUF001 - words and quotation marks of many scripts

import re
from itertools import islice
from typing import Final

from countersign.policy.text.content import Content
from countersign.policy.text.normalisation import SEPARATOR, normalize
from countersign.policy.text.prose.fair_shares import fair_limit
from countersign.policy.text_model.contents import MAX_TEXTS
from countersign.policy.text_model.masking import MAX_READ_CHARS

_MAX_WORDS: Final = 16
"""Number of words for fraud in one event that are looked at."""
_REACH: Final = 40
"""Characters before and behind such a word that may turn it round."""

_FRAUD: Final = re.compile(
    r"\b(?:scam|spam|phish|fraud|hoax|betrug|abzocke|arnaque|escroc|estafa|golpe|truffa|oplicht|"
    r"oszust|мошенн|спам|шахра|dolandır|penipu|lua đao|धोखा|ठगी)|"
    r"诈骗|骗子|骗局|詐騙|詐欺|スパム|사기|스팸|احتيال|نصاب|کلاهبردار|هرزنامه|หลอกลวง|มิจฉาชีพ"
)
"""Beginnings of words, as `normalize` leaves them; so are those of the patterns below."""
_QUOTED: Final = re.compile(
    r'["„“«][^"„“”«»\n]{8,200}["“”»]|[「『《][^「」『』《》\n]{8,200}[」』》]|'
    # Within words these signs are apostrophes.
    r"(?<!\w)['‘‚](?:[^'‘’‚\n]|(?<=\w)['’](?=\w)){8,200}['‘’](?!\w)"
)
_QUOTE: Final = re.compile(r"\A>[^\n]*\n\s*[^>\s]")

_NO: Final = (
    "no|not|never|non|none|zero|0 ?%|without|free of|free from|isn[’']?t|aren[’']?t|ain[’']?t|anti|"
    r"unlike|nicht|nie|kein\w{0,2}|ohne|pas|jamais|aucune?|sans|sin|nada de|nunca|ningun\w?|nao|"
    r"sem|nenhum\w?|senza|nessun\w?|mai|geen|niet|zonder|bez|zadn\w{1,3}|не|без|никак\w{0,3}|нет|ні|"
    "немає|жодн\\w{1,3}|bukan|tanpa|tidak|khong|khong phai|khong phai la|"
    "ليس|ليست|بدون|بلا|لا|غير|नहीं|बिना"
)
_BETWEEN: Final = (
    r"an?|any|one|another|some|more|like|the|those|other|be|been|ein\w{0,2}|e|es|est|jest|uma?|un|"
    r"una|une|uno|de|des|andere\w?|otr[ao]s?|outr[ao]s?|altri|является|это|sebuah"
)
_DENIED_BEFORE: Final = re.compile(
    rf"(?:(?<!\w)(?:{_NO})[ \-:*]{{1,3}}(?:(?:{_BETWEEN}) ){{0,3}}(?:d['’]|ال)?|"
    r"(?:不是|不会|没有|沒有|绝非|絕非|非|无|無)(?:任何)?|ไม่ใช่(?:การ)?|ไม่(?:มี)?)\Z"
)
_DENIED_BEHIND: Final = re.compile(
    r"\w{0,8}(?:[ \-]?(?:free|frei|vrij)\b| (?:degil|yok|नहीं|nahi|نیست))|"
    r"(?:では|じゃ)(?:な[いし]|ありません)|なし|(?:가|는)? ?(?:아님|아닙니다|없[는이음])"
)
_ASKED: Final = re.compile(r"\w{0,10}[吗嗎か]")
"""Ends of a denial that make it a question in Chinese or Japanese."""
_BOASTING: Final = re.compile(
    r"\b100 ?% (?:legit|real|genuine|safe|secure|trust\w{0,6}|guarantee\w?|honest|serios|sicher|"
    r"echt|fiable|sur|seguro|confia\w{4}|sicuro|affidabile|legal|честно|безопасно|реально|"
    r"гаранти\w{0,6})\b(?![^.!]{0,40}\?)|"
    r"\b(?:until|till) i (?:met|found|contacted|came across)\b|"
    r"\b(?:tired|sick) of (?:being |getting )?(?:scam|spam|fraud|fake)"
)


def speaks_of_fraud(seen: Content) -> bool:
    """Return True if what a person may see quotes somebody, or calls something a fraud.

    Whoever denies to commit one («no scam, 100 % legit») praises something, and does not talk about
    it: neither the word nor a quotation counts then. What a reply quotes counts for neither side,
    unless it is taken for the sender's own words.
    """
    raws = [seen.own.get(text.raw, text.raw) for text in seen.texts[:MAX_TEXTS]]
    raws += seen.quoted
    limit = fair_limit(map(len, raws), MAX_READ_CHARS)
    raws = [raw[:limit] for raw in raws]
    rests = [_QUOTED.sub(" ", raw) for raw in raws]
    is_quoting = rests != raws or any(_QUOTE.match(raw) for raw in raws)
    said = seen.normalized
    if is_quoting or seen.own:
        said = SEPARATOR.join(map(normalize, rests))
    said = said[:MAX_READ_CHARS]
    words = list(islice(_FRAUD.finditer(said), _MAX_WORDS))
    if not is_quoting and not words:
        return False
    return _BOASTING.search(said) is None and not any(_is_denied(said, word) for word in words)


def _is_denied(said: str, word: re.Match[str]) -> bool:
    behind = said[word.end() : word.end() + _REACH]
    if _ASKED.match(behind) is not None:
        return False
    before = said[max(0, word.start() - _REACH) : word.start()]
    return _DENIED_BEFORE.search(before) is not None or _DENIED_BEHIND.match(behind) is not None
