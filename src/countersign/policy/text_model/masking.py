"""Masking: texts as the text model reads them, undisguised, with names, numbers and links masked.

Training and use mask in the same way. A mask says that there is a link or an amount, and not which
one, so that the model learns no address, name or number. Each mask is one circled letter, which no
normalized text contains, so senders cannot forge one.
"""

# ruff: noqa: RUF001 - currencies and words of many scripts are what this is about

import re
from typing import Final

from countersign.policy.text.indicators.contacts import SESSION_ID
from countersign.policy.text.links.disguises import deobfuscated
from countersign.policy.text.look_alikes import FOREIGN_LETTERS, skeleton
from countersign.policy.text_model.addresses import (
    ADDRESS,
    BARE_LINK,
    CHEAP_ZONES,
    DENSE_LETTER,
    DENSE_LETTERS,
    MESSENGERS,
    NO_WORD_BEFORE,
    NO_WORD_BEHIND,
    SHORTENERS,
    ZONES,
)
from countersign.policy.text_model.quick_checks import (
    holds_any_sign,
    holds_digit,
    may_be_disguised,
    may_be_spaced,
    may_hold_leet,
    may_hold_wallet,
)

MAX_READ_CHARS: Final = 4_096
"""Maximum number of characters in which links and amounts are looked for."""
MAX_CHARS: Final = 512
"""Maximum length of the result: the beginning, and the surroundings of links and amounts."""
MAX_MASKED: Final = 64
"""Maximum number of addresses, and of numbers, of a text that are examined."""
_MAX_HEAD_CHARS: Final = 320
_AROUND_CHARS: Final = 40

LINK: Final = "ⓛ"
MESSENGER: Final = "ⓜ"
SHORTENED: Final = "ⓢ"
MAIL: Final = "ⓔ"
HANDLE: Final = "ⓗ"
PHONE: Final = "ⓟ"
WALLET: Final = "ⓦ"
AMOUNT: Final = "ⓐ"
SMALL_AMOUNT: Final = "ⓑ"
PERCENT: Final = "ⓒ"
CHEAP_LINK: Final = "ⓧ"
SERVICE: Final = "ⓝ"
USER: Final = "ⓤ"

MASKS: Final = {
    LINK: "‹link›",
    CHEAP_LINK: "‹link in a cheap zone›",
    MESSENGER: "‹messenger link›",
    SHORTENED: "‹short link›",
    SERVICE: "‹name of a service›",
    MAIL: "‹mail address›",
    HANDLE: "‹handle›",
    USER: "‹Matrix ID›",
    PHONE: "‹phone number›",
    WALLET: "‹wallet address›",
    AMOUNT: "‹amount›",
    SMALL_AMOUNT: "‹small amount›",
    PERCENT: "‹percent›",
}
"""Words for moderators in place of each mask."""

# What every link and address has: only the words around it are looked at closely.
_SIGN_OF_ADDRESS: Final = re.compile(r"[@./][\w/]")

_CURRENCY_SIGNS: Final = "$€£¥₽₴₹₩₫฿₺₦₱﷼₿"
_BEFORE: Final = re.compile(rf"(?:[{_CURRENCY_SIGNS}]|(?<!\w)(?:usd[tc]?|eur|us|rp|rs))\.? ?$")
_MAX_BEFORE_CHARS: Final = 8
_AFTER: Final = re.compile(
    rf" ?(?:[{_CURRENCY_SIGNS}]|(?:usd[tc]?|eur|euros?|gbp|pounds?|dollars?|bucks|btc|eth|sol|bnb"
    r"|xrp|trx|ton|xmr|ltc|doge|inr|rs|rupees?|rupiah|ribu|juta|idr|rub|руб\w{0,4}|р|тыс\w{0,3}"
    r"|грн|гривень|гривен|uah|zł|zl|zlotych|pln|tl|lira|try|vnd|dong|đong|trieu|đ|krw|won|jpy|yen|cny"
    r"|rmb|thb|baht|brl|reais|reales|pesos|dolares|dolar\w{0,4}|долл\w{0,6}|евро|євро|бакс\w{0,3}|u"
    r"|دولار|ريال|تومان|درهم|ریال|میلیون|रुपये|रुपए|रु)(?![a-zа-я])|元|块|円|万|만|원|บาท)"
)
_PERCENT: Final = re.compile(
    r" ?(?:[%٪]|(?:percent|per cent|prozent|процент|відсотк|por ?ciento|por ?cento|درصد|प्रतिशत))"
)
# A number, also one that is written in groups; a sum, a phone number, a date or a time of day.
_NUMBER: Final = re.compile(r"\d(?:[\d.,' ()/:-]{0,20}\d)?")
_DIGITS: Final = re.compile(r"\d+")
_MANY_ZEROS: Final = re.compile("0{5,}")
_DATE_OR_LIST: Final = re.compile(
    r"\d{4}[-/]\d\d?[-/]\d|\d[-/]\d\d?[-/]\d{2}|[,:']|\d\.\d\.\d|\.\d\d?\.\d{2,4}\b"
)
_MIN_PHONE_DIGITS: Final = 10
# A shorter number may be anything, unless it begins as phone numbers do.
_MIN_PREFIXED_PHONE_DIGITS: Final = 8
_MAX_PHONE_DIGITS: Final = 15
_MIN_WALLET_CHARS: Final = 26
_WALLET: Final = re.compile(
    rf"{NO_WORD_BEFORE}(?:0x[0-9a-f]{{38,42}}|bc1[0-9a-z]{{20,62}}|(?=[a-z_-]{{0,48}}\d)[euk]q[0-9a-z_-]{{46}}"
    rf"|(?=[a-z]{{0,99}}\d)[13tlrd48][0-9a-z]{{25,94}}){NO_WORD_BEHIND}"
)
_LEET: Final = re.compile(
    r"(?<![\w./-])(?=[a-z0-9]{0,18}?[a-z][0-9]{1,3}[a-z])[a-z0-9]{4,20}(?![\w./-])"
)
_LEET_SIGNS: Final = str.maketrans("01345789", "oieastbg")

_SPACED_SIGN: Final = re.compile(r"[ .*_·•|-]\w[ .*_·•|-]{1,3}\w[ .*_·•|-]")
# An underscore may stand between letters and is none here: if one sign could be either, a row of
# them would be tried in billions of ways. Rows of them alone, to be filled in, are left out.
# Vowel signs and tone marks of Thai and Indic scripts belong to a letter and are none for `\w`: a
# letter beside one stands in a word, and not by itself.
_MARKS: Final = "\u0900-\u0903\u093a-\u094f\u0962\u0963\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_SPACED: Final = re.compile(
    rf"(?<![\w{_MARKS}])"
    r"(?:(?:[^\W_][ .*_·•|-]{1,3}){3,24}[^\W_]|(?:_[ .*·•|-]{1,3}){3,24}_|_{7,})"
    rf"(?![\w{_MARKS}])"
)
_SPACING: Final = re.compile(r"[ .*_·•|-]+")
_WRITTEN_AT: Final = re.compile(r" ?[\[({<] ?(?:at|@) ?[\])}>] ?")
_FOREIGN: Final = frozenset(FOREIGN_LETTERS)
_SKELETONS: Final = {ord(letter): skeleton(letter) for letter in FOREIGN_LETTERS}
_MIXED: Final = re.compile(f"[a-z][{''.join(_FOREIGN)}]|[{''.join(_FOREIGN)}][a-z]")


def masked(text: str) -> str:
    """Return normalized `text` as the model reads it; at most `MAX_CHARS` long.

    Args:
        text: normalized (see `normalize`).
    """
    text = text[:MAX_READ_CHARS]
    if not text.isascii() and not _FOREIGN.isdisjoint(text) and _MIXED.search(text) is not None:
        words = text.split(" ")
        plain = {word: _plain_word(word) for word in set(words) if not word.isascii()}
        text = " ".join([plain.get(word, word) for word in words])
    if holds_any_sign(text):
        if may_be_disguised(text):
            text = _WRITTEN_AT.sub("@", deobfuscated(text))
        if may_be_spaced(text) and _SPACED_SIGN.search(text) is not None:
            text = _SPACED.sub(_joined, text)
        text = _without_addresses(text)
    if holds_digit(text):
        text = _without_numbers(text)
    return text if len(text) <= MAX_CHARS else _cut(text)


def _without_addresses(text: str) -> str:
    sign = _SIGN_OF_ADDRESS.search(text)
    if sign is None:
        return text
    pattern = ADDRESS if "@" in text else BARE_LINK
    pieces: list[str] = []
    end = 0
    while sign is not None:
        if len(pieces) >= 2 * MAX_MASKED:
            # No more than these is read of such a text.
            return "".join(pieces)
        # No address holds a space.
        start = text.rfind(" ", end, sign.start()) + 1 or end
        stop = text.find(" ", sign.start())
        stop = len(text) if stop < 0 else stop
        pieces += (text[end:start], pattern.sub(_address_mask, text[start:stop]))
        end = stop
        sign = _SIGN_OF_ADDRESS.search(text, end)
    return "".join([*pieces, text[end:]])


_GLUED: Final = re.compile(rf"[{DENSE_LETTERS}]+(?=[a-z0-9])")
_MATRIX_HOST: Final = "matrix.to"
_NO_PATHS: Final = frozenset((None, "/", "?", "/?"))


def _address_mask(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "mail":
        return MAIL
    if kind == "user":
        return USER
    if kind == "handle":
        return HANDLE
    if kind == "other":
        return LINK
    groups = match.groupdict()
    host, zone, path = groups["host"], groups["zone"], groups["path"]
    is_bare = groups["scheme"] is None
    glued = _GLUED.match(host) if is_bare and not host.isascii() else None
    before = "" if glued is None else glued[0]
    host = host.removeprefix(before).removeprefix("www.")
    if is_bare and (zone not in ZONES or _is_sentence(match, host)) and host != _MATRIX_HOST:
        return match[0]
    return before + _link_mask(host, zone, path)


def _is_sentence(match: re.Match[str], host: str) -> bool:
    """Return True for an end of a sentence and a word, in a script without spaces."""
    return (
        not host.isascii()
        and DENSE_LETTER.match(host) is not None
        and DENSE_LETTER.match(match.string, match.end()) is not None
    )


def _link_mask(host: str, zone: str, path: str | None) -> str:
    if host == _MATRIX_HOST and path is not None and path.startswith("/#/@"):
        return USER
    if host in MESSENGERS or host in SHORTENERS:
        if path in _NO_PATHS:
            # A service that is talked about: it leads to nobody.
            return SERVICE
        return MESSENGER if host in MESSENGERS else SHORTENED
    return CHEAP_LINK if zone in CHEAP_ZONES else LINK


def _without_numbers(text: str) -> str:
    if may_hold_wallet(text) and max(map(len, text.split(" "))) >= _MIN_WALLET_CHARS:
        text = SESSION_ID.sub(f"session id {HANDLE}", _WALLET.sub(WALLET, text))
    if may_hold_leet(text):
        text = _LEET.sub(_unleeted, text)
    text, count = _NUMBER.subn(_number_mask, text, count=MAX_MASKED)
    return text if count < MAX_MASKED else _with_zeros(text)


def _number_mask(match: re.Match[str]) -> str:
    number, text = match[0], match.string
    start, end = match.span()
    digits = number if number.isdecimal() else "".join(_DIGITS.findall(number))
    if _PERCENT.match(text, end) is not None:
        return PERCENT
    thousands = text[end : end + 1] in {"k", "m"} and not text[end + 1 : end + 2].isalpha()
    before = text[max(0, start - _MAX_BEFORE_CHARS) : start]
    if _BEFORE.search(before) is not None or _AFTER.match(text, end + thousands) is not None:
        return AMOUNT if thousands or len(digits) > 2 else SMALL_AMOUNT
    is_prefixed = digits[0] == "0" or before.endswith("+")
    least = _MIN_PREFIXED_PHONE_DIGITS if is_prefixed else _MIN_PHONE_DIGITS
    is_phone = least <= len(digits) <= _MAX_PHONE_DIGITS
    if is_phone and _DATE_OR_LIST.search(number) is None:
        return PHONE
    return _with_zeros(number)


def _with_zeros(text: str) -> str:
    """Return `text` with zeros for its digits, four at most for a number."""
    for digit in frozenset(filter(str.isdecimal, text)):
        text = text.replace(digit, "0")
    return _MANY_ZEROS.sub("0000", text)


def _unleeted(match: re.Match[str]) -> str:
    word = match[0]
    if word.endswith("4d"):
        # So end the names of many lotteries.
        return word
    # Digits at the end are a number; only those among letters stand for letters.
    core = word.rstrip("0123456789")
    return core.translate(_LEET_SIGNS) + word[len(core) :]


def _joined(match: re.Match[str]) -> str:
    pieces = _SPACING.split(match[0])
    # A row of digits is a number that is written in groups.
    return match[0] if sum(map(str.isdecimal, pieces)) * 2 > len(pieces) else "".join(pieces)


def _plain_word(word: str) -> str:
    return word if _MIXED.search(word) is None else word.translate(_SKELETONS)


def _cut(text: str) -> str:
    """Return the beginning of `text` and the surroundings of its masks."""
    if text.isascii():  # masks are not
        return text[:_MAX_HEAD_CHARS] + text[_MAX_HEAD_CHARS - MAX_CHARS :]
    pieces = [text[:_MAX_HEAD_CHARS]]
    left, end = MAX_CHARS - _MAX_HEAD_CHARS, _MAX_HEAD_CHARS
    for match in _ANY_MASK.finditer(text, _MAX_HEAD_CHARS):
        start = max(end, match.start() - _AROUND_CHARS)
        stop = min(match.end() + _AROUND_CHARS, start + left)
        if stop <= start:
            continue
        pieces.append(text[start:stop])
        left -= stop - start
        end = stop
        if left <= 0:
            break
    if left > 0 and end < len(text):
        pieces.append(text[max(end, len(text) - left) :])
    return "".join(pieces)


_ANY_MASK: Final = re.compile(f"[{''.join(MASKS)}]")
