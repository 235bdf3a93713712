"""Honest crowds that one person or bot answers, and a bridge of long standing."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, newcomers, reply_to, text
from tests.waves.ham import Lines
from tests.waves.honest.bots import bot_comes
from tests.waves.honest.events import crowd
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent

DAY_SECONDS = 86_400
QUESTIONS = (
    "how long did you write on it?", "who reads your drafts first?", "is there a second volume?",
    "did you ever meet a camel?", "which chapter was the hardest?", "do you plot or improvise?",
    "why is chapter twelve in second person?", "who drew the cover?", "how many copies so far?",
    "what are you reading at the moment?", "will there be a German translation?", "pen or laptop?",
    "how did you find your agent?", "was the mother a real person?", "any film plans?",
    "did the desert scenes happen to you?", "what did you cut in the end?", "coming to Leipzig?",
    "where can I get a signed copy in Oslo?", "what would you tell a beginner?", "best review?",
)  # fmt: skip


@honest
def a_guest_who_answers_by_replies(dice: Dice) -> Iterator[Sent]:
    """A writer answers fifty newcomers, who mention her; her client adds no mentions to replies."""
    people, joins = crowd(dice, 4, 50, over=200)
    yield from joins
    guest = "@nadia:authors.example"
    yield from bot_comes(guest, "Nadia Okafor")
    at = 210.0
    for number in range(70):
        at += dice.uniform(3, 15)
        asks = dice.choice(QUESTIONS)
        asked = text(f"{guest} {asks}") | {"m.mentions": {"user_ids": [guest]}}
        yield Sent(at, dice.choice(people), asked, label=f"asked{number}")
        said = dice.choice(("Mint tea, always.", "Nine drafts!", "In spring, I hope", "My sister",
                            "a secret ;)", "I went there twice", "Half a year"))  # fmt: skip
        if dice.random() < 0.6:
            yield Sent(at + 3, guest, text(said) | reply_to(f"{REFERENCE}asked{number}"))


@honest
def customers_of_a_help_desk(dice: Dice) -> Iterator[Sent]:
    """A bot that a moderator let in answers each of fifty newcomers, who give their numbers."""
    bot = "@helpdesk:service.example"
    yield from bot_comes(bot, "Helpdesk", ROOMS[1])
    lines, at = Lines(dice), 10.0
    for number, user in enumerate(newcomers(dice, 50, servers=25, kind="home")):
        at += dice.uniform(8, 16)
        ticket, to_person = dice.randrange(10_000, 99_999), reply_to(f"{REFERENCE}asked{number}")
        yield join(at, user, ROOMS[1])
        yield Sent(at + 4, user, text(lines.next()), room_id=ROOMS[1], label=f"asked{number}")
        first = (
            f"Thank you. Your ticket is #{ticket}: https://help.service.example/t/{ticket}\n"
            "Please answer with the number of your order."
        )
        label = f"bot{number}"
        yield Sent(at + 5, bot, text(first) | to_person, room_id=ROOMS[1], label=label)
        order = dice.choice(("order {}", "{}", "it is {}")).format(dice.randrange(10**5, 10**6))
        answer = text(order) | reply_to(f"{REFERENCE}bot{number}")
        yield Sent(at + 40, user, answer, room_id=ROOMS[1])
        last = (
            f"Thank you. A colleague will answer in about {dice.choice((10, 20, 30))} minutes. "
            f"You can follow the ticket here: https://help.service.example/t/{ticket}"
        )
        yield Sent(at + 41, bot, text(last) | to_person, room_id=ROOMS[1])


@honest
def an_old_bridge_that_catches_up(dice: Dice) -> Iterator[Sent]:
    """Puppets talked for nine days; after a netsplit they and twenty new ones say what waited."""
    old = [f"@_oftc_{dice.letters(7)}:irc.bridge.example" for _ in range(24)]
    new = [f"@_oftc_{dice.letters(6)}:irc.bridge.example" for _ in range(20)]
    for user in old:
        yield join(dice.uniform(0, 60), user)
    lines = Lines(dice)
    for day in range(9):
        for user in dice.sample(old, 16):
            at = day * DAY_SECONDS + dice.uniform(70, 40_000)
            yield Sent(at, user, text(lines.next()))
    at = 9.0 * DAY_SECONDS
    yield Sent(at, MEMBERS[1], text("netsplit, hold on"))
    for user in (*old, *new):
        if user in old:
            left = {"membership": "leave", "reason": "Quit: *.net *.split"}
            yield Sent(at + dice.uniform(5, 30), user, left, "m.room.member", ROOMS[0], user)
        yield join(at + dice.uniform(60, 120), user)
    at += 130
    for _ in range(110):
        at += dice.uniform(0.1, 0.8)
        user = dice.choice(new if dice.random() < 0.4 else old)
        yield Sent(at, user, text(dice.choice(("re", "wb", "back", lines.next(), lines.next()))))
