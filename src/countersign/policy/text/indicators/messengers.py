"""Names of messengers in a text: where people write elsewhere."""

from collections.abc import Iterator
from typing import Final

from ahocorasick_rs import AhoCorasick

from countersign.policy.text.normalisation import words_in

NAMES: Final = """
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


class WordFinder:
    """Finds words in normalised texts, in one pass however many they are.

    Args:
        words: separated by commas.
    """

    def __init__(self, words: str) -> None:
        self._finder = AhoCorasick(list(words_in(words.split(","))))

    def spans(self, normalized: str) -> Iterator[tuple[int, int]]:
        """Yield where the words begin and end; those of scripts with spaces stand by themselves."""
        for _, start, end in self._finder.find_matches_as_indexes(normalized, overlapping=True):
            before, behind = normalized[start - 1 : start], normalized[end : end + 1]
            if (
                normalized[start] >= _UNSPACED_FROM
                or not (before.isalnum() or before == "_" or behind.isalnum() or behind == "_")
            ):  # fmt: skip
                yield start, end


_MESSENGERS: Final = WordFinder(NAMES)


def messengers_in(normalized: str) -> Iterator[tuple[int, int]]:
    """Yield where names of messengers begin and end in a text, as `normalize` leaves it."""
    return _MESSENGERS.spans(normalized)
