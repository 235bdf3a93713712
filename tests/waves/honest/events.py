"""Honest crowds at one event: a release, a goal, a vote, an outage, a conference, a hackathon."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, newcomers, picture, reaction, reply_to, text
from tests.waves.ham import Lines
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.crowds import (
    AT_THE_CONFERENCE,
    CHEERS,
    CONGRATULATIONS,
    DOWN,
    SCHEDULE,
    TALKS,
    TEAMS,
)


def crowd(dice: Dice, members: int, new: int, over: float) -> tuple[list[str], list[Sent]]:
    """Return so many people, and the joins of those who are new."""
    fresh = newcomers(dice, new, servers=max(new // 3, 1), kind="home")
    joins = [join(dice.uniform(0, over), user) for user in fresh]
    return [*dice.sample(MEMBERS, members), *fresh], joins


@honest
def a_release_link_by_everybody(dice: Dice) -> Iterator[Sent]:
    """Two hundred people come for a release; each shares its link or congratulates, or both."""
    link = f"https://{dice.choice(('example.org', 'app.example', 'github.com/coop/app'))}"
    link += f"/releases/v{dice.randrange(2, 9)}.0"
    if dice.random() < 0.5:
        yield Sent(0, MODERATOR, text(f"Released: {link}"), label="news")
    for user in newcomers(dice, 200, servers=70, kind="home"):
        at = 5 + dice.uniform(0, 150)
        yield join(at, user)
        for _ in range(dice.choice((1, 1, 2, 3))):
            at += dice.uniform(4, 60)
            word = dice.pick(CONGRATULATIONS)
            body = dice.choice((word, word, f"{word} {link}", link, f"{link} {word}"))
            content = text(body)
            if dice.random() < 0.1:
                content |= reply_to(REFERENCE + "news")
            yield Sent(at, user, content)
    for _ in range(60):
        at = 10 + dice.uniform(0, 200)
        yield Sent(at, dice.choice(MEMBERS), text(dice.pick(CONGRATULATIONS)))


@honest
def a_roll_call(dice: Dice) -> Iterator[Sent]:
    """Sixty pupils say they are present, and give the same answers to a teacher's questions."""
    school = f"school{dice.randrange(99)}.example"
    form = dice.choice(("student", "pupil", "g7b-", "eleve", "schueler"))
    pupils = [f"@{form}{number:02}:{school}" for number in range(1, 61)]
    for place, pupil in enumerate(pupils):
        yield join(dice.uniform(0, 60), pupil, name=f"{form.title()} {place + 1:02}")
    questions = (
        ("Good morning, please write 'present'.", ("present", "Present", "present!", "here")),
        ("Did everybody get the book?", ("yes", "yes", "Yes", "no")),
        ("How do plants make sugar?", ("photosynthesis", "Photosynthesis", "fotosynthesis")),
        ("7 times 8?", ("56", "56", "54")),
        ("Any questions?", ("no", "no", "which page is the homework?", "nope")),
    )
    for number, (question, answers) in enumerate(questions):
        at = 70 + number * dice.uniform(60, 150)
        yield Sent(at, MODERATOR, text(question), label=f"q{number}")
        for pupil in pupils:
            if dice.random() < 0.85:
                content = text(dice.choice(answers))
                if dice.random() < 0.2:
                    content |= reply_to(f"{REFERENCE}q{number}")
                yield Sent(at + dice.uniform(2, 40), pupil, content)


@honest
def a_goal(dice: Dice) -> Iterator[Sent]:
    """150 people watch a match, and everybody shouts at once when a goal is scored."""
    people, joins = crowd(dice, 30, 120, over=500)
    yield from joins
    lines = Lines(dice)
    for minute in range(1, 18):
        at = 500 + minute * 60.0
        for _ in range(dice.randrange(4, 12)):
            yield Sent(at + dice.uniform(0, 60), dice.choice(people), text(lines.next()))
        if minute % 6 == 0:
            for user in people:
                for _ in range(dice.choice((0, 1, 1, 2))):
                    body = dice.pick(CHEERS)
                    yield Sent(at + dice.uniform(0, 25), user, text(body))


@honest
def plus_ones(dice: Dice) -> Iterator[Sent]:
    """Ninety people vote by messages, some of them twice."""
    people, joins = crowd(dice, 25, 65, over=200)
    yield from joins
    for number, proposal in enumerate(
        ("Shall we move to Thursdays?", "New logo A (+1) or B (-1)?")
    ):
        at = 210 + number * 200.0
        yield Sent(at, MODERATOR, text(proposal), label=f"asked{number}")
        for user in people:
            moment = at + dice.uniform(3, 100)
            vote = dice.choice(("+1", "+1", "+1", "-1", "👍", "yes", "+1 from me", "A", "aye"))
            content = text(vote)
            if dice.random() < 0.3:
                content |= reply_to(f"{REFERENCE}asked{number}")
            yield Sent(moment, user, content)
            if dice.random() < 0.1:
                yield Sent(moment + dice.uniform(5, 40), user, text("sorry, I mean -1"))


@honest
def an_outage(dice: Dice) -> Iterator[Sent]:
    """Eighty newcomers ask within two minutes if the service is down."""
    people, joins = crowd(dice, 12, 80, over=100)
    yield from joins
    arrivals = {each.sender: each.at_seconds for each in joins}
    for user in people:
        at = arrivals.get(user, dice.uniform(0, 60))
        for place in range(dice.choice((1, 1, 2, 3))):
            at += dice.uniform(2, 20) if place == 0 else dice.uniform(8, 90)
            if dice.random() < 0.04:
                yield Sent(at, user, text("https://status.example.org says all is fine"))
            else:
                yield Sent(at, user, text(dice.pick(DOWN)))
    note = "Yes, we are on it: https://status.example.org/incidents/2231"
    yield Sent(60, MODERATOR, text(note), label="note")
    for user in people[::3]:
        yield Sent(62 + dice.uniform(0, 60), user, reaction(REFERENCE + "note", "🙏"), "m.reaction")
    for user in people[::2]:
        thanks = text(dice.choice(("thanks", "ok thx", "thank you!", "good luck", "back now")))
        yield Sent(200 + dice.uniform(0, 120), user, thanks)


@honest
def a_conference(dice: Dice) -> Iterator[Sent]:
    """A hundred people come; they share slides of many sites, and one link of the schedule."""
    schedule = "https://conf.example/2026/schedule"
    people, joins = crowd(dice, 20, 100, over=900)
    yield from joins
    hosts = ("docs.google.com/presentation/d", "speakerdeck.com/{name}",
             "www.slideshare.net/{name}",
             "github.com/{name}/slides/blob/main", "{name}.example/talks", "zenodo.org/records",
             "cloud.{name}.org/s", "figshare.com/articles", "{name}.github.io/slides")  # fmt: skip
    arrivals = {each.sender: each.at_seconds for each in joins}
    for user in people:
        at = arrivals.get(user, dice.uniform(0, 600))
        name = user[1:].partition(":")[0]
        for _ in range(dice.choice((1, 2, 3, 5))):
            at += dice.uniform(10, 200)
            draw = dice.random()
            if draw < 0.2:
                host = dice.choice(hosts).format(name=name)
                link = f"https://{host}/{dice.letters(9)}"
                body = dice.pick(TALKS).format(link=link)
            elif draw < 0.35:
                body = dice.pick(SCHEDULE).format(link=schedule)
            else:
                body = dice.pick(AT_THE_CONFERENCE)
            yield Sent(at, user, text(body))


@honest
def a_hackathon(dice: Dice) -> Iterator[Sent]:
    """Forty new teams post their repositories and demos when a moderator asks for them."""
    people, joins = crowd(dice, 5, 45, over=300)
    yield from joins
    names = ("Blue Otters", "Null Pointers", "Late Lunch", "Byte Me", "Tram 7", "Mango", "404",
             "Sea Level", "Owls", "Kettle")  # fmt: skip
    hosts = ("https://github.com/{slug}/{slug}", "https://{slug}.vercel.app",
             "https://{slug}.pages.dev",
             "https://gitlab.com/{slug}/demo", "https://devpost.com/software/{slug}",
             "https://www.figma.com/file/{slug}", "https://{slug}.netlify.app",
             "https://{slug}.fly.dev",
             "https://huggingface.co/spaces/{slug}", "https://{slug}.example")  # fmt: skip
    yield Sent(305, MODERATOR, text("Time is up! Please post your team and a link here."))
    for user in people:
        at = 310 + dice.uniform(0, 300)
        name = f"{dice.choice(names)} {dice.randrange(99)}"
        slug = name.lower().replace(" ", "-")
        link = dice.choice(hosts).format(slug=slug)
        body = dice.pick(TEAMS).format(name=name, link=link, n=dice.randrange(1, 40))
        yield Sent(at, user, text(body))
        if dice.random() < 0.3:
            second = dice.choice(hosts).format(slug=slug)
            yield Sent(at + dice.uniform(5, 60), user, text(f"and the slides: {second}/slides"))
        if dice.random() < 0.5:
            cheer = text(dice.choice(("good luck all", "nice one 👏", "who votes?", "pizza?")))
            yield Sent(at + dice.uniform(60, 200), user, cheer)


@honest
def a_photo_contest(dice: Dice) -> Iterator[Sent]:
    """Members post pictures of their cats as a moderator asked; newcomers react and comment."""
    people, joins = crowd(dice, 20, 30, over=60)
    yield from joins
    yield Sent(65, MODERATOR, text("Caturday! Show us your cats 🐈"), label="ask")
    for number, user in enumerate(people[:20]):
        at = 70 + number * dice.uniform(3, 12)
        for part in range(dice.choice((1, 1, 2, 4))):
            yield Sent(at + part * 1.5, user, picture(dice, f"cat{part}.jpg"), label=f"cat{number}")
        for fan in dice.sample(people[20:], 8):
            moment = at + dice.uniform(2, 30)
            if dice.random() < 0.6:
                react = reaction(f"{REFERENCE}cat{number}", dice.choice("😍❤😻🐈"))
                yield Sent(moment, fan, react, "m.reaction")
            else:
                said = dice.choice(("so cute", "awww", "😻", "what's the name?", "adorable!"))
                yield Sent(moment, fan, text(said) | reply_to(f"{REFERENCE}cat{number}"))


@honest
def a_lecture_in_three_rooms(dice: Dice) -> Iterator[Sent]:
    """Seventy students of many servers move from room to room, greet in each, and take leave."""
    students = newcomers(dice, 70, servers=30, kind="uni")
    at = 10.0
    for room_id, greeting in zip(ROOMS, ("hi", "hello again", "hi", "hey"), strict=True):
        for user in students:
            moment = at + dice.uniform(0, 60)
            yield join(moment, user, room_id)
            if dice.random() < 0.7:
                yield Sent(moment + dice.uniform(3, 60), user, text(greeting), room_id=room_id)
        for user in dice.sample(students, 25):
            said = dice.choice(
                ("is this recorded?", "page 12?", "can't hear", "sound ok", "thanks!")
            )
            yield Sent(at + dice.uniform(90, 300), user, text(said), room_id=room_id)
        for user in students:
            bye = text(dice.choice(("bye", "thanks, bye", "see you", "bye!")))
            if dice.random() < 0.4:
                yield Sent(at + dice.uniform(310, 340), user, bye, room_id=room_id)
            left = {"membership": "leave"}
            yield Sent(at + 345 + dice.uniform(0, 20), user, left, "m.room.member", room_id, user)
        at += 400
