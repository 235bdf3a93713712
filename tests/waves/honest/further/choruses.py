"""Honest crowds that say the same words at the same time."""

from collections.abc import Iterator, Sequence

from tests.waves.dice import Dice, reaction, text
from tests.waves.ham import Lines
from tests.waves.honest.events import crowd
from tests.waves.kinds import honest
from tests.waves.simulated_community import MODERATOR, REFERENCE, ROOMS, Sent


def chorus(
    dice: Dice, people: Sequence[str], at: float, over: float, said: Sequence[str],
    times: Sequence[int] = (1,), pause: tuple[float, float] = (8, 40),
) -> Iterator[Sent]:  # fmt: skip
    """Yield what each of many people says in about the same words, within so many seconds."""
    for user in people:
        moment = at + dice.uniform(0, over)
        for _ in range(dice.choice(times)):
            yield Sent(moment, user, text(dice.choice(said)))
            moment += dice.uniform(*pause)


def _talk(dice: Dice, people: Sequence[str], start: float, end: float) -> Iterator[Sent]:
    lines = Lines(dice)
    at = start
    while at < end:
        at += dice.uniform(3, 20)
        yield Sent(at, dice.choice(people), text(lines.next()))


@honest
def a_chant_of_fans(dice: Dice) -> Iterator[Sent]:
    """A hundred fans sing their club's song in the chat, line by line."""
    people, joins = crowd(dice, 15, 85, over=400)
    yield from joins
    song = (
        "We are the red and white, we fight all day and night, united we stand, united we sing!",
        "OLÉ OLÉ OLÉ OLÉÉÉ",
        "Forza ragazzi, forza ragazzi, non mollare mai!",
        "you'll never walk alone",
        "Schalalalala, auf geht's ihr Roten, kämpfen und siegen, bis zum letzten Ton!",
    )
    for number in range(5):
        verse = song[number]
        forms = (verse, verse.upper(), f"{verse} ❤️", f"{verse} 🔴⚪🔴⚪")
        yield from chorus(dice, people, 420 + number * 150, 40, forms, (0, 1, 1, 2))
        yield from _talk(dice, people, 460 + number * 150, 560 + number * 150)


@honest
def a_new_years_countdown(dice: Dice) -> Iterator[Sent]:
    """Everybody counts down, some write each number, and wishes follow at midnight."""
    people, joins = crowd(dice, 20, 60, over=300)
    yield from joins
    yield from _talk(dice, people, 100, 310)
    for user in people:
        if dice.random() < 0.4:
            first = dice.choice((5, 3, 3))
            for number in range(first, 0, -1):
                yield Sent(330 - number * 1.6 + dice.uniform(0, 1), user, text(str(number)))
    wishes = (
        "HAPPY NEW YEAR!!!", "Happy new year everybody 🎆🎆🎆", "happy new year to all of you!",
        "Frohes neues Jahr euch allen! 🥂", "Bonne année !", "¡Feliz año nuevo a todas!",
        "I wish you all a happy and healthy new year, thank you for being here!",
    )  # fmt: skip
    yield from chorus(dice, people, 332, 60, wishes, (1, 1, 2))


@honest
def three_two_one_go(dice: Dice) -> Iterator[Sent]:
    """People start a film together: 3 2 1 GO, and the same reactions at the same moments."""
    people, joins = crowd(dice, 10, 30, over=60)
    yield from joins
    yield Sent(65, MODERATOR, text("Ready? Write ready, then I count"), label="ready")
    yield from chorus(dice, people, 66, 20, ("ready", "ready!", "rdy", "r"))
    for number, count in enumerate(("3", "2", "1", "GO")):
        yield Sent(95 + number * 1.5, MODERATOR, text(count), label=f"count{number}")
        for user in people[::2]:
            yield Sent(95.3 + number * 1.5 + dice.uniform(0, 1), user, text(count))
    for scene in range(6):
        at = 140 + scene * 90.0
        shout = dice.choice(("NOOOO", "the dog!!", "don't go in there", "😱😱😱", "hahahaha"))
        yield from chorus(dice, people, at, 12, (shout, shout.upper(), f"{shout}!!"), (0, 1, 1))
        for user in people[:20]:
            if dice.random() < 0.5:
                react = reaction(f"{REFERENCE}count3", dice.choice("😱😂❤👏"))
                yield Sent(at + dice.uniform(0, 8), user, react, "m.reaction")


@honest
def a_hundred_thanks(dice: Dice) -> Iterator[Sent]:
    """After a stream a hundred newcomers thank in nearly the same sentence."""
    people, joins = crowd(dice, 10, 100, over=500)
    yield from joins
    yield from _talk(dice, people, 300, 520)
    thanks = (
        "Thank you so much for organising this, it was really wonderful!",
        "thank you so much for organising this, it was wonderful",
        "Thank you so much for the stream, it was really wonderful!",
        "Thanks a lot for organising this stream, it was wonderful ❤️",
        "thank you",
        "thanks!!",
        "Thanks everyone, good night!",
    )
    yield from chorus(dice, people, 520, 120, thanks, (1, 1, 2))


@honest
def f_in_the_chat(dice: Dice) -> Iterator[Sent]:
    """People write F when something breaks, +1 and o7, again and again."""
    people, joins = crowd(dice, 15, 60, over=200)
    yield from joins
    yield from _talk(dice, people, 100, 620)
    for number, letter in enumerate(("F", "+1", "o7", "F", "GG", "W")):
        forms = (letter, letter, letter.lower(), f"{letter} {letter}", f"{letter}!")
        yield from chorus(dice, people, 210 + number * 70, 15, forms, (0, 1, 1, 2), (2, 9))


@honest
def commands_to_a_bot(dice: Dice) -> Iterator[Sent]:
    """Newcomers write commands to a bot of the room: !join, !song, !vote."""
    people, joins = crowd(dice, 8, 40, over=100)
    yield from joins
    bands = ("Blue Lamps", "Kettle", "Los Tranvías", "Die Möwen", "Night Ferry")
    at = 110.0
    for _ in range(200):
        at += dice.uniform(0.3, 5)
        said = dice.choice((
            "!join", "!join", "!join red", "!help", "!vote 2", f"!vote {dice.randrange(5)}",
            f"!song {dice.choice(bands)} - {dice.letters(6)}", "!queue", "!skip", "!points",
            f"!guess {dice.randrange(100)}", "!roll 2d6", "!leave",
        ))  # fmt: skip
        yield Sent(at, dice.choice(people), text(said))


@honest
def a_blessing_by_everybody(dice: Dice) -> Iterator[Sent]:
    """A parish says the same blessing and amen, after the pastor or without one."""
    people, joins = crowd(dice, 10, 60, over=300)
    yield from joins
    blessing = "The Lord bless you and keep you; the Lord make his face shine upon you. Amen."
    if dice.random() < 0.5:
        yield Sent(310, MODERATOR, text(blessing))
    forms = (blessing, f"{blessing} 🙏", blessing.replace(";", ","), "Amen", "Amen 🙏", "amen.",
             "God bless you all, have a peaceful Sunday with your families 🙏")  # fmt: skip
    yield from chorus(dice, people, 315, 200, forms, (1, 1, 2), (20, 90))
    yield from _talk(dice, people, 530, 700)


@honest
def a_petition(dice: Dice) -> Iterator[Sent]:
    """People come to protest: slogans, and one link to the petition by many of them."""
    people, joins = crowd(dice, 15, 90, over=500)
    yield from joins
    link = f"https://{dice.choice(('www.openpetition.example', 'weact.example', 'trees.example'))}"
    link += f"/petition/{dice.letters(8)}"
    if dice.random() < 0.5:
        yield Sent(5, dice.choice(people[:15]), text(f"The petition is online: {link}"))
    said = (
        "No motorway through our forest! The trees stay, the road goes!",
        "The trees stay!", "signed", "signed and shared", f"signed: {link}", link,
        f"please sign: {link}", f"I have signed the petition, please sign it too: {link}",
        "No motorway through our forest!", "when is the demonstration on Saturday?",
        "does anybody have a banner I could carry?", "¡Los árboles se quedan!",
    )  # fmt: skip
    arrivals = {each.sender: each.at_seconds for each in joins}
    for user in people:
        at = arrivals.get(user, 10.0) + dice.uniform(10, 60)
        yield from chorus(dice, [user], at, 30, said, (1, 2, 3), (20, 90))


@honest
def an_election_night(dice: Dice) -> Iterator[Sent]:
    """People come to follow the counts: numbers, links to the news, joy and anger."""
    people, joins = crowd(dice, 20, 60, over=300)
    yield from joins
    news = ("bbc.co.uk/news/live", "edition.cnn.com/election", "www.reuters.com/world",
            "results.elections.example/live", "apnews.com/hub", "www.lemonde.fr/live")  # fmt: skip
    districts = ("North Bay", "Eastfield", "Port Mary", "Lakeside", "Old Town", "Hill County")
    at = 100.0
    for _ in range(330):
        at += dice.uniform(0.5, 5)
        district, share = dice.choice(districts), f"{dice.randrange(30, 70)}.{dice.randrange(10)}"
        said = dice.choice((
            f"{district}: {share} % with {dice.randrange(10, 99)} % counted",
            f"they just called {district}", f"{district} is too close to call",
            f"https://{dice.choice(news)}", f"new numbers: https://{dice.choice(news)}",
            "YESSSS", "I can't believe it", "what a night", "this is a disaster",
            "turnout is huge this time", "source?", "who leads now?", f"{share} % now",
        ))  # fmt: skip
        yield Sent(at, dice.choice(people), text(said), room_id=ROOMS[3])
