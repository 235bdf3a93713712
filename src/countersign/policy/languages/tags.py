"""Language tags as policies write them: `de`, `pt-BR`, `zh-Hant`.

Spec: https://www.rfc-editor.org/info/bcp47 (RFC 5646 for tags, RFC 4647 section 3.4 for lookup)
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

ENGLISH: Final = "en"
MAX_TAG_CHARS: Final = 35
"""The length that RFC 5646, section 4.4.1 asks every program to support."""

_TAG: Final = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)
_NAMES: Final = """
aa Afar; ab Abkhazian; ae Avestan; af Afrikaans; ak Akan; am Amharic; an Aragonese; ar Arabic;
as Assamese; av Avaric; ay Aymara; az Azerbaijani; ba Bashkir; be Belarusian; bg Bulgarian;
bi Bislama; bm Bambara; bn Bengali; bo Tibetan; br Breton; bs Bosnian; ca Catalan; ce Chechen;
ch Chamorro; co Corsican; cr Cree; cs Czech; cu Church Slavic; cv Chuvash; cy Welsh; da Danish;
de German; dv Divehi; dz Dzongkha; ee Ewe; el Greek; en English; eo Esperanto; es Spanish;
et Estonian; eu Basque; fa Persian; ff Fulah; fi Finnish; fj Fijian; fo Faroese; fr French;
fy Western Frisian; ga Irish; gd Scottish Gaelic; gl Galician; gn Guarani; gu Gujarati; gv Manx;
ha Hausa; he Hebrew; hi Hindi; ho Hiri Motu; hr Croatian; ht Haitian; hu Hungarian; hy Armenian;
hz Herero; ia Interlingua; id Indonesian; ie Interlingue; ig Igbo; ii Sichuan Yi; ik Inupiaq;
io Ido; is Icelandic; it Italian; iu Inuktitut; ja Japanese; jv Javanese; ka Georgian; kg Kongo;
ki Kikuyu; kj Kuanyama; kk Kazakh; kl Kalaallisut; km Khmer; kn Kannada; ko Korean; kr Kanuri;
ks Kashmiri; ku Kurdish; kv Komi; kw Cornish; ky Kyrgyz; la Latin; lb Luxembourgish; lg Ganda;
li Limburgish; ln Lingala; lo Lao; lt Lithuanian; lu Luba-Katanga; lv Latvian; mg Malagasy;
mh Marshallese; mi Maori; mk Macedonian; ml Malayalam; mn Mongolian; mr Marathi; ms Malay;
mt Maltese; my Burmese; na Nauru; nb Norwegian Bokmal; nd North Ndebele; ne Nepali; ng Ndonga;
nl Dutch; nn Norwegian Nynorsk; no Norwegian; nr South Ndebele; nv Navajo; ny Chichewa; oc Occitan;
oj Ojibwa; om Oromo; or Oriya; os Ossetian; pa Punjabi; pi Pali; pl Polish; ps Pashto;
pt Portuguese; qu Quechua; rm Romansh; rn Rundi; ro Romanian; ru Russian; rw Kinyarwanda;
sa Sanskrit; sc Sardinian; sd Sindhi; se Northern Sami; sg Sango; si Sinhala; sk Slovak;
sl Slovenian; sm Samoan; sn Shona; so Somali; sq Albanian; sr Serbian; ss Swati; st Southern Sotho;
su Sundanese; sv Swedish; sw Swahili; ta Tamil; te Telugu; tg Tajik; th Thai; ti Tigrinya;
tk Turkmen; tl Tagalog; tn Tswana; to Tonga; tr Turkish; ts Tsonga; tt Tatar; tw Twi; ty Tahitian;
ug Uyghur; uk Ukrainian; ur Urdu; uz Uzbek; ve Venda; vi Vietnamese; vo Volapuk; wa Walloon;
wo Wolof; xh Xhosa; yi Yiddish; yo Yoruba; za Zhuang; zh Chinese; zu Zulu
"""
LANGUAGE_NAMES: Final = MappingProxyType(
    dict(entry.strip().split(" ", 1) for entry in " ".join(_NAMES.split()).split(";"))
)
"""The English names of all languages with a code of two letters (ISO 639-1)."""

_OTHER_NAMES: Final = {
    "deutsch": "de", "français": "fr", "francais": "fr", "español": "es", "espanol": "es",
    "castellano": "es", "português": "pt", "portugues": "pt", "brazilian": "pt-BR",
    "русский": "ru", "中文": "zh", "mandarin": "zh", "العربية": "ar", "italiano": "it",
    "nederlands": "nl", "polski": "pl", "farsi": "fa",
    # Codes of countries that are taken for those of their languages.
    "cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "kp": "ko",
    "ua": "uk", "us": "en-US", "gb": "en-GB", "iw": "he", "in": "id",
}  # fmt: skip
_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset(
    {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
)
_RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)


def read_tag(text: str) -> str | None:
    """Return a language tag in its usual spelling (`PT-br` is `pt-BR`); None if it is none.

    A language of two letters must be one of ISO 639-1. One of three letters need only have the
    form of a tag.
    """
    match = _TAG.fullmatch(text) if len(text) <= MAX_TAG_CHARS else None
    if match is None:
        return None
    language = match[1].lower()
    if len(language) == 2 and language not in LANGUAGE_NAMES:
        return None
    parts = [language]
    if match[2]:
        parts.append(match[2].title())
    if match[3]:
        parts.append(match[3].upper())
    return "-".join(parts) + match[4].lower()


def guess_tag(text: object) -> str | None:
    """Return the tag that a person probably meant: `de` for `german`, `pt-BR` for `pt_br`."""
    if not isinstance(text, str):
        return None
    word = text.strip().lower()
    own_tag = _OTHER_NAMES.get(word) or read_tag(word.replace("_", "-").partition(".")[0])
    if own_tag is not None:
        return own_tag
    by_name = {name.lower(): tag for tag, name in LANGUAGE_NAMES.items()}
    close = get_close_matches(word[:MAX_TAG_CHARS], by_name, n=1, cutoff=0.75)
    return by_name[close[0]] if close else None


def lookup(tag: str) -> Iterator[str]:
    """Yield the tag, then its fallbacks: `zh-Hant-TW`, `zh-Hant`, `zh`."""
    parts = tag.split("-")
    for count in range(len(parts), 0, -1):
        yield "-".join(parts[:count])


def is_right_to_left(tag: str) -> bool:
    """Return True if the language is written from right to left."""
    language, *others = tag.split("-")
    script = next((part for part in others if len(part) == 4 and part.isalpha()), None)
    if script is not None:
        return script in _RIGHT_TO_LEFT_SCRIPTS
    return language in _RIGHT_TO_LEFT
