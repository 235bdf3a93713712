"""Negated words for fraud: «no scam», «spam-free»."""

# ruff: noqa: RUF001 - words of many scripts

import re
from typing import Final

_REACH: Final = 40
"""Number of characters before and after a word in which a negation is looked for."""
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
"""Endings that make a question of a negation in Chinese or Japanese."""


def is_denied(text: str, word: re.Match[str]) -> bool:
    """Return True if a word in a normalized text is negated: «no scam»."""
    behind = text[word.end() : word.end() + _REACH]
    if _ASKED.match(behind) is not None:
        return False
    before = text[max(0, word.start() - _REACH) : word.start()]
    return _DENIED_BEFORE.search(before) is not None or _DENIED_BEHIND.match(behind) is not None
