"""Names of messengers in a text: where people write elsewhere."""

from collections.abc import Iterator
from typing import Final

from countersign.policy.text.finders import WordFinder

NAMES: Final = """
    telegram, telegramm, telegrem, tellegram, telegran, telegra, telegrama, whatsapp, watsapp,
    whatapp, whatsap, whats app, wsapp, wapp, signal, instagram, insta, snapchat, snap, discord,
    wechat, weixin, viber, skype, kik, threema, zalo, facebook, messenger, icq, potato chat, zangi,
    wickr, wickr me, qq, line id, session id, tg, wa, ig, телеграм, телеграмм, телеграме, телега,
    телегу, телеге, ватсап, ватсапп, вотсап, вацап, вайбер, сигнал, инстаграм, скайп, тг, вк,
    微信, 电报, 飞机号, 飞机, 加v, ライン, 텔레그램, 카카오톡, 카톡, تليجرام, تلغرام, تيليجرام,
    تلجرام, تيليغرام, واتساب, واتس اب, टेलीग्राम, टेलिग्राम, व्हाट्सएप, টেলিগ্রাম
"""
_MESSENGERS: Final = WordFinder(NAMES)


def messengers_in(normalized: str) -> Iterator[tuple[int, int]]:
    """Yield where names of messengers begin and end in a text, as `normalize` leaves it."""
    return _MESSENGERS.spans(normalized)
