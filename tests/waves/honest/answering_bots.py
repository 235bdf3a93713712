"""Honest bots that answer people: translations, games, polls, greetings, reminders."""

from collections.abc import Iterator

from tests.waves.dice import Dice, edit_of, join, newcomers, reaction, reply_to, text
from tests.waves.honest.bots import bot_comes, notice, rich, talk
from tests.waves.kinds import honest_bot
from tests.waves.simulated_community import MEMBERS, REFERENCE, Sent
from tests.waves.texts.crowds import TRANSLATED


def _people(dice: Dice, members: int, new: int) -> tuple[list[str], list[Sent]]:
    fresh = newcomers(dice, new, servers=new, kind="home")
    joins = [join(dice.uniform(0, 40), user) for user in fresh]
    return [*dice.sample(MEMBERS, members), *fresh], joins


@honest_bot()
def a_translation_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot answers each message with its translation."""
    bot = "@translate:bots.example"
    yield from bot_comes(bot, "Translator")
    people, joins = _people(dice, 6, 6)
    yield from joins
    at = 50.0
    for number in range(60):
        at += dice.uniform(3, 25)
        said, translated = dice.choice(TRANSLATED)
        label = f"said{number}"
        yield Sent(at, dice.choice(people), text(said), label=label)
        content = notice(f"🌐 {translated}") | reply_to(REFERENCE + label)
        yield Sent(at + dice.uniform(0.5, 3), bot, content)


@honest_bot(most_refused_percent=10)
def a_game_bot(dice: Dice) -> Iterator[Sent]:
    """Ten people play with a new bot: commands every few seconds, answers with mentions."""
    bot = "@dungeon:games.example"
    yield from bot_comes(bot, "Dungeon")
    people, joins = _people(dice, 5, 5)
    yield from joins
    commands = ("!roll", "!roll 2d6", "!roll d20", "!attack", "!hp", "!inventory", "!go north",
                "!draw", "!fish", "!score")  # fmt: skip
    at = 50.0
    for number in range(110):
        at += dice.uniform(1, 12)
        player, command = dice.choice(people), dice.choice(commands)
        label = f"played{number}"
        yield Sent(at, player, text(command), label=label)
        name = player[1:].partition(":")[0]
        body = dice.choice((
            f"{name} rolled {dice.randrange(1, 21)}", f"{name}: {dice.randrange(2, 13)}",
            f"{name} hits the troll for {dice.randrange(1, 9)}, {dice.randrange(9, 40)} left",
            f"{name} has {dice.randrange(1, 30)} HP, 3 torches, 1 rope",
            f"{name} caught a fish! 🐟 +{dice.randrange(1, 5)} points",
            f"🃏 {name} draws the {dice.choice(('queen', 'seven', 'ace'))} of hearts",
        ))  # fmt: skip
        pill = f'<a href="https://matrix.to/#/{player}">{name}</a>'
        said = rich(body, body.replace(name, pill)) | {"m.mentions": {"user_ids": [player]}}
        yield Sent(at + dice.uniform(0.2, 1.5), bot, said | reply_to(REFERENCE + label))


@honest_bot(most_refused_percent=5)
def a_poll_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot asks what members tell it to ask, and edits its message after each vote."""
    bot = "@polls:bots.example"
    yield from bot_comes(bot, "Polls")
    people, joins = _people(dice, 12, 10)
    yield from joins
    questions = ("Which day?", "Pizza or curry?", "Name of the new server?", "Move the meeting?")
    for number, question in enumerate(questions):
        at = 60 + number * 240.0
        options = ("Monday", "Tuesday", "Friday")
        asks = f'!poll new "{question}" ' + " ".join(f'"{each}"' for each in options)
        yield Sent(at, dice.choice(MEMBERS), text(asks))
        label, votes = f"poll{number}", [0, 0, 0]
        body = "\n".join((question, *(f"{n}. {each}" for n, each in enumerate(options, 1))))
        yield Sent(at + 1, bot, notice(body), label=label)
        for key in range(1, 4):
            react = reaction(REFERENCE + label, f"{key}\ufe0f\u20e3")
            yield Sent(at + 1 + key * 0.3, bot, react, "m.reaction")
        moment = at + 5.0
        for user in dice.sample(people, 18):
            moment += dice.uniform(1, 9)
            chosen = dice.randrange(3)
            votes[chosen] += 1
            react = reaction(REFERENCE + label, f"{chosen + 1}\ufe0f\u20e3")
            yield Sent(moment, user, react, "m.reaction")
            tally = "\n".join(
                (
                    question,
                    *(f"{each}: {count}" for each, count in zip(options, votes, strict=True)),
                )
            )
            yield Sent(moment + 0.5, bot, edit_of(REFERENCE + label, tally))


@honest_bot(most_refused_percent=45)
def a_bot_that_welcomes(dice: Dice) -> Iterator[Sent]:
    """A new bot greets each of ninety people who join, with a mention and the link of the rules."""
    bot = "@greeter:bots.example"
    yield from bot_comes(bot, "Greeter")
    rules = dice.choice(("https://example.org/rules", "https://coop.example/code-of-conduct"))
    yield Sent(1, MEMBERS[0], text(f"our rules are at {rules}"))
    at = 20.0
    for user in newcomers(dice, 90, servers=40, kind="home"):
        at += dice.uniform(2, 14)
        yield join(at, user)
        name = user[1:].partition(":")[0]
        pill = f'<a href="https://matrix.to/#/{user}">{name}</a>'
        said = "Welcome {}! Please read " + rules + " and say hello 👋"
        content = rich(said.format(name), said.format(pill), "m.text")
        mentioned = {"m.mentions": {"user_ids": [user]}}
        yield Sent(at + dice.uniform(0.3, 2), bot, content | mentioned)
        if dice.random() < 0.5:
            yield Sent(
                at + dice.uniform(15, 60), user, text(dice.choice(("hello", "hi all", "👋")))
            )


@honest_bot(most_refused_percent=6)
def a_reminder_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot confirms and sends reminders, several at the full hour, each with a mention."""
    bot = "@reminder:bots.example"
    yield from bot_comes(bot, "Reminder")
    people, joins = _people(dice, 8, 4)
    yield from joins
    things = (
        "standup",
        "water the plants",
        "call the landlord",
        "merge the branch",
        "tea",
        "backup",
    )
    at = 50.0
    for number in range(24):
        at += dice.uniform(4, 60)
        user, thing = dice.choice(people), dice.choice(things)
        minutes = dice.choice((15, 30, 60))
        label = f"asked{number}"
        yield Sent(at, user, text(f"!remind {minutes}m {thing}"), label=label)
        yield Sent(at + 0.7, bot, reaction(REFERENCE + label, "👍"), "m.reaction")
        said = notice(f"{user} reminder: {thing}") | {"m.mentions": {"user_ids": [user]}}
        due = 3_600 if minutes == 60 else at + minutes * 60
        yield Sent(due + number * 0.4, bot, said | reply_to(REFERENCE + label))
    yield from talk(dice, 60, 1_500, every=40)
