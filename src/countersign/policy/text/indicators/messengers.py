"""Names of messengers in a text: where people write elsewhere."""

from collections.abc import Iterator
from typing import Final

from ahocorasick_rs import AhoCorasick

from countersign.policy.text.normalisation import words_in

_NAMES: Final = """
    telegram, telegramm, telegrem, tellegram, telegran, telegra, telegrama, whatsapp, watsapp,
    whatapp, whatsap, whats app, wsapp, wapp, signal, instagram, insta, snapchat, snap, discord,
    wechat, weixin, viber, skype, kik, threema, zalo, facebook, messenger, icq, potato chat, zangi,
    wickr, wickr me, qq, line id, session id, tg, wa, ig, телеграм, телеграмм, телеграме, телега,
    телегу, телеге, ватсап, ватсапп, вотсап, вацап, вайбер, сигнал, инстаграм, скайп, тг, вк,
    微信, 电报, 飞机号, 飞机, 加v, ライン, 텔레그램, 카카오톡, 카톡, تليجرام, تلغرام, تيليجرام,
    تلجرام, تيليغرام, واتساب, واتس اب, टेलीग्राम, टेलिग्राम, व्हाट्सएप, টেলিগ্রাম
"""
_UNSPACED_FROM: Final = "\u0e00"
"""Names in scripts from here on may stand within what looks like one word."""


def any_of(names: str) -> str:
    """Return a pattern for any of these words; those in letters with spaces end where words do."""
    words = sorted(words_in(names.split(",")), key=len, reverse=True)
    spaced = [word for word in words if word[0] < _UNSPACED_FROM]
    unspaced = [word for word in words if word[0] >= _UNSPACED_FROM]
    borders = rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"
    return f"(?:{'|'.join([borders, *unspaced])})"


MESSENGER: Final = any_of(_NAMES)
"""Pattern for the name of a messenger, in normalised text."""
_FINDER: Final = AhoCorasick(list(words_in(_NAMES.split(","))))


def messengers_in(normalized: str) -> Iterator[tuple[int, int]]:
    """Yield where names of messengers begin and end in a text, as `normalize` leaves it."""
    for _, start, end in _FINDER.find_matches_as_indexes(normalized, overlapping=True):
        before, behind = normalized[start - 1 : start], normalized[end : end + 1]
        if (
            normalized[start] >= _UNSPACED_FROM
            or not (before.isalnum() or before == "_" or behind.isalnum() or behind == "_")
        ):  # fmt: skip
            yield start, end
