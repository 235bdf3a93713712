"""Honest crowds: launches, classes, bridges, meetings, bots, votes, regulars beside a flood."""

from collections.abc import Iterator

from tests.waves.abuse.floods import raid_of_one_server
from tests.waves.dice import Dice, event_id, join, newcomers, picture, reaction, reply_to, text
from tests.waves.ham import Lines
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import BOTS, CHAT, LAUNCH, MEETING
from tests.waves.texts.fresh import Fresh


@honest
def product_launch(dice: Dice) -> Iterator[Sent]:
    """Two hundred people come within two minutes; they ask, react, share the release's link."""
    fresh = Fresh(dice)
    link = f"https://example.org/blog/release-{dice.randrange(2, 9)}"
    yield Sent(0, MODERATOR, text(f"It is out: {link} - thank you all!"), label="news")
    users = newcomers(dice, 200, servers=60, kind="home")
    for user in users:
        at = 5 + dice.uniform(0, 120)
        yield join(at, user, name=user[1:].partition(":")[0].title())
        for _ in range(dice.choices((0, 1, 2, 3, 5), (30, 30, 20, 15, 5))[0]):
            at += dice.uniform(10, 70)
            draw = dice.random()
            if draw < 0.25:
                content = reaction(REFERENCE + "news", dice.choice("🎉👍❤🚀"))
                yield Sent(at, user, content, "m.reaction")
            elif draw < 0.35:
                says = dice.choice(("here it is: ", "", "read this ", "the news: "))
                yield Sent(at, user, text(f"{says}{link}"))
            elif draw < 0.45:
                language = dice.choice(list(CHAT))
                yield Sent(at, user, text(fresh.line(CHAT[language])))
            else:
                said = text(fresh.line(LAUNCH))
                if dice.random() < 0.2:
                    said |= reply_to(REFERENCE + "news")
                yield Sent(at, user, said)
    for number in range(60):
        at = 10 + number * dice.uniform(2, 5)
        yield Sent(at, dice.choice(MEMBERS), text(fresh.line(LAUNCH)))


@honest
def a_class_comes(dice: Dice) -> Iterator[Sent]:
    """Sixty pupils with numbered names of one server join within two minutes and say hello."""
    yield Sent(0, MODERATOR, text("Welcome, class 7b! Please write your name and say hello."))
    hellos = (
        "hello", "hi", "good morning", "hello everyone", "hi, I'm {name}", "my name is {name}",
        "present", "here", "good morning Mrs Helena", "hey", "is this the right room?",
    )  # fmt: skip
    work = (
        "which page?", "page 42", "I don't understand question {n}", "is it {n} or {m}?",
        "the answer is {n}", "I also have {n}", "can you repeat that please", "thanks", "ok",
        "done", "me too", "how long do we have?", "what is the homework?", "yes", "no",
    )  # fmt: skip
    server = f"school{dice.randrange(9)}.example"
    for number in range(1, 61):
        user = f"@student{number:02}:{server}"
        at = 5 + dice.uniform(0, 110)
        yield join(at, user, name=f"Student {number:02}")
        at += dice.uniform(10, 60)
        name = f"{dice.letters(5).title()}"
        yield Sent(at, user, text(dice.choice(hellos).format(name=name)))
        for _ in range(dice.randrange(0, 6)):
            at += dice.uniform(20, 120)
            body = dice.choice(work).format(n=dice.randrange(99), m=dice.randrange(99))
            yield Sent(at, user, text(body))


@honest
def bridge_puppets(dice: Dice) -> Iterator[Sent]:
    """A bridge restarts: its puppets join again within a minute, and relay what people write."""
    network = dice.choice(("telegram", "discord", "irc", "whatsapp"))
    puppets = [
        f"@{network}_{dice.randrange(10**7, 10**9)}:bridge.example"
        for _ in range(dice.choice((120, 160)))
    ]
    for puppet in puppets:
        name = f"{dice.letters(6).title()} ({network.title()})"
        at = dice.uniform(0, 60)
        yield join(at, puppet, name=name)
        if dice.random() < 0.3:
            leave = {"membership": "leave"}
            yield Sent(at + 20, puppet, leave, "m.room.member", ROOMS[0], puppet)
            yield join(at + 40, puppet, name=name)
    lines = Lines(dice)
    for number in range(240):
        at = 100 + number * dice.uniform(1, 3)
        puppet = dice.choice(puppets)
        if dice.random() < 0.05:
            yield Sent(at, puppet, reaction(event_id(dice), "👍"), "m.reaction")
        else:
            yield Sent(at, puppet, text(lines.next()))


@honest
def meeting(dice: Dice) -> Iterator[Sent]:
    """Members and some newcomers meet for an hour; votes come as +1 and as reactions."""
    people = [*dice.sample(MEMBERS, 10), *newcomers(dice, 4, servers=4, kind="home")]
    for user in people[10:]:
        yield join(dice.uniform(0, 30), user)
    at = 40.0
    for number, line in enumerate(MEETING):
        at += dice.uniform(5, 40)
        who = MODERATOR if line.startswith("@room") else dice.choice(people)
        label = f"said{number}"
        yield Sent(at, who, text(line), label=label)
        if line.startswith(("I propose", "then 200")):
            for voter in people:
                choice = dice.choice(("+1", "+1", "yes", "👍", "agreed", "-1"))
                moment = at + dice.uniform(1, 20)
                if dice.random() < 0.5:
                    yield Sent(moment, voter, text(choice))
                else:
                    content = reaction(REFERENCE + label, "👍")
                    yield Sent(moment, voter, content, "m.reaction")


@honest
def votes(dice: Dice) -> Iterator[Sent]:
    """A moderator starts polls, and everybody answers them, newcomers too."""
    people = [*dice.sample(MEMBERS, 15), *newcomers(dice, 25, servers=20, kind="home")]
    for user in people[15:]:
        yield join(dice.uniform(0, 60), user)
    for number in range(4):
        at = 90 + number * 120
        unstable = number % 2 == 0
        kind = "org.matrix.msc3381.poll.start" if unstable else "m.poll.start"
        answers = [{"id": str(one), "org.matrix.msc1767.text": f"day {one}"} for one in range(4)]
        if not unstable:
            answers = [{"m.id": str(one), "m.text": [{"body": f"day {one}"}]} for one in range(4)]
        question = {"org.matrix.msc1767.text": "When do we meet?", "body": "When do we meet?",
                    "m.text": [{"body": "When do we meet?"}]}  # fmt: skip
        poll = {"question": question, "answers": answers, "max_selections": 1,
                "kind": "org.matrix.msc3381.poll.disclosed"}  # fmt: skip
        content = {kind: poll} if unstable else {"m.poll": poll, **question}
        label = f"poll{number}"
        yield Sent(at, MODERATOR, content, kind, label=label)
        for user in people:
            if dice.random() < 0.8:
                for _ in range(dice.choice((1, 1, 1, 2))):  # some change their minds
                    moment = at + dice.uniform(3, 90)
                    chosen = str(dice.randrange(4))
                    response = "org.matrix.msc3381.poll.response" if unstable else "m.poll.response"
                    answer = {
                        "m.relates_to": {"rel_type": "m.reference", "event_id": REFERENCE + label}
                    }
                    if unstable:
                        answer["org.matrix.msc3381.poll.response"] = {"answers": [chosen]}
                    else:
                        answer["m.selections"] = [chosen]
                    yield Sent(moment, user, answer, response)


@honest
def votes_by_reactions(dice: Dice) -> Iterator[Sent]:
    """A moderator asks which days suit, and everybody reacts with several signs within seconds."""
    people = [*dice.sample(MEMBERS, 6), *newcomers(dice, 12, servers=8, kind="home")]
    for user in people[6:]:
        yield join(dice.uniform(0, 30), user)
    for number in range(3):
        at = 60 + number * 150
        yield Sent(
            at, MODERATOR, text(f"Which days of week {number}? 1️⃣ to 8️⃣"), label=f"days{number}"
        )
        for user in people:
            moment = at + dice.uniform(4, 60)
            for key in dice.sample(range(1, 9), dice.randrange(2, 8)):
                moment += dice.uniform(0.6, 3)
                content = reaction(REFERENCE + f"days{number}", f"{key}\ufe0f\u20e3")
                yield Sent(moment, user, content, "m.reaction")
    for place, user in enumerate(people[6:]):  # who reads up what was said
        moment = 600 + place * 5
        for _ in range(8):
            moment += dice.uniform(4, 12)
            yield Sent(moment, user, reaction(event_id(dice), "👍"), "m.reaction")


@honest
def bots(dice: Dice) -> Iterator[Sent]:
    """Notices of builds, feeds and alerts by the community's bots; one has just come."""
    fresh = Fresh(dice)
    helpers = ("@ada:example.org", "@ben:example.org")
    late = "@feed:news.example"
    yield join(0, late, name="Feed")
    number = 100
    for start in range(0, 900, 30):
        for bot in helpers:
            for _ in range(dice.choice((0, 1, 1, 2, 4))):
                number += 1
                body = dice.choice(BOTS).format(n=number)
                notice = {"msgtype": "m.notice", "body": body}
                yield Sent(start + dice.uniform(0, 25), bot, notice)
    for post in range(6):
        body = f"New post: {fresh.line(LAUNCH)} https://news.example/posts/{dice.letters(6)}"
        yield Sent(120 + post * 130, late, {"msgtype": "m.notice", "body": body})


@honest
def regulars_beside_a_flood(dice: Dice) -> Iterator[Sent]:
    """Members talk on lively while a flood goes on; only they count."""
    for each in raid_of_one_server(dice):
        yield Sent(each.at_seconds, each.sender, each.content, each.type, each.room_id,
                   each.state_key, is_counted=False)  # fmt: skip
    lines = Lines(dice)
    for number in range(200):
        at = 30 + number * dice.uniform(0.5, 1.5)
        user = dice.choice(MEMBERS)
        if dice.random() < 0.15:
            yield Sent(at, user, reaction(event_id(dice), "😂"), "m.reaction")
        elif dice.random() < 0.05:
            yield Sent(at, user, picture(dice))
        else:
            yield Sent(at, user, text(lines.next()))
