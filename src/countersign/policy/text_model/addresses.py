"""Patterns of addresses in texts, and hosts and zones that the masks of links tell apart."""

import re
from typing import Final

MESSENGERS: Final = frozenset((
    "t.me", "telegram.me", "telegram.dog", "telegram.org", "wa.me", "chat.whatsapp.com",
    "api.whatsapp.com", "whatsapp.com", "signal.me", "signal.group", "discord.gg", "discord.com",
    "discordapp.com", "line.me", "lin.ee", "m.me", "viber.com", "chats.viber.com", "join.skype.com",
    "u.wechat.com", "qm.qq.com", "zalo.me", "simplex.chat",
))  # fmt: skip
SHORTENERS: Final = frozenset((
    "bit.ly", "tinyurl.com", "cutt.ly", "is.gd", "v.gd", "goo.gl", "rb.gy", "shorturl.at",
    "ow.ly", "s.id", "t.cn", "dwz.cn", "lnkd.in", "linktr.ee", "rebrand.ly", "tiny.cc", "clck.ru",
    "surl.li", "shorturl.asia",
))  # fmt: skip
CHEAP_ZONES: Final = frozenset((
    "top", "xyz", "vip", "icu", "club", "online", "site", "store", "shop", "bet", "cc", "win",
    "life", "live", "click", "fun", "pro", "loan", "work", "buzz", "sbs", "cfd", "cyou", "rest",
    "space", "website", "bond", "monster", "quest", "today", "world", "finance", "money", "cash",
    "trade", "trading", "exchange", "gift", "casino", "poker", "games", "bid", "men", "date",
    "party", "stream", "download", "tk", "ml", "ga", "cf", "gq", "pw", "ws", "su", "lol", "best",
    "link", "ltd", "group", "agency", "digital", "network", "support", "services",
))  # fmt: skip
_USUAL_ZONES: Final = frozenset((
    "com", "net", "org", "info", "biz", "io", "co", "me", "app", "dev", "ai", "tv", "gg", "eu",
    "us", "uk", "de", "at", "ch", "fr", "be", "nl", "es", "it", "pt", "br", "pl", "cz", "ru", "ua",
    "tr", "ir", "in", "id", "vn", "cn", "jp", "kr", "tw", "hk", "th", "my", "ph", "ae", "eg", "za",
    "ng", "ke", "ca", "au", "nz", "mx", "ar", "cl", "se", "no", "fi", "dk", "ly", "ee",
    "asia", "chat", "example",
))  # fmt: skip
ZONES: Final = CHEAP_ZONES | _USUAL_ZONES

DENSE_LETTERS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
)
"""Scripts that put no space between words, or whose letters are syllables: ranges of a pattern."""
DENSE_LETTER: Final = re.compile(f"[{DENSE_LETTERS}]")
# There, an address begins and ends within what looks like one word.
NO_WORD_BEFORE: Final = rf"(?<![^\W{DENSE_LETTERS}])"
NO_WORD_BEHIND: Final = rf"(?![^\W{DENSE_LETTERS}])"
# Links have a scheme, or are a bare name in a zone that people know; the rest of a name with dots
# is a file, a version or two sentences without a space between them. What leads to a room begins
# with its name there.
_NAMES: Final = (
    rf"{NO_WORD_BEFORE}(?<![@.-])(?P<scheme>[a-z]{{2,8}}://|#[\w.=/+-]{{1,64}}:)?"
    r"(?P<host>(?:[\w-]{1,63}\.){1,5}"
    rf"(?P<zone>[a-z]{{2,24}}{NO_WORD_BEHIND}(?!-|\.\w)|[^\W\d_]{{2,24}}(?![\w-]|\.\w)))"
    r"(?P<path>[/?#:]\S*)?"
)
_HOSTS: Final = r"(?P<other>[a-z]{2,8}://[^\s/?#]{1,255}(?:[/?#]\S*)?)"
BARE_LINK: Final = re.compile(f"{_NAMES}|{_HOSTS}")
ADDRESS: Final = re.compile(
    r"(?<![\w.+-])(?P<mail>[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+)+)"
    r"|(?P<user>@[\w.=/+-]{1,64}+:[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,8}(?::\d{1,5})?)"
    rf"|{_NAMES}|{_HOSTS}"
    rf"|{NO_WORD_BEFORE}(?<!@)(?P<handle>@(?:[a-z0-9_.]{{3,40}}{NO_WORD_BEHIND}|[\w.]{{3,40}}))"
)
