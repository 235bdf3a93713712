"""Requests of members for a link or a contact, and answers to them."""

import re
from collections.abc import Iterator
from typing import Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.questions.messages import LinkAskedFor
from countersign.policy.text.finders import finder_of
from countersign.policy.text_model.small_ads import offers_nothing

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


def asks_for_link(body: str) -> bool:
    """Return True if a text as written asks for a link; quoted lines do not count."""
    if len(body) > MAX_REQUEST_CHARS or not _find_question_mark(body):
        return False
    own = "\n".join(line for line in body.splitlines() if not line.startswith(">"))
    return _find_question_mark(own) is not None and _asks_for_link(own)


def asks_if_asked_for(event: Event) -> Iterator[LinkAskedFor]:
    """Yield the question `LinkAskedFor` if a message may be an answer."""
    if event.type != "m.room.message":
        return
    if event.seen.links:
        is_answer = is_lone_link(event, MAX_ANSWER_LETTERS)
    else:
        has_contact = any(each.kind.is_contact for each in event.indicators)
        is_answer = has_contact and len(event.seen.said) <= MAX_ANSWER_CHARS
    if is_answer:
        yield LinkAskedFor(event.room_id)


def is_asked_for(event: Event, facts: Facts) -> bool:
    """Return True if a member asked for a message, which has no cue of an offer."""
    question = LinkAskedFor(event.room_id)
    if not facts.has(question) or not facts[question]:
        return False
    return all(offers_nothing(each.features.read) for each in event.read_texts)
