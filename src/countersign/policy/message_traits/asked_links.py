"""Requests of members for a link or a contact, and answers to them."""

import re
from collections.abc import Iterator
from typing import Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.questions.messages import LinkAskedFor
from countersign.policy.text.finders import finder_of
from countersign.policy.text_model.small_ads import offers_little, offers_nothing

MAX_REQUEST_CHARS: Final = 300
"""Maximum length of a request."""
MAX_ANSWER_LETTERS: Final = 40
"""Maximum number of letters beside the link of an answer."""
MAX_ANSWER_CHARS: Final = 60
"""Maximum length of an answer with a contact in place of a link."""
_find_question_mark: Final = re.compile("[?\uff1f\u061f]").search

_asks_for_link: Final = finder_of(
    r"(?i)\b(?:links?|url|e?-?mail|address|phone|number|contact|reach|call|handle|invit\w*|lobby|code"
    r"|guide|discord|telegram|whats ?app|signal|matrix|server|rooms?|groups?|channels?|website|page"
    r"|einladung\w*|raum|gruppe|kanal|seite|anleitung|adresse|nummer|telefon\w*|erreich\w*|kontakt\w*"
    r"|lien|groupe|salon|canal|num[eé]ro|joindre|enlace|grupo|sala|invitaci\w*|tel[eé]fono|n[uú]mero"
    r"|correo|contacto|contato|telefone|convite|gruppo|stanza|invito|numero|groep|kamer|uitnodiging"
    r"|zaproszeni\w*|numer\w*|grup\w*|odkaz|pozv\w*|skupin\w*|davet|kanal\w*|numara\w*|tautan|nomor)\b"
    r"|ссылк|групп|канал|приглашени|номер|почт|посиланн|груп|запрошенн|رابط|مجموعة|قناة|رقم|لینک|گروه"
    r"|شماره|קישור|קבוצה|מספר|लिंक|ग्रुप|नंबर|链接|連結|网址|群|邀请|电话|号码|リンク|招待|グループ|番号|連絡先"
    r"|링크|초대|그룹|번호|연락처|liên kết|nhóm|ลิงก์|กลุ่ม|เบอร์"
)

_begs: Final = finder_of(
    r"(?i)^\W*(?:can|could|would|will) (?:you|u|some(?:one|body)|any(?:one|body))\b"
    r"|\b(?:give|send|tell|drop|write) (?:it to )?(?:me|us)\b"
    r"|\b(?:gib|schick\w*|schreib\w*) (?:mir|uns)\b|\b(?:kann(?:st)?|k[oö]nn\w+) (?:du|ihr|sie)\b"
    r"|\b(?:donne|envoie)[sz]?[- ](?:moi|nous)\b|\b(?:tu peux|vous pouvez|peux-tu|pouvez-vous)\b"
    r"|\b(?:dame|danos|p[aá]same|m[aá]ndame|env[ií]ame)\b|\bme (?:passa|manda|envia|d[aá])\b"
    r"|\b(?:dammi|mandami|passami)\b|\b(?:geef|stuur) (?:me|mij|ons)\b"
    r"|\b(?:daj|podaj|wy[sś]lij)\b|(?:дай|скинь|пришли|напиши)(?:те)? "
)


def asks_for_link(body: str, *, is_addressed: bool = False) -> bool:
    """Return True if a text as written asks for a link or contact; quoted lines do not count.

    Args:
        body: the text.
        is_addressed: whether it mentions or answers somebody; then it need not be a question, but
            may tell them to give something.
    """
    if len(body) > MAX_REQUEST_CHARS or not (is_addressed or _find_question_mark(body)):
        return False
    own = "\n".join(line for line in body.splitlines() if not line.startswith(">"))
    is_question = _find_question_mark(own) is not None or (is_addressed and _begs(own))
    return bool(is_question and _asks_for_link(own))


def asks_if_asked_for(event: Event) -> Iterator[LinkAskedFor]:
    """Yield the question `LinkAskedFor` if a message may be an answer."""
    if event.type != "m.room.message":
        return
    if event.seen.links:
        is_answer = is_lone_link(event, MAX_ANSWER_LETTERS)
    else:
        has_contact = any(each.kind.is_contact for each in event.indicators)
        is_answer = has_contact and len(event.seen.main_text) <= MAX_ANSWER_CHARS
    if is_answer:
        yield LinkAskedFor(event.room_id)


def is_asked_for(event: Event, facts: Facts) -> bool:
    """Return True if a member asked for a message, which has no cue of an offer.

    Of messages that are read together, the earlier ones may have a cue of everyday talk.
    """
    question = LinkAskedFor(event.room_id)
    if not facts.has(question) or not facts[question]:
        return False
    is_harmless = offers_little if event.is_joined else offers_nothing
    return all(is_harmless(each.features.read) for each in event.read_texts)
