"""Ways in which a text names whom to write to: beside a messenger, or behind a word to call."""

import re
from itertools import islice
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.indicators.contacts import UNSIGNED_NAME
from countersign.policy.text.offers.cues import Cues, call_ends_in, plain
from countersign.policy.text_model.masking import HANDLE, PHONE

holds_number: Final = finder_of(r"(?:^|[^0-9.,])[0-9](?:[ ()./\-]{0,2}[0-9]){8,14}(?:[^0-9]|$)")
_REACH: Final = 24
"""Maximum number of characters between a messenger's name and a handle or number."""
_SPOKEN: Final = (
    "zero|one|two|three|four|five|six|seven|eight|nine|double|plus|null|eins|zwei|drei|vier|funf|"
    "sechs|sieben|acht|neun|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|"
    "seis|siete|ocho|nueve|um|dois|quatro|sete|oito|nove|onze|due|tre|quattro|cinque|sei|sette|otto|"
    "ноль|один|два|три|четыре|пять|шесть|семь|восемь|девять|nol|satu|dua|tiga|empat|lima|enam|tujuh|"
    "delapan|sembilan|sifir|bir|iki|uc|dort|bes|alti|yedi|sekiz|dokuz|kosong|jeden|dwa|trzy|cztery|piec|"
    "szesc|siedem|osiem|dziewiec|нуль|чотири|шість|сім|вісім|девʼять|nul|een|twee|drie|vijf|zes|zeven|"
    "acht|negen|noll|ett|tva|fyra|fem|sju|atta|nio|ek|do|teen|char|paanch|khong|mot|hai|ba|bon|nam|sau|"
    "bay|tam|chin|صفر|واحد|اثنين|ثلاثة|اربعة|خمسة|ستة|سبعة|ثمانية|تسعة|शून्य|एक|दो|तीन|चार|पांच|छह|सात|आठ|नौ"
)
holds_spoken_number: Final = finder_of(
    rf"(?:^|[^\pL])(?:(?:{_SPOKEN}|[0-9]+)[ ,.-]{{1,3}}){{6}}(?:{_SPOKEN}|[0-9])"
)
"""Returns True for a phone number in words: seven digits or more."""
_NAME: Final = r"[a-z][a-z0-9._-]{4,31}"
_NAME_BEHIND: Final = re.compile(
    rf"[^\n.!?{HANDLE}{PHONE}]{{0,{_REACH}}}(?:[{HANDLE}{PHONE}]"
    # A number that is no longer one to dial, once it is masked, or one in words.
    r"|(?<![\w.])\d(?:[ ()./-]{0,2}[\do]){6,14}(?!\w)"
    rf"|(?<!\w)(?:(?:{_SPOKEN}|\d+)[ ,.-]{{1,3}}){{4}}|[一二三四五六七八九零〇]{{6}}"
    # A name has a digit or the like that few words have, or stands by itself behind a sign.
    rf"|(?<![\w.])(?=[a-z.-]{{0,31}}[\d_]|[a-z]+\.[a-z]+\.){_NAME}(?!\w)"
    rf"|[:=>→👉@❤♥\u2795➡]+ ?{_NAME}(?= *(?:\Z|[\n,;]|\. ))"
    # Or it stands beside the picture of whoever writes.
    r"|(?:看|见|見)(?:头像|主页|简介|資料|资料)"
    # What to search for there.
    r"|(?:검색|아이디|搜索|搜|検索)[ :]{0,3}[가-힣一-鿿ぁ-ヿa-z0-9]{2,20})"
)
_NAME_BEFORE: Final = re.compile(rf"[{HANDLE}{PHONE}][^\n.!?]{{0,12}}\Z")
_MOST_BEFORE: Final = 14
_SEARCHED: Final = re.compile(
    r"(?<!\w)(?:search(?: for)?|look up|type|busc\w{1,5}|such\w{0,2}|cherch\w{1,3}|recherche\w?|"
    r"procur\w{1,4}|cerc\w{1,4}|zoek|wyszuka\w{0,3}|szuka\w{1,3}|найди\w{0,2}|ищи\w{0,2}|"
    r"знайд\w{1,3}|шука\w{1,4}|arat\w{0,3}|cari|tim|sok|hledej\w{0,2}|keress\w{0,4}|cauta\w{0,3})"
    r"[ :]{1,2}[^\n.!?]{3,40}\Z"
)
_MOST_BEFORE_SEARCHED: Final = 56
# Many play or talk there, so its name alone leads nowhere.
_DISCORD_NAME: Final = re.compile(
    r"(?<!\w)discord(?: (?:id|tag|name|user|username|me|is|at))?\b ?[:=>→]{0,2} ?"
    r"(?:(?=[a-z.]{0,31}[\d_]|[a-z]+\.[a-z])[a-z][a-z0-9._]{2,31}(?![\w./])|[a-z]\w{2,31}#\d{4})"
)
# What these messengers call people looks like no word; masks and plain letters would hide it.
_MESSENGER_ID: Final = re.compile(
    r"(?<!\w)(?:threema(?: ?id)?(?: is)?[ :=]{1,3}(?=[a-z]{0,7}\d)[a-z0-9]{8}"
    r"|icq(?: ?(?:id|uin|number|nr))?(?: is)?[ :=#]{1,3}\d(?:[ -]?\d){5,9})(?![\w.,])"
)
_UNSIGNED_BEFORE: Final = re.compile(rf"{UNSIGNED_NAME}\Z")
# Hosts of messengers with other characters for the dot than those that are undone everywhere.
_holds_hidden_host: Final = finder_of(
    r"(?:^|\W)(?:t|wa) ?(?:[^\pL\pN\s]{0,2}[.,:;·•*]+[^\pL\pN\s]{0,2}|[(\[{<]\pL{1,6}[)\]}>])"
    r" ?m\.?e ?[/\\]|(?:^|\W)discord ?[.,:;·•*]+ ?gg ?[/\\]"
)
_MOST_TO_CALLED: Final = 12
"""Characters that may stand between a word that calls to act and the name behind it."""
_USER_ID: Final = re.compile(
    r"(?<![\w.@/])@[a-z0-9._=+-]{2,64}:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"
)
_MOST_USER_IDS: Final = 4
_BEFORE_USER_ID: Final = re.compile(
    r"(?<!\w)(?:ask|message|msg|text|contact|write|ping|from|via|through|manager|mentor|broker|trader)"
    r"(?: to)?[ :]{0,2}\Z"
)
_BEHIND_USER_ID: Final = re.compile(
    r",? (?:and )?(?:ask|message|msg|text|contact|write|dm|pm)(?: to)? (?:him|her|them)(?!\w)"
)
_MOST_BEFORE_USER_ID: Final = 16
_MOST_SIGNS: Final = 2
"""Characters between a word that calls to act and a user ID: a space, a colon."""


def reaches(read: str, found: Cues) -> bool:
    """Return True if a messenger's name is beside a handle or number, or its host is disguised."""
    return any(
        _NAME_BEHIND.match(read, end) is not None
        or _NAME_BEFORE.search(read, max(0, start - _MOST_BEFORE), start) is not None
        for start, end in found.messengers
    ) or (f"line {HANDLE}" in read or (("/" in read or "\\" in read) and _holds_hidden_host(read)))


def names_messenger_id(normalized: str, found: Cues) -> bool:
    """Return True if a text has an ID of a messenger behind that messenger's name."""
    return bool(found.messengers) and _MESSENGER_ID.search(normalized) is not None


def may_reach(read: str, found: Cues) -> bool:
    """Return True if a text tells whom to write to, as honest people do too.

    It says what to search for in a messenger, or has a name without a sign beside one, or calls to
    write to a name with one.
    """
    if any(
        pattern.search(read, max(0, start - _MOST_BEFORE_SEARCHED), start) is not None
        for start, _ in found.messengers
        for pattern in (_SEARCHED, _UNSIGNED_BEFORE)
    ):
        return True
    if "discord" in read and _DISCORD_NAME.search(read) is not None:
        return True
    return HANDLE in read and any(
        HANDLE in read[end : end + _MOST_TO_CALLED] for end in call_ends_in(read)
    )


def asks_to_write_to_user(normalized: str) -> bool:
    """Return True if a text asks people to write to a Matrix user: a private talk."""
    if "@" not in normalized or ":" not in normalized:
        return False
    found = list(islice(_USER_ID.finditer(normalized), _MOST_USER_IDS))
    if any(
        _BEFORE_USER_ID.search(
            normalized, max(0, each.start() - _MOST_BEFORE_USER_ID), each.start()
        )
        or _BEHIND_USER_ID.match(normalized, each.end())
        for each in found
    ):
        return True
    calls = list(call_ends_in(plain(normalized))) if found else []
    return any(0 <= each.start() - end <= _MOST_SIGNS for end in calls for each in found)
