"""Honest people together: music, films, games, birthdays, giveaways, greetings."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, newcomers, reaction, text
from tests.waves.ham import Lines
from tests.waves.honest.events import crowd
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.crowds import (
    ABOUT_SONGS,
    BIRTHDAY,
    HELLO_TO_ONE,
    INVITES,
    SONGS,
    WATCHING,
)


def _code(dice: Dice) -> str:
    characters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(dice.choices(characters, k=dice.choice((7, 8, 10))))


def mention(user: str, template: str) -> dict[str, object]:
    """Return a message with a pill, its name in the template's `{who}` or `{her}`."""
    name = user[1:].partition(":")[0].title()
    pill = f'<a href="https://matrix.to/#/{user}">{name}</a>'
    return {
        **text(template.format(who=name, her=name)),
        "format": "org.matrix.custom.html",
        "formatted_body": template.format(who=pill, her=pill),
        "m.mentions": {"user_ids": [user]},
    }


@honest
def a_watch_party(dice: Dice) -> Iterator[Sent]:
    """Forty people watch the same film, and name its times."""
    people, joins = crowd(dice, 12, 28, over=120)
    yield from joins
    at, film = 130.0, 0.0
    for _ in range(260):
        passed = dice.uniform(0.5, 9)
        at, film = at + passed, film + passed
        clock = f"{int(film // 60):02}:{int(film % 60):02}"
        if dice.random() < 0.2:
            clock = f"0:{clock}"
        body = dice.pick(WATCHING).format(t=clock, n=dice.randrange(1, 9))
        yield Sent(at, dice.choice(people), text(body))


@honest
def a_music_room(dice: Dice) -> Iterator[Sent]:
    """Members and newcomers post songs: bare links of many sites, one after the other."""
    people, joins = crowd(dice, 8, 8, over=60)
    yield from joins
    at = 70.0
    for number in range(130):
        at += dice.uniform(4, 45)
        user = dice.choice(people)
        draw = dice.random()
        if draw < 0.6:
            song = dice.choice(SONGS).format(
                id=_code(dice) + dice.letters(3), n=dice.randrange(10**4, 10**5),
                name=dice.letters(6), word=f"{dice.letters(5)}-{dice.letters(4)}",
            )  # fmt: skip
            if dice.random() < 0.2:
                song = f"{dice.choice(ABOUT_SONGS)} {song}"
            yield Sent(at, user, text(song), label=f"song{number}")
        elif draw < 0.8:
            yield Sent(at, user, text(dice.pick(ABOUT_SONGS)))
        else:
            react = reaction(f"{REFERENCE}song{max(0, number - 1)}", dice.choice("🔥❤🎶"))
            yield Sent(at, user, react, "m.reaction")


@honest
def a_birthday(dice: Dice) -> Iterator[Sent]:
    """Eighty people congratulate one, and mention her; she thanks many of them."""
    her = MEMBERS[4]
    people, joins = crowd(dice, 25, 55, over=600)
    yield from joins
    arrivals = {each.sender: each.at_seconds for each in joins}
    yield Sent(0, MODERATOR, mention(her, "Today is {her}'s birthday! 🎉"), label="news")
    for user in people:
        if user == her:
            continue
        at = arrivals.get(user, 0) + dice.uniform(5, 300)
        wish = dice.pick(BIRTHDAY)
        content = mention(user=her, template=wish)
        if dice.random() < 0.3:
            content = text(wish.format(her=dice.choice(("Emma", "emma", "@emma", her))))
        yield Sent(at, user, content)
        if dice.random() < 0.3:
            thanks = mention(user, dice.choice(("thank you {who}!", "thanks {who} ❤", "{who} 🥰")))
            yield Sent(at + dice.uniform(5, 60), her, thanks)


@honest
def a_giveaway_by_a_moderator(dice: Dice) -> Iterator[Sent]:
    """A moderator gives away tickets; fifty people answer that they want one."""
    people, joins = crowd(dice, 10, 45, over=120)
    yield from joins
    offers = ("I have two free tickets for the congress, who wants them?",
              "Giveaway! Three game keys for those who are quick. Write 'me'",
              "There are 5 stickers packs left, free, who would like one?")  # fmt: skip
    for number, offer in enumerate(offers):
        at = 130 + number * 150.0
        yield Sent(at, MODERATOR, text(offer), label=f"offer{number}")
        for user in people:
            if dice.random() < 0.8:
                words = ("me", "me!", "Me", "me please", "meee", "I do", "me 🙋", "🙋", "yes me")
                content = text(dice.choice(words))
                yield Sent(at + dice.uniform(2, 60), user, content)
        winner = dice.choice(people)
        yield Sent(
            at + 70, MODERATOR, mention(winner, "congratulations {who}, write me in private")
        )
        yield Sent(at + 80, winner, text(dice.choice(("wow thank you", "yay", "thanks!! will do"))))


@honest
def a_game_night(dice: Dice) -> Iterator[Sent]:
    """A member asks for lobbies; newcomers post invitations and codes of games and voice chats."""
    people, joins = crowd(dice, 8, 14, over=60)
    yield from joins
    lines = Lines(dice)
    at = 70.0
    for number in range(12):
        at += dice.uniform(20, 60)
        host = dice.choice(people[8:])
        asks = dice.choice(("who hosts the next round? send the link please", "link?", "lobby?",
                            "can somebody post an invite?", "what's the code?"))  # fmt: skip
        yield Sent(at, dice.choice(people[:8]), text(asks), label=f"asked{number}")
        invite = dice.choice(INVITES).format(
            n=dice.randrange(1_000, 9_999), code=_code(dice), code2=_code(dice).upper(),
            name=dice.letters(6),
        )  # fmt: skip
        at += dice.uniform(4, 30)
        yield Sent(at, host, text(dice.choice(("", "here: ", "come in ")) + invite))
        for user in dice.sample(people, 6):
            at += dice.uniform(1, 12)
            said = dice.choice(
                ("in", "joining", "wait for me", "gg", "full?", "1 more", lines.next())
            )
            yield Sent(at, user, text(said))


@honest
def people_who_greet_everybody(dice: Dice) -> Iterator[Sent]:
    """Friendly newcomers greet each person who talks or joins, with a mention each time."""
    friendly = newcomers(dice, 5, servers=5, kind="home")
    for user in friendly:
        yield join(dice.uniform(0, 30), user)
    at = 40.0
    for place, user in enumerate(friendly):
        for greeted in dice.sample(MEMBERS, 12):
            at += dice.uniform(4, 25)
            content = mention(greeted, dice.choice(HELLO_TO_ONE))
            yield Sent(at, user, content)
            if dice.random() < 0.5:
                yield Sent(at + dice.uniform(2, 15), greeted, mention(user, "hi {who}!"))
        for guest in newcomers(dice, 3, servers=3, kind=f"guest{place}x"):
            at += dice.uniform(5, 30)
            yield join(at, guest)
            content = mention(
                guest, dice.choice(("welcome {who}", "welcome {who}! 👋", "hey {who}"))
            )
            yield Sent(at + dice.uniform(2, 15), user, content)
            yield Sent(at + dice.uniform(16, 40), guest, text("thanks!"))


@honest
def a_farewell_in_every_room(dice: Dice) -> Iterator[Sent]:
    """Newcomers say the same few words in each room: hello on arrival, goodbye when they leave."""
    at = 0.0
    words = ("hi all", "hello everyone 👋", "good evening", "bonsoir", "hallo zusammen", "hey")
    byes = ("bye all, thanks for the help", "good night everyone", "have to go, see you tomorrow")
    for user in newcomers(dice, 24, servers=12, kind="home"):
        at += dice.uniform(20, 60)
        hello, bye = dice.choice(words), dice.choice(byes)
        for place, room_id in enumerate(ROOMS):
            yield join(at + place, user, room_id)
            yield Sent(at + 10 + place * dice.uniform(4, 20), user, text(hello), room_id=room_id)
            later = at + 500 + place * dice.uniform(3, 15)
            yield Sent(later, user, text(bye), room_id=room_id)
