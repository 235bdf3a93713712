"""Seeded randomness for scenarios: names, links, contacts, amounts."""

import string
from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded: the same in every run
from typing import Any, Self

from tests.waves.simulated_community import ROOMS, Sent

LETTERS = string.ascii_lowercase
_ENDINGS = ("com", "net", "xyz", "top", "io", "online", "vip", "cc", "site", "click", "club", "pro",
            "live", "shop", "fun", "life", "win", "world", "org", "me")  # fmt: skip
_STEMS = ("coin", "pay", "win", "gold", "fast", "trade", "lux", "prime", "bonus", "chain", "star",
          "claim", "profit", "safe", "smart", "mega", "nova", "bit", "cash", "vault")  # fmt: skip
_FIRST = ("anna", "mark", "lisa", "peter", "grace", "steve", "maria", "john", "olga", "kevin",
          "clara", "tom", "nina", "victor", "helen", "frank")  # fmt: skip


class Dice(Random):
    """Chance of one run of a scenario.

    Texts come in two halves: runs with an even seed take one, to tune with, and those with an odd
    seed the other, which nobody looks at while tuning.

    Args:
        name: the scenario's.
        seed: the run's number.
    """

    def __new__(cls, name: str, seed: int) -> Self:
        return super().__new__(cls)

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(f"{name} {seed}")
        self.half = seed % 2

    def pick(self, pool: Sequence[Any]) -> Any:
        """Return one of the pool's texts in this run's half."""
        return self.choice(pool[self.half :: 2])

    def letters(self, count: int) -> str:
        return "".join(self.choices(LETTERS, k=count))

    def word(self, count: int) -> str:
        """Return letters that can be said aloud, for an honest text."""
        letters = self.choices(LETTERS, k=count)
        return "".join(
            "aeiou"[ord(each) % 5] if at % 2 else "bdklmnprst"[ord(each) % 10]
            for at, each in enumerate(letters)
        )

    def domain(self) -> str:
        stem = self.choice(_STEMS) + self.choice(("", "-")) + self.choice(_STEMS)
        stem += self.choice(("", "", str(self.randrange(10, 99)), self.letters(3)))
        return f"{stem}.{self.choice(_ENDINGS)}"

    def link(self) -> str:
        """Return a link to a domain that nobody ever saw, in one of the usual forms."""
        domain = self.domain()
        path = self.choice(("", "/", f"/{self.letters(5)}", f"/ref/{self.randrange(10_000)}"))
        return self.choice(("https://", "https://", "https://www.", "http://", "")) + domain + path

    def handle(self) -> str:
        return self.choice(_FIRST) + self.choice(("_", "")) + self.choice(_STEMS) + self.letters(2)

    def contact(self) -> str:
        """Return how somebody can be reached elsewhere."""
        phone = f"+{self.choice((1, 44, 49, 7, 234, 91))}{self.randrange(10**9, 10**10)}"
        return str(
            self.choice(
                (
                    f"t.me/{self.handle()}",
                    f"https://t.me/{self.handle()}",
                    f"Telegram @{self.handle()}",
                    f"WhatsApp {phone}",
                    f"wa.me/{phone[1:]}",
                    f"{self.handle()}@gmail.com",
                    f"Signal {phone}",
                )
            )
        )

    def amount(self, low: int = 50, high: int = 900) -> str:
        number = self.randrange(low, high, 10)
        return str(self.choice((f"${number}", f"{number} €", f"{number}$", f"{number} USDT")))

    def filled(self, template: str, **given: str) -> str:
        """Return a template with its slots filled."""
        return template.format(
            **{
                "link": self.link(),
                "contact": self.contact(),
                "amount": self.amount(),
                "more": self.amount(2_000, 30_000),
                "days": str(self.randrange(2, 30)),
                **given,
            }
        )


def newcomers(dice: Dice, count: int, servers: int = 3, kind: str = "open") -> list[str]:
    """Return fresh accounts on so many servers."""
    return [
        f"@{dice.letters(dice.randrange(6, 11))}:{kind}{place % servers}.example"
        for place in range(count)
    ]


def join(
    at: float, user_id: str, room_id: str = ROOMS[0], name: str | None = None, **more: Any
) -> Sent:
    content = {
        "membership": "join",
        "displayname": name or user_id[1:].partition(":")[0],
        **more.pop("content", {}),
    }
    return Sent(at, user_id, content, "m.room.member", room_id, user_id, **more)


def come(
    dice: Dice, users: Sequence[str], at: float, over: float, rooms: Sequence[str] = ROOMS
) -> list[Sent]:
    """Return the joins of those who come to do harm, which are neither abuse nor honest."""
    sent = []
    for user_id in users:
        moment = at + dice.uniform(0, over)
        sent += [
            join(moment + place, user_id, room_id, is_counted=False)
            for place, room_id in enumerate(rooms)
        ]
    return sent


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def wrote(at: float, sender: str, body: str, **more: Any) -> Sent:
    return Sent(at, sender, text(body), **more)


def abuse(at: float, sender: str, content: dict[str, Any], **more: Any) -> Sent:
    return Sent(at, sender, content, is_abuse=True, **more)


def reply_to(event_id: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def quoting_reply(
    event_id: str, sender: str, quoted: str, body: str, room_id: str = ROOMS[0]
) -> dict[str, Any]:
    """Return an answer with the quotation that clients put before one."""
    marked = quoted.replace("\n", "\n> ")
    shown = quoted.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br/>")
    reply = (
        f'<mx-reply><blockquote><a href="https://matrix.to/#/{room_id}/{event_id}">In reply to</a> '
        f'<a href="https://matrix.to/#/{sender}">{sender}</a><br>{shown}</blockquote></mx-reply>'
    )
    return {
        **text(f"> <{sender}> {marked}\n\n{body}"),
        "format": "org.matrix.custom.html",
        "formatted_body": reply + body,
        **reply_to(event_id),
    }


def edit_of(event_id: str, body: str) -> dict[str, Any]:
    return {
        **text(f"* {body}"),
        "m.new_content": text(body),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reaction(event_id: str, key: str) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def mxc(dice: Dice, server: str = "open0.example") -> str:
    return f"mxc://{server}/{dice.getrandbits(120):030x}"


def picture(dice: Dice, body: str = "screenshot.png", **more: Any) -> dict[str, Any]:
    info = {"mimetype": "image/png", "size": dice.randrange(20_000, 900_000), "w": 1280, "h": 720}
    return {"msgtype": "m.image", "body": body, "url": mxc(dice), "info": info, **more}


def event_id(dice: Dice) -> str:
    return f"${dice.getrandbits(256):064x}"[:44]
