"""Texts composed from templates, language by language, for training the text model.

A file of `composed/` holds sections (`# scam jobs`, `# ham warning`) of lines. In a line
`{one|other}` is a choice and `<slot>` something made up: a sum, a name, a link. Each line makes
several texts, the same in every run. All texts of a line stay on one side when the model is
measured. Whoever adds a line writes what people write, not what a filter would find.
"""

# ruff: noqa: ARG001, ARG005, RUF001 - all slots are filled alike; people write in their scripts

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the same in every run
from typing import Final, NamedTuple

COMPOSED: Final = Path(__file__).parent / "composed"
TEXTS_EACH: Final = 6
_MOST_TRIES: Final = 4

_CHOICE: Final = re.compile(r"\{([^{}]*)\}")
_SLOT: Final = re.compile(r"<([a-z]+)>")
_KNOWN_LABELS: Final = {"scam": "spam", "ham": "ham"}


class Composed(NamedTuple):
    """A composed text.

    Attributes:
        text: the text.
        label: `spam` or `ham`.
        lang: its language, an ISO 639-1 code.
        kind: what it is about.
        line: the line that it was made of, such as `de:14`.
    """

    text: str
    label: str
    lang: str
    kind: str
    line: str


class TemplateInvalid(Exception):
    """A line of a file of templates cannot be read; says which and why."""


def compose(folder: Path = COMPOSED, *, texts_each: int = TEXTS_EACH) -> Iterator[Composed]:
    """Yield what the templates of `folder` make, in the same order in every run.

    Args:
        folder: holds `<language>.txt`.
        texts_each: how many texts a line makes at most; fewer if it has fewer variations.

    Raises:
        TemplateInvalid: a line cannot be read.
    """
    for path in sorted(folder.glob("*.txt")):
        label = kind = ""
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.startswith("# "):
                word, _, kind = line[2:].partition(" ")
                if word not in _KNOWN_LABELS:
                    raise TemplateInvalid(f"{path.name}:{number}: begin with # scam or # ham")
                label = _KNOWN_LABELS[word]
            elif line.strip():
                where = f"{path.stem}:{number}"
                for text in _texts(line, path.stem, where, texts_each):
                    yield Composed(text, label, path.stem, kind, where)


def _texts(line: str, lang: str, where: str, count: int) -> list[str]:
    random = Random(where)  # noqa: S311 - reproducible, not secret
    made: dict[str, None] = {}
    for _ in range(count * _MOST_TRIES):
        if len(made) == count:
            break
        text = line
        while (choice := _CHOICE.search(text)) is not None:
            picked = random.choice(choice[1].split("|"))
            text = text[: choice.start()] + picked + text[choice.end() :]
        if "{" in text or "}" in text:
            raise TemplateInvalid(f"{where}: braces do not match")
        try:
            text = _SLOT.sub(lambda match: _SLOTS[match[1]](random, lang), text)
        except KeyError as unknown:
            raise TemplateInvalid(f"{where}: there is no slot {unknown}") from None
        made[_adorned(text, lang, random)] = None
    return list(made)


_EMOJI: Final = "😂👍🙏❤🎉🔥😅😊🤔👀😭✅🚀💰👇📈🎁💯💵🤑⚡💎📲👉❗🎰💋"


def _adorned(text: str, lang: str, random: Random) -> str:
    """Return `text` with what people put around it, now and then, whatever its label."""
    if random.random() < 0.22:
        emoji = "".join(random.choices(_EMOJI, k=random.choice((1, 1, 1, 2, 2, 4))))
        text = f"{emoji} {text}" if random.random() < 0.4 else f"{text} {emoji}"
    if random.random() < 0.1:
        text = text.rstrip(".!。！") + random.choice(("!", "!!", ".", " :)", "…"))
    if random.random() < 0.1:
        text = text.replace(", ", " ").replace("，", " ")
    if random.random() < 0.15:
        somebody = _somebody(random, lang)
        text = random.choice((f"{somebody} {text}", f"{somebody}: {text}", f"{text} {somebody}"))
    return text


_SYLLABLES: Final = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "ca",
    "co",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "fe",
    "fi",
    "go",
    "ga",
    "ha",
    "hi",
    "jo",
    "ka",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ru",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "vi",
    "vo",
    "wa",
    "we",
    "ya",
    "yo",
    "za",
    "zo",
]
_CHEAP_ZONES: Final = (
    "xyz", "top", "vip", "icu", "club", "online", "site", "shop", "live", "fun", "pro", "cc", "win",
)  # fmt: skip
_USUAL_ZONES: Final = ("com", "com", "net", "org", "io", "co", "app", "me")
_LOCAL_ZONES: Final = {
    "de": "de", "fr": "fr", "es": "es", "pt": "pt", "it": "it", "nl": "nl", "pl": "pl", "ru": "ru",
    "uk": "ua", "tr": "tr", "fa": "ir", "hi": "in", "id": "id", "vi": "vn", "zh": "cn", "ja": "jp",
    "ko": "kr", "th": "th",
}  # fmt: skip
_MONEY: Final = {
    "en": ("${}", "${}", "£{}", "{} USD", "{} dollars", "{} bucks", "{} USDT", "{}k"),
    "de": ("{} €", "{} Euro", "{}€", "{} EUR"),
    "fr": ("{} €", "{}€", "{} euros", "{} EUR"),
    "es": ("{} €", "{} euros", "${}", "{} dólares", "{} pesos"),
    "pt": ("R$ {}", "R${}", "{} reais", "{} euros"),
    "it": ("{} €", "{} euro", "{}€"),
    "nl": ("€{}", "{} euro", "€ {}"),
    "pl": ("{} zł", "{}zł", "{} PLN", "{} euro"),
    "ru": ("{} руб", "{} рублей", "{}₽", "{}$", "{} тыс", "{} р"),
    "uk": ("{} грн", "{} гривень", "{}$", "{} євро"),
    "tr": ("{} TL", "{}₺", "{} lira", "{} dolar"),
    "ar": ("{} دولار", "${}", "{} ريال", "{} درهم"),
    "fa": ("{} تومان", "{} میلیون تومان", "{} دلار"),
    "hi": ("₹{}", "{} रुपये", "Rs {}", "${}"),
    "id": ("Rp {}", "Rp{}", "{} ribu", "{} juta", "{} rupiah"),
    "vi": ("{} đồng", "{}k", "{} triệu", "{}đ"),
    "zh": ("{}元", "{}块", "{}万", "{}U", "¥{}"),
    "ja": ("{}円", "{}万円", "¥{}"),
    "ko": ("{}원", "{}만원", "₩{}"),
    "th": ("{} บาท", "{}บาท", "฿{}"),
}
_NAMES: Final = {
    "en": ("Sarah", "Mark", "Linda", "James", "Olivia", "David"),
    "de": ("Anna", "Jürgen", "Lena", "Thomas"),
    "fr": ("Camille", "Julien", "Sophie", "Marc"),
    "es": ("María", "Carlos", "Lucía", "Javier"),
    "pt": ("Ana", "João", "Beatriz", "Paulo"),
    "it": ("Giulia", "Marco", "Chiara", "Luca"),
    "nl": ("Sanne", "Daan", "Lotte", "Bram"),
    "pl": ("Kasia", "Tomek", "Ania", "Piotr"),
    "ru": ("Анна", "Дима", "Ольга", "Сергей"),
    "uk": ("Оксана", "Тарас", "Марічка", "Андрій"),
    "tr": ("Ayşe", "Mehmet", "Elif", "Can"),
    "ar": ("سارة", "أحمد", "ليلى", "محمد"),
    "fa": ("مریم", "رضا", "سارا", "علی"),
    "hi": ("प्रिया", "राहुल", "अंजलि", "अमित"),
    "id": ("Dewi", "Budi", "Sari", "Agus"),
    "vi": ("Lan", "Minh", "Hoa", "Tuấn"),
    "zh": ("小美", "王磊", "丽丽", "阿强"),
    "ja": ("さくら", "健太", "美咲", "田中"),
    "ko": ("지수", "민준", "수진", "영호"),
    "th": ("มะลิ", "สมชาย", "น้ำฝน", "อาทิตย์"),
}
_COINS: Final = ("PEPE", "WIF", "ZNX", "MOONX", "$FROG", "$KAI", "BOBA", "TROG", "$ARX", "LUMO")
_TICKERS: Final = (
    "$AAPL", "TSLA", "$NVDA", "MSFT", "PETR3", "VALE3", "ITUB4", "#BBAS3", "MGLU3", "B3SA3",
    "ELET6", "SAP", "DAX", "TTE", "ASML", "$SPY", "GAZP", "SBER", "BBCA", "600519", "7203",
    "XAUUSD", "BTCUSD", "EURUSD", "ENEL", "SAN", "PKO", "THYAO", "PTT", "VNM",
)  # fmt: skip
_SERVICES: Final = (
    "t.me", "bit.ly", "wa.me", "discord.gg", "tinyurl.com", "telegram.org", "signal.me",
    "whatsapp.com", "discord.com",
)  # fmt: skip
_SHORTENERS: Final = ("bit.ly", "tinyurl.com", "cutt.ly", "is.gd", "s.id", "rb.gy")
_PATHS: Final = ("", "/", "/join", "/claim", "/r/{}", "/?ref={}", "/start", "/{}", "/app")
_HONEST_PATHS: Final = ("", "/", "/docs", "/2026/{}", "/issues/{}", "/wiki/{}", "/t/{}", "/join/{}")


def _word(random: Random, most: int = 4) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, most)))


def _scam_link(random: Random, lang: str) -> str:
    zones = _CHEAP_ZONES if random.random() < 0.55 else _USUAL_ZONES
    host = _word(random) + random.choice(("", "", "-" + _word(random), str(random.randint(1, 999))))
    path = random.choice(_PATHS).format(random.randint(10, 99999))
    scheme = random.choice(("https://", "https://", "http://", "www.", "", ""))
    return f"{scheme}{host}.{random.choice(zones)}{path}"


def _honest_link(random: Random, lang: str) -> str:
    zones = (*_USUAL_ZONES, _LOCAL_ZONES.get(lang, "org"), _LOCAL_ZONES.get(lang, "dev"))
    zone = random.choice(_CHEAP_ZONES) if random.random() < 0.08 else random.choice(zones)
    sub = random.choice(("", "", "www.", "docs.", "wiki.", "git.", "meet.", "blog."))
    path = random.choice(_HONEST_PATHS).format(random.randint(1, 9999))
    scheme = random.choice(("https://", "https://", "https://", ""))
    return f"{scheme}{sub}{_word(random)}.{zone}{path}"


def _short_link(random: Random, lang: str) -> str:
    scheme = random.choice(("https://", ""))
    return f"{scheme}{random.choice(_SHORTENERS)}/{_word(random, 2)}{random.randint(1, 99)}"


def _messenger(random: Random, lang: str) -> str:
    name = _word(random) + random.choice(("", "_", str(random.randint(1, 99))))
    return random.choice(
        (f"https://t.me/{name}", f"t.me/{name}", f"@{name}", f"t.me/+{name}X{name}", f"@{name}_bot")
    )


def _phone(random: Random, lang: str) -> str:
    digits = "".join(random.choices("0123456789", k=9))
    shape = random.choice(("+{} {} {}", "+{}{}{}", "0{}-{}{}", "+{}-{}-{}", "0{} {} {}"))
    return shape.format(digits[:2], digits[2:5], digits[5:] + random.choice(("", "7")))


def _contact(random: Random, lang: str) -> str:
    if random.random() < 0.5:
        return _phone(random, lang)
    return random.choice(("wa.me/{}", "https://wa.me/{}", "WhatsApp +{}")).format(
        random.randint(10**10, 10**11)
    )


def _sum(random: Random, lang: str, least: int, most: int) -> str:
    number = random.choice((1, 2, 3, 5, 10, 12, 15, 20, 25, 30, 50, 80)) * random.choice((1, 10))
    number = min(most, max(least, number * random.choice((1, 10, 100))))
    written = f"{number:,}" if random.random() < 0.5 else str(number)
    if lang in {"de", "es", "pt", "it", "nl", "id", "tr"}:
        written = written.replace(",", ".")
    elif lang in {"fr", "pl", "ru", "uk"}:
        written = written.replace(",", " ")
    return random.choice(_MONEY[lang]).format(written)


def _user(random: Random, lang: str) -> str:
    return f"@{_word(random)}:{_word(random)}.org"


def _somebody(random: Random, lang: str) -> str:
    return _user(random, lang) if random.random() < 0.25 else f"@{_word(random)}"


def _wallet(random: Random, lang: str) -> str:
    hexadecimal = "".join(random.choices("0123456789abcdef", k=40))
    plain = "".join(random.choices("abcdefghjkmnpqrstuvwxyz23456789", k=32))
    return random.choice((f"0x{hexadecimal}", f"bc1q{plain}", f"T{plain}2", f"1{plain}"))


def _brand(random: Random, lang: str) -> str:
    number = random.choice(("88", "77", "777", "99", "138", "4D", "303", "168", "55", "189"))
    word = _word(random, 3)
    return random.choice((word, word.upper(), word.title())) + random.choice((number, number, ""))


_SLOTS: Final[dict[str, Callable[[Random, str], str]]] = {
    "link": _scam_link,
    "hlink": _honest_link,
    "short": _short_link,
    "svc": lambda random, lang: random.choice(_SERVICES),
    "tg": _messenger,
    "wa": _contact,
    "handle": lambda random, lang: "@" + _word(random) + str(random.randint(1, 99)),
    "phone": _phone,
    "mail": lambda random, lang: f"{_word(random)}{random.randint(1, 99)}@{_word(random)}.com",
    "user": _user,
    "money": lambda random, lang: _sum(random, lang, 100, 500_000),
    "small": lambda random, lang: _sum(random, lang, 3, 90),
    "pct": lambda random, lang: f"{random.choice((2, 3, 5, 8, 10, 15, 20, 30, 100, 200))}%",
    "n": lambda random, lang: str(random.choice((100, 500, 1000, 2500, 10_000, 654_321, 4711))),
    "ver": lambda random, lang: f"{random.randint(0, 9)}.{random.randint(0, 30)}",
    "time": lambda random, lang: f"{random.randint(8, 21)}:{random.choice(('00', '30', '15'))}",
    "coin": lambda random, lang: random.choice(_COINS),
    "ticker": lambda random, lang: random.choice(_TICKERS),
    "name": lambda random, lang: random.choice(_NAMES[lang]),
    "wallet": _wallet,
    "brand": _brand,
}
