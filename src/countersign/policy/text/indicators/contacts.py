"""Contacts in a text: names in other messengers, phone numbers, mail addresses, referral codes."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from countersign.policy.text.normalisation import words_in

MAX_FOUND: Final = 16
"""Maximum number of contacts of each kind that are found in one text."""

_MESSENGER_NAMES: Final = """
    telegram, telegramm, telegrem, tellegram, telegran, telegra, telegrama, whatsapp, watsapp,
    whatapp, whatsap, whats app, wsapp, wapp, signal, instagram, insta, snapchat, snap, discord,
    wechat, weixin, viber, skype, kik, threema, zalo, facebook, messenger, icq, potato chat, zangi,
    wickr, wickr me, qq, line id, session id, tg, wa, ig, телеграм, телеграмм, телеграме, телега,
    телегу, телеге, ватсап, ватсапп, вотсап, вацап, вайбер, сигнал, инстаграм, скайп, тг, вк,
    微信, 电报, 飞机号, 飞机, 加v, ライン, 텔레그램, 카카오톡, 카톡, تليجرام, تلغرام, تيليجرام,
    تلجرام, تيليغرام, واتساب, واتس اب, टेलीग्राम, टेलिग्राम, व्हाट्सएप, টেলিগ্রাম
"""
_CALLING: Final = """
    tel, telefon, phone, mobile, call, text, sms, number, nummer, anruf, anrufen, handy, номер,
    звоните, телефон, numero, telefono, telefone, telephone, appelez, 电话, 手机
"""


def _any_of(names: str) -> str:
    """Return a pattern for any of these words; those in letters with spaces end where words do."""
    words = sorted(words_in(names.split(",")), key=len, reverse=True)
    spaced = [word for word in words if word[0] < "\u0e00"]
    unspaced = [word for word in words if word[0] >= "\u0e00"]
    borders = rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"
    return f"(?:{'|'.join([borders, *unspaced])})"


_MESSENGER: Final = _any_of(_MESSENGER_NAMES)
_HAS_MESSENGER: Final = re.compile(_MESSENGER)
_NAME: Final = r"[a-z][a-z0-9_.]{3,31}"
# A few words may stand between a messenger and a name, but no end of a sentence.
_NAME_AFTER: Final = re.compile(rf"{_MESSENGER}[^\n.!?@]{{0,24}}(?<![\w.])@ ?({_NAME})(?![\w:@])")
_NAME_BEFORE: Final = re.compile(
    rf"(?<![\w.@/])@ ?({_NAME})(?![\w:@])[^\n.!?@]{{0,16}}{_MESSENGER}"
)
# Without an @ a name needs a colon or the like before it, and a digit or _ that few words have.
_NAME_AFTER_SIGN: Final = re.compile(
    rf"{_MESSENGER}(?: (?:id|name|user|username|handle|acc|account))?"
    rf" ?(?:[:=>|→👉➡]|-+>?)+ ?(?=[a-z.]{{0,31}}[\d_])({_NAME})(?![\w:@./])"
)
_BEFORE_NAME: Final = "@:=>|→👉➡-"
"""Signs, one of which stands before every name."""
_LETTER_BESIDE_DIGIT: Final = re.compile(r"\d(?:(?<=[a-z]\d)|(?=[a-z]))")
"""Part of every code, found in half of the time."""

_GAP: Final = r"[ ().\-/]{0,2}"
_INTERNATIONAL: Final = re.compile(rf"(?<![\w+.,])\+{_GAP}[1-9](?:{_GAP}\d){{7,14}}(?!\w|[.,]\d)")
_DIALLED: Final = re.compile(rf"\d(?:{_GAP}\d){{8,14}}(?!\w)")
_DIAL_WORD: Final = re.compile(rf"(?:{_MESSENGER}|{_any_of(_CALLING)})[^\n\d+]{{0,16}}(?=\d)")
_NINE_DIGITS: Final = re.compile(r"(?:\d\D{0,3}){9}")
_PHONE_DIGITS: Final = range(9, 16)

_MAIL: Final = re.compile(
    r"(?<![\w.+\-@/:])([a-z0-9][\w.+\-]{0,63})"
    r"@((?:[a-z0-9\-]{1,63}\.){1,4}[a-z]{2,24})(?![\w@:/\-])"
)
_DOTLESS_MAIL_HOSTS: Final = frozenset({"gmail.com", "googlemail.com"})

_CODE: Final = re.compile(
    r"(?<!\w)(?:referr?al|ref|invit\w{0,8}|promo\w{0,6}|bonus|coupon|voucher|рефераль\w{0,5}|промо)"
    r"[ \-]?(?:code|kod|код|codigo|id)?(?: is\b| ?[:=\-]+)? ?[\"'`*]?"
    r"(?=[a-z]{0,15}\d)(?=\d{0,15}[a-z])([a-z\d]{5,16})(?!\w)"
)


def handles_in(normalized: str) -> Iterator[str]:
    """Yield names in other messengers, in lower case without `@`; a messenger must be named too.

    Args:
        normalized: the text as `normalize` leaves it.
    """
    if not any(sign in normalized for sign in _BEFORE_NAME):
        return
    if _HAS_MESSENGER.search(normalized) is None:
        return
    for pattern in (_NAME_AFTER, _NAME_BEFORE) if "@" in normalized else ():
        for found in islice(pattern.finditer(normalized), MAX_FOUND):
            yield found[1].rstrip("._")
    for found in islice(_NAME_AFTER_SIGN.finditer(normalized), MAX_FOUND):
        yield found[1].rstrip("._")


def phones_in(normalized: str) -> Iterator[str]:
    """Yield phone numbers, digits alone: international ones, and those after a word for calling."""
    if _NINE_DIGITS.search(normalized) is None:
        return
    if "+" in normalized:
        for found in islice(_INTERNATIONAL.finditer(normalized), MAX_FOUND):
            yield from phone_of(found[0])
    for word in islice(_DIAL_WORD.finditer(normalized), MAX_FOUND):
        dialled = _DIALLED.match(normalized, word.end())
        if dialled is not None:
            yield from phone_of(dialled[0])


def phone_of(written: str) -> Iterator[str]:
    """Yield the digits of `written` if they may be a phone number."""
    digits = "".join(filter(str.isdigit, written))
    if len(digits) in _PHONE_DIGITS and len(set(digits)) > 2:
        yield digits


def mails_in(normalized: str) -> Iterator[str]:
    """Yield mail addresses in lower case, those of Gmail without what makes no difference there."""
    if "@" not in normalized:
        return
    for found in islice(_MAIL.finditer(normalized), MAX_FOUND):
        name, host = found[1], found[2]
        if host in _DOTLESS_MAIL_HOSTS:
            name = name.partition("+")[0].replace(".", "")
        yield f"{name}@{host}"


def codes_in(normalized: str) -> Iterator[str]:
    """Yield codes by which somebody earns when others join."""
    if _LETTER_BESIDE_DIGIT.search(normalized) is None:
        return
    for found in islice(_CODE.finditer(normalized), MAX_FOUND):
        yield found[1]
