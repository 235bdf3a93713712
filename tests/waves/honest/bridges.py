"""Honest bridges that nobody named in the policy: rejoins, long texts, outages, profiles."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, reaction, reply_to, text
from tests.waves.ham import Lines
from tests.waves.honest.bots import bot_comes
from tests.waves.kinds import honest, honest_bot
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent

NETWORKS = ("telegram", "discord", "irc", "slack", "whatsapp", "signal")


def _puppets(dice: Dice, count: int, network: str) -> list[tuple[str, str]]:
    """Return user IDs and names."""
    puppets = []
    for _ in range(count):
        name = dice.letters(dice.randrange(4, 10)).title()
        number = dice.randrange(10**7, 10**9)
        local = f"_irc_{name.lower()}" if network == "irc" else f"{network}_{number}"
        puppets.append((f"@{local}:bridge.example", name))
    return puppets


@honest
def a_bridge_comes_back(dice: Dice) -> Iterator[Sent]:
    """A bridge was away for an hour: 120 puppets join all rooms within a minute, and chat."""
    network = dice.choice(NETWORKS)
    puppets = _puppets(dice, 120, network)
    for user, name in puppets:
        for room_id in ROOMS[: dice.randrange(1, 4)]:
            yield join(dice.uniform(0, 60), user, room_id, name)
    lines = Lines(dice)
    at = 62.0
    for number in range(260):
        at += dice.uniform(0.2, 3)
        user, _ = dice.choice(puppets[:70])
        label = f"said{number}"
        content = text(dice.choice(("hi", "re", "lol", "back")) if number < 25 else lines.next())
        if number > 25 and dice.random() < 0.2:
            content |= reply_to(f"{REFERENCE}said{number - dice.randrange(1, 9)}")
        yield Sent(at, user, content, label=label)
    for user, name in puppets:
        if dice.random() < 0.4:  # their connection is lost once more
            leave = {"membership": "leave", "reason": "Quit: Ping timeout: 240 seconds"}
            yield Sent(at + dice.uniform(0, 20), user, leave, "m.room.member", ROOMS[0], user)
            yield join(at + dice.uniform(30, 60), user, name=name)


@honest
def a_bridge_that_splits_long_texts(dice: Dice) -> Iterator[Sent]:
    """Puppets of a bridge say long texts in several messages within a second or two."""
    network = dice.choice(("irc", "discord"))
    puppets = _puppets(dice, 25, network)
    for user, name in puppets:
        yield join(dice.uniform(0, 60), user, name=name)
    lines = Lines(dice)
    at = 70.0
    for _ in range(40):
        at += dice.uniform(6, 40)
        user, _ = dice.choice(puppets)
        parts = dice.choice((1, 1, 2, 3, 4, 6))
        for part in range(parts):
            body = " ".join(lines.next() for _ in range(1 if parts == 1 else 6))[:400]
            if parts > 1 and network == "irc":
                body = f"{body} ({part + 1}/{parts})"
            yield Sent(at, user, text(body))
            at += dice.uniform(0.1, 0.6)
    yield from _answers(dice, 60, at)


def _answers(dice: Dice, start: float, end: float) -> Iterator[Sent]:
    lines = Lines(dice)
    at = start
    while at < end:
        at += dice.uniform(5, 40)
        yield Sent(at, dice.choice(MEMBERS), text(lines.next()))


@honest
def a_bridge_that_replays_history(dice: Dice) -> Iterator[Sent]:
    """After an outage a bridge sends what was said since then, each at the time it was said."""
    puppets = _puppets(dice, 40, dice.choice(NETWORKS))
    for user, name in puppets:
        yield join(dice.uniform(0, 20), user, name=name)
    lines = Lines(dice)
    outage = dice.choice((900, 3_600, 5 * 3_600))
    at = 30.0
    for number in range(200):
        at += dice.uniform(0.1, 0.6)
        user, _ = dice.choice(puppets)
        behind = int((outage * (200 - number) / 200) * 1_000)
        yield Sent(at, user, text(lines.next()), ahead_ms=-behind)
    for _ in range(60):
        at += dice.uniform(2, 10)
        user, _ = dice.choice(puppets)
        yield Sent(at, user, text(lines.next()))


@honest_bot(most_refused_percent=70)
def a_bridge_with_names_per_message(dice: Dice) -> Iterator[Sent]:
    """One bot relays what fifteen people write, each message with its own profile."""
    bot = "@relay:bridge.example"
    yield from bot_comes(bot, "Relay")
    people = _puppets(dice, 15, "discord")
    lines = Lines(dice)
    at = 20.0
    for number in range(120):
        at += dice.uniform(2, 20)
        user, name = dice.choice(people)
        line = lines.next()
        content = text(f"{name}: {line}")
        profile = {"id": user, "displayname": name, "has_fallback": True,
                   "avatar_url": f"mxc://bridge.example/{user[9:17]}"}  # fmt: skip
        content |= {
            "com.beeper.per_message_profile": profile,
            "format": "org.matrix.custom.html",
            "formatted_body": f"<strong data-mx-profile-fallback>{name}: </strong>{line}",
        }
        yield Sent(at, bot, content, label=f"said{number}")
        if dice.random() < 0.1:
            yield Sent(at + 0.3, bot, reaction(f"{REFERENCE}said{number}", "👍"), "m.reaction")
    yield from _answers(dice, 30, at)


@honest_bot(most_refused_percent=2)
def a_relay_without_puppets(dice: Dice) -> Iterator[Sent]:
    """One bot relays what twenty people write, their names before their words."""
    bot = "@matterbridge:relay.example"
    yield from bot_comes(bot, "bridge")
    people = [name for _, name in _puppets(dice, 20, "irc")]
    lines = Lines(dice)
    at = 20.0
    for _ in range(130):
        at += dice.uniform(1, 16)
        yield Sent(at, bot, text(f"<{dice.choice(people)}> {lines.next()}"))
    yield from _answers(dice, 30, at)


@honest
def puppets_that_change_their_names(dice: Dice) -> Iterator[Sent]:
    """A bridge updates names and avatars of eighty puppets at once, while some of them talk."""
    puppets = _puppets(dice, 80, "discord")
    for user, name in puppets:
        yield join(dice.uniform(0, 90), user, name=name)
    for user, name in puppets:
        for change in range(dice.randrange(1, 4)):
            content = {"avatar_url": f"mxc://bridge.example/{dice.letters(12)}"}
            new_name = name if change == 0 else f"{name} [{dice.letters(3)}]"
            yield join(120 + dice.uniform(0, 40), user, name=new_name, content=content)
    lines = Lines(dice)
    for number in range(100):
        user, _ = dice.choice(puppets)
        yield Sent(100 + number * 1.5, user, text(lines.next()))
