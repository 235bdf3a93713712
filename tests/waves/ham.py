"""Messages of members: everyday talk in several languages, with its links, pictures and code."""

# ruff: noqa: RUF001 - people write as they write

from random import Random  # noqa: TID251 - seeded: the same in every run
from typing import Any

from tests.waves.simulated_community import MEMBERS, ROOMS, Sent

LINES = (
    "good morning everyone",
    "morning! coffee first",
    "has anyone tried the new release yet?",
    "yes, works fine here on Debian",
    "I get a strange error after the upgrade: 'database is locked', any ideas?",
    "did you stop the old process before you started the new one?",
    "ah, that was it. thanks a lot!",
    "you're welcome :)",
    "lol",
    "+1",
    "👍",
    "haha 😂😂😂",
    "¿alguien habla español aquí?",
    "sí, un poco. ¿qué necesitas?",
    "Kann mir jemand erklären, wie man die Konfiguration neu lädt?",
    "einfach SIGHUP schicken, steht in der Doku",
    "Добрый день! Подскажите, пожалуйста, как настроить обратный прокси?",
    "смотри раздел про nginx, там всё написано",
    "こんにちは、質問があります。ログはどこに保存されますか？",
    "标准输出，用 systemd 的话看 journalctl",
    "مرحبا، هل يوجد دليل باللغة العربية؟",
    "not yet, but a translation is on the list",
    "see https://docs.example.org/install for the steps",
    "the relevant commit is https://git.example.org/project/commit/4f1c9e2",
    "I wrote about this last year: https://blog.example.com/2025/03/moving-servers?ref=chat",
    "https://www.example.org/issues/1423 seems related",
    "try `make test` and tell us what it prints",
    '```\nTraceback (most recent call last):\n  File "app.py", line 3\n    main()\n```',
    "for i in $(seq 1 10); do curl -s localhost:8080/health; done",
    "the meeting is at 18:00 UTC on Thursday, room B",
    "I'm on 1.4.2, same behaviour with 1.4.1",
    "my server has 4 GB of RAM and 2 cores, is that enough for 50 users?",
    "more than enough",
    "it costs about 5 € a month, that's okay for me",
    "who maintains the Arch package these days?",
    "IMHO the default should be off",
    "I disagree, but I see your point",
    "can we please not have this discussion again",
    "sorry, wrong room",
    "brb",
    "back",
    "TIL that tea has more caffeine than I thought",
    "the weather here is awful, it has rained for a week and the cellar is wet again",
    "congratulations on the release, you all did great work!",
    "thank you all for the help today, it really saved my evening",
    "WOW",
    "???",
    "...and then it just worked. no idea why",
    "does anybody know a good book about distributed systems? I liked the one with the wild boar",
    "Designing Data-Intensive Applications, you mean",
    "yes, that one! it is on sale this week I think",
    "my telegram bridge stopped working after the update, anybody else?",
    "matrix to whatsapp needs the phone to be online, or does it not any more?",
    "we use signal at work and matrix for everything else",
    "is there a way to export the room history as JSON?",
    "yes, in the room settings, but it can take a while",
    "ok so I tried that and it said 'M_LIMIT_EXCEEDED', retry_after_ms 4312",
    "that's the rate limit of your homeserver, wait a little",
    "🎉🎉🎉",
    "please open an issue for that, otherwise it gets lost",
)


SHORT_CHARS = 40
WORDS = tuple(word for line in LINES for word in line.split() if word.isalpha())


def text(body: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body}


def chatter(seed: int, seconds: float, per_minute: float, start: float = 0.0) -> list[Sent]:
    """Return what members write in all rooms, at random, as so many events a minute."""
    chance = Random(seed)
    sent: list[Sent] = []
    lines = Lines(chance)
    at = start
    while at < start + seconds:
        at += chance.expovariate(per_minute / 60)
        sender, room_id = chance.choice(MEMBERS), chance.choice(ROOMS)
        sent.append(_one(chance, lines, at, sender, room_id))
    return sent


class Lines:
    """Gives what is said: short things again and again, longer ones once, then others as long."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._short = [line for line in LINES if len(line) < SHORT_CHARS]
        self._long = [line for line in LINES if len(line) >= SHORT_CHARS]
        chance.shuffle(self._long)

    def next(self) -> str:
        chance = self._chance
        if chance.random() < 0.5:
            return chance.choice(self._short)
        if self._long:
            return self._long.pop()
        said = " ".join(chance.choices(WORDS, k=chance.randrange(6, 30)))
        if chance.random() < 0.2:
            said += f" https://docs.example.org/page/{chance.getrandbits(30)}"
        return said


def _one(chance: Random, lines: Lines, at: float, sender: str, room_id: str) -> Sent:
    line = lines.next()
    target = f"${chance.getrandbits(256):064x}"[:44]
    other = chance.choice(MEMBERS)
    match chance.randrange(14):
        case 0:
            reaction = {
                "rel_type": "m.annotation",
                "event_id": target,
                "key": chance.choice("👍❤😂🎉"),
            }
            return Sent(at, sender, {"m.relates_to": reaction}, "m.reaction", room_id)
        case 1:
            reply = {"m.relates_to": {"m.in_reply_to": {"event_id": target}}}
            quoted = f"> <{other}> {lines.next()}\n\n{line}"
            return Sent(at, sender, text(quoted) | reply, room_id=room_id)
        case 2:
            edit = {
                "m.new_content": text(line),
                "m.relates_to": {"rel_type": "m.replace", "event_id": target},
            }
            return Sent(at, sender, text(f"* {line}") | edit, room_id=room_id)
        case 3:
            name = other[1:].partition(":")[0].title()
            mention = {
                "format": "org.matrix.custom.html",
                "formatted_body": f'<a href="https://matrix.to/#/{other}">{name}</a>: {line}',
                "m.mentions": {"user_ids": [other]},
            }
            return Sent(at, sender, text(f"{name}: {line}") | mention, room_id=room_id)
        case 4:
            size = chance.randrange(20_000, 900_000)
            info = {"mimetype": "image/png", "size": size, "w": 1280, "h": 720}
            url = f"mxc://example.org/{chance.getrandbits(120):030x}"
            picture = {"msgtype": "m.image", "body": "screenshot.png", "url": url, "info": info}
            return Sent(at, sender, picture, room_id=room_id)
        case 5:
            return Sent(at, sender, {"redacts": target}, "m.room.redaction", room_id)
        case _:
            return Sent(at, sender, text(line), room_id=room_id)


def polite_newcomers(seed: int, seconds: float, count: int, start: float = 0.0) -> list[Sent]:
    """Return what honest newcomers do: join, say hello, ask, answer, once in a while."""
    chance = Random(seed)
    sent: list[Sent] = []
    hello = (
        "hi all, I am new here",
        "hello, is this the right place for a question about the installation?",
        "hey, thanks for the great project!",
        "bonjour à tous, je viens de découvrir le projet",
        "hallo zusammen, bin neu hier",
    )
    lines = Lines(chance)
    for number in range(count):
        user_id = f"@guest{number}{chance.randrange(1000)}:guests{number % 5}.example"
        at = start + chance.uniform(0, seconds * 0.6)
        room_id = chance.choice(ROOMS)
        profile = {"membership": "join", "displayname": f"Guest {number}"}
        sent.append(Sent(at, user_id, profile, "m.room.member", room_id, user_id))
        at += chance.uniform(20, 90)
        sent.append(Sent(at, user_id, text(chance.choice(hello)), room_id=room_id))
        for _ in range(chance.randrange(1, 5)):
            at += chance.uniform(15, 120)
            sent.append(Sent(at, user_id, text(lines.next()), room_id=room_id))
    return sent
