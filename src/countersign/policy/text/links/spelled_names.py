"""Handles and mail addresses with words for their punctuation: `anna underscore fx`."""

import re
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.disguised_characters import MAX_CHANGES

# Words for `_` between two words, whatever else they mean.
_UNDERSCORES: Final = (
    "underscore|under score|underline|unterstrich|gui[oó]n bajo|barra baja|tiret (?:du )?bas|"
    "trattino basso|laag streepje|podkre[sś]lnik|podkre[sś]lenie|нижнее подч[её]ркивание|"
    "подч[её]ркивание|нижнє підкреслення|підкреслення|alt ?tire|alt [cç]izgi|garis bawah|"
    "g[aạ]ch d[uư][oớ]i|下划线|下劃線|アンダーバー|언더바|شرطة سفلية|آندرلاین"
)
# Words for `@` that mean nothing else before a name.
_AT_SIGNS: Final = "at[- ]sign|arroba|arobase|klammeraffe|chiocciola|apenstaartje"
_OPENED, _CLOSED = r"\s?[\[({<]\s?", r"\s?[\])}>]\s?"
_BRACKETED: Final = rf"[\[({{<]\s?(?:{_UNDERSCORES}|{_AT_SIGNS}|at|@|собака|ät)\s?[\])}}>]"
"""Pattern of a word for a sign, in brackets."""
_NAMED: Final = rf"\s(?:{_UNDERSCORES})\s|(?:^|\s)(?:{_AT_SIGNS})\s|{_BRACKETED}"
_MAIL_HOSTS: Final = (
    "gmail|googlemail|outlook|hotmail|yahoo|proton|protonmail|icloud|gmx|yandex|zoho|tutanota|aol"
)
_MAILED: Final = rf"\s(?:at|@|et|arroba|chiocciola|собака|ät)\s(?:{_MAIL_HOSTS})\s?[a-z.]"
SIGN: Final = rf"{_NAMED}|{_MAILED}"
"""Pattern that every such text contains, for `finder_of`."""
_holds_names: Final = finder_of(rf"(?i){_NAMED}")
_holds_mail: Final = finder_of(rf"(?i){_MAILED}")
_UNDERSCORE: Final = re.compile(
    rf"(?<=[^\W_])(?:\s(?:{_UNDERSCORES})\s|{_OPENED}(?:{_UNDERSCORES}){_CLOSED})(?=[^\W_])",
    re.IGNORECASE,
)
_AT: Final = re.compile(rf"(?<!\S)(?:{_AT_SIGNS})\s(?=[a-z][\w.]{{3,31}}(?!\w))", re.IGNORECASE)
_BRACKETED_AT: Final = re.compile(
    rf"(?<=\w){_OPENED}(?:{_AT_SIGNS}|at|@|собака|ät){_CLOSED}(?=[^\W_])", re.IGNORECASE
)
_DOT_OF_HOST: Final = re.compile(
    rf"@([\w-]{{1,63}}){_OPENED}(?:\.|dot|punkt|punto|ponto|point|kropka|точка|punt){_CLOSED}(?=[a-z])",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(
    r"(?<![\w.+-])([\w+-]+(?:\.[\w+-]+)*)\s(?:at|@|et|arroba|chiocciola|собака|ät)\s"
    rf"({_MAIL_HOSTS})(?:\.|\s(?:(?:dot|punkt|punto|ponto|point|kropka|точка|punt)\s)?)"
    r"(com|de|me|net|ru|fr|es|it|at|ch)(?![\w.])",
    re.IGNORECASE,
)


def with_names_for_words(text: str) -> str:
    """Return `text` with punctuation for the words for it in handles and mail addresses."""
    if _holds_names(text):
        text = _UNDERSCORE.sub("_", text, count=MAX_CHANGES)
        text = _BRACKETED_AT.sub("@", text, count=MAX_CHANGES)
        text = _DOT_OF_HOST.sub(r"@\1.", text, count=MAX_CHANGES)
        text = _AT.sub("@", text, count=MAX_CHANGES)
    if _holds_mail(text):
        text = _MAIL.sub(r"\1@\2.\3", text, count=MAX_CHANGES)
    return text
