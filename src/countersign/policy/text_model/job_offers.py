"""Formal job offers: they name an address of the employer for applications, and no daily pay.

Fraudulent ones promise daily pay, ask for no skill, and lead to a messenger, a free mail address or
a domain under a cheap ending.
"""

import re
from collections.abc import Collection
from typing import Final

from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.policy.text.indicators.messengers import messengers_in
from countersign.policy.text_model.addresses import CHEAP_ZONES

MAX_CHARS: Final = 8_192
"""Maximum length of such an offer."""
_MAX_TARGET_CHARS: Final = 1_000
_NO_EMPLOYERS: Final = frozenset(
    {IndicatorKind.HANDLE, IndicatorKind.WALLET, IndicatorKind.INVITATION}
)
_FREE_MAIL: Final = re.compile(
    r"@(?:gmail|googlemail|outlook|hotmail|live|yahoo|proton|protonmail|pm|gmx|web|mail|yandex|qq|163"
    r"|126|aol|icloud|tutanota|tuta|zohomail|posteo|ukr|wp|onet|libero|orange|naver|daum)\.[a-z.]+\Z"
)
_PLACES: Final = (
    "jobs?|careers?|karriere|stellen\\w{0,9}|bewerbung\\w{0,3}|ausbildung|emplois?|recrutement|"
    "carrieres?|empleos?|trabaj\\w{1,4}|rrhh|rh|vagas?|carreiras?|trabalhe\\w{0,8}|lavor[ao]\\w{0,10}|"
    "carriere|vacatures?|werken\\w{0,4}|kariera|praca|rekrutacja|vacanc(?:y|ies)|rabota|kariyer|ik|"
    "lowongan|karir|tuyendung|recruit\\w{0,7}|personal|hrd|hiring|talent|internships?|intern|"
    "apply|positions?|openings?|praktik\\w{0,3}|cv|resume|portfolio"
)
# `hr` at the end of a name is Croatia: `bank.hr`, `bank-hr.com`.
_FOR_APPLICANTS: Final = re.compile(
    rf"(?:\A|[./@#_=?-])(?:{_PLACES})(?:\Z|[./@#_=?&-])"
    r"|(?:\A|[/@#_=?])hr(?:\Z|[./@#_=?&-])|[.-]hr@"
)
_DAILY: Final = re.compile(
    r"\b(?:a|per|each|every|pro|par|por|al|za|her) ?(?:day|tag|jour|dia|giorno|dag|dzien|gun)\b|"
    r"\b(?:daily|taglich|am tag|quotidien\w{0,4}|diari\w{1,4}|giornalier\w|dagelijks|dziennie|"
    r"gunluk|harian|per hari|weekly|per week|/ ?day|like videos|watch(?:ing)? videos)\b|"
    r"в день|ежедневн|на день|щодня|/ngay|moi ngay|hang ngay|日结|日結|每天|天结|日給|日払|毎日|"
    r"하루|일당|당일|يوميا|باليوم|रोज|روزانه|روزی|วันละ|ต่อวัน|ทุกวัน"
)
_APPLICATION: Final = re.compile(
    r"\b(?:cvs?|resumes?|portfolio|lebenslauf|bewerb\w{1,8}|curricul\w{2,4}|candidature|zgloszeni\w|"
    r"резюме|ozgecmis|lamaran|ho so)\b|简历|簡歷|履歴書|이력서|السيرة الذاتية|سيرة|رزومه|ประวัติ"
)
_PORTFOLIO: Final = re.compile(r"\b(?:portfolio|cv|resume|lebenslauf):? ?(?:https?://|www\.)")


def is_formal_offer(said: str, indicators: Collection[Indicator], targets: Collection[str]) -> bool:
    """Return True if a text is a formal job offer.

    Args:
        said: the text, normalized.
        indicators: its contacts and domains.
        targets: the targets of its links, as written.
    """
    if len(said) > MAX_CHARS or any(each.kind in _NO_EMPLOYERS for each in indicators):
        return False
    mails = [each.name for each in indicators if each.kind is IndicatorKind.MAIL]
    hosts = {each.host for each in indicators if each.host}
    if any(map(_FREE_MAIL.search, mails)) or any(map(is_cheap, hosts)):
        return False
    places = [*mails, *(target[:_MAX_TARGET_CHARS].lower() for target in targets)]
    is_for_applicants = (
        any(map(_FOR_APPLICANTS.search, places))
        or any(mail.rpartition("@")[2] in hosts for mail in mails)
        or (bool(mails) and _APPLICATION.search(said) is not None)
        or _PORTFOLIO.search(said) is not None
    )
    return is_for_applicants and _DAILY.search(said) is None and not any(messengers_in(said))


def is_cheap(host: str) -> bool:
    """Return True if a host is in a zone where names cost almost nothing."""
    return host.rpartition(".")[2] in CHEAP_ZONES
