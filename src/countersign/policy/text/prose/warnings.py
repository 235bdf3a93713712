"""Warnings: texts that tell people not to heed what they quote."""

# ruff: noqa: RUF001 - words of many scripts

import re
from typing import Final

MAX_READ_CHARS: Final = 1_024

_WORDS: Final = re.compile(
    # Of normalized text; each is the beginning of a word.
    r"\b(?:warn|beware|ignor|report|spam|scam|raid|troll|"
    r"do(?: not|n[’']?t) (?:answer|reply|respond)|"
    r"achtung|vorsicht|meldet|angriff|antwortet nicht|nicht antworten|"
    r"attention|avertiss|mefie|signale[rz]|ne repondez|atencion|cuidado|alerta|no respond|"
    r"atencao|denunci|nao respond|attenzione|segnala|non rispond|waarschuw|opgelet|pas op|negeer|"
    r"uwaga|ostrzez|zglos|nie odpowiad|внимани|осторожн|предупрежд|игнорир|жалуй|не отвеча|рейд|"
    r"увага|обережн|попередж|ігнор|скарж|dikkat|uyari|gormezden|sikayet|awas|hati-hati|abaikan|"
    r"lapor|coi chung|canh bao)"
    "|注意|警告|小心|忽略|举报|舉報|不要回|無視|通報|주의|경고|무시|신고|تحذير|احذر|تجاهل|चेतावनी|सावधान|"
    "ระวัง|เตือน|هشدار"
)


def warns(normalized: str) -> bool:
    """Return True if a normalized text warns of something, as far as its words tell."""
    return _WORDS.search(normalized[:MAX_READ_CHARS]) is not None
