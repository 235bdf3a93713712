"""Honest people who come for one reason: an interview, a moved room, help with an illness."""

from collections.abc import Iterator

from tests.waves.dice import Dice, edit_of, event_id, join, newcomers, reaction, reply_to, text
from tests.waves.ham import Lines
from tests.waves.honest.events import crowd
from tests.waves.honest.together import mention
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent

QUESTIONS = (
    "how did you get into astronomy?", "what telescope would you buy for 300 €?",
    "do you believe there is life on Europa?", "how long did the thesis take you?",
    "what was the hardest part of the mission?", "can amateurs find comets today?",
    "what do you think of all those satellites?", "did you ever see a green flash?",
    "how is it to work at night for months?", "which book got you started?",
    "is the data public, and where?", "what will the next ten years bring?",
    "do you need to be good at maths?", "how cold is it up there at the observatory?",
    "what do you do when it is cloudy?", "any advice for a student from a small country?",
)  # fmt: skip
DIARY = (
    "I was diagnosed in March and I am still not sleeping. How do you all cope?",
    "my doctor raised sertraline from 50 to 100 mg last week, is the nausea normal?",
    "third round of chemo on Monday. scared, honestly",
    "does anybody take methotrexate? I had to stop after two weeks, my liver values were bad",
    "I relapsed on Friday. I am ashamed to write this here",
    "is there a number I can call at night? I do not feel safe tonight",
    "Samaritans: 116 123, free and at any time. Please call them, you are not alone",
    "Telefonseelsorge 0800 1110111 ist kostenlos und anonym, hat mir sehr geholfen",
    "in the US you can text or call 988. sending hugs",
    "my insurance refuses to pay 1,200 $ for the MRI, has anyone appealed successfully?",
    "the clinic in Lyon has a waiting list of 8 months, any private practice you know?",
    "I am so tired of being told it is all in my head",
    "my mother died of the same thing and now I have it too",
    "what helped me: small walks, warm meals, and telling one friend the truth",
    "can you drink alcohol with gabapentin 300 mg? the leaflet says no but my GP says a glass",
    "I read this guide by the patients' association: https://www.patients.example/guide-2026.pdf",
    "hugs to everybody who had a bad week ❤️", "thank you for answering, I cried when I read it",
)  # fmt: skip


@honest
def questions_to_one_guest(dice: Dice) -> Iterator[Sent]:
    """An astronomer answers questions for an hour; eighty newcomers ask, most with a mention."""
    guest = MEMBERS[dice.randrange(12)]
    people, joins = crowd(dice, 10, 80, over=600)
    yield from joins
    yield Sent(5, MODERATOR, mention(guest, "{who} answers your questions now, ask away!"))
    arrivals = {each.sender: each.at_seconds for each in joins}
    for number, user in enumerate(people):
        if user == guest:
            continue
        at = arrivals.get(user, 10.0) + dice.uniform(10, 400)
        question = dice.choice(QUESTIONS)
        content = text(question)
        if dice.random() < 0.7:
            content = mention(guest, f"{{who}}: {question}")
        yield Sent(at, user, content, label=f"question{number}")
        if dice.random() < 0.6:
            answer = text(dice.choice(("good question!", "that took me years", "yes and no")))
            answer |= reply_to(f"{REFERENCE}question{number}")
            answer["m.mentions"] = {"user_ids": [user]}
            yield Sent(at + dice.uniform(20, 90), guest, answer)
            if dice.random() < 0.5:
                thanks = mention(guest, "thank you {who}!")
                yield Sent(at + dice.uniform(95, 200), user, thanks)


@honest
def a_room_that_moves(dice: Dice) -> Iterator[Sent]:
    """An old room is closed: everybody joins the new one, and says that they came over."""
    people = newcomers(dice, 110, servers=35, kind="home")
    hellos = ("hi", "hi, came over from the old room", "here too", "made it", "so this is it?",
              "Hello again everyone, the old room told me to come here", "o/", "reporting in",
              "is everybody here already?", "does the old history come over as well?",
              "hi again! same people, new room :)")  # fmt: skip
    lines = Lines(dice)
    yield Sent(0, MODERATOR, text("This is the new room, the old one is read-only from today on."))
    for user in people:
        at = 3 + dice.uniform(0, 150)
        yield join(at, user)
        if dice.random() < 0.7:
            yield Sent(at + dice.uniform(2, 60), user, text(dice.choice(hellos)))
        for _ in range(dice.choice((0, 0, 1, 3))):
            at += dice.uniform(20, 120)
            yield Sent(at + 60, user, text(lines.next()))


@honest
def a_medical_support_group(dice: Dice) -> Iterator[Sent]:
    """People who are ill write about drugs, doses, costs and fear, and name helplines."""
    people, joins = crowd(dice, 8, 30, over=400)
    yield from joins
    at = 60.0
    lines = list(DIARY) * 3
    dice.shuffle(lines)
    for line in lines:
        at += dice.uniform(20, 90)
        user = dice.choice(people)
        said = line if dice.random() < 0.5 else f"{line} {dice.choice(('❤️', 'sorry', '🙏', '😔'))}"
        yield Sent(at, user, text(said), room_id=ROOMS[1])
        if dice.random() < 0.4:
            hug = text(dice.choice(("hugs", "❤️", "so sorry", "me too", "thank you for sharing")))
            yield Sent(at + dice.uniform(5, 20), dice.choice(people), hug, room_id=ROOMS[1])


@honest
def a_live_ticker(dice: Dice) -> Iterator[Sent]:
    """A newcomer and a member write a match's ticker; others comment every few seconds."""
    people, joins = crowd(dice, 12, 50, over=100)
    yield from joins
    reporters = (people[0], people[20])
    home, away, minute, score = "Rovers", "Athletic", 0, [0, 0]
    at = 110.0
    while minute < 90:
        at += dice.uniform(5, 20)
        minute += dice.randrange(1, 4)
        event = dice.choice(("shot wide", "corner", "yellow card", "GOAL", "free kick", "offside"))
        if event == "GOAL":
            score[dice.randrange(2)] += 1
        said = f"{minute}' {event} ({home} {score[0]}:{score[1]} {away})"
        yield Sent(at, dice.choice(reporters), text(said))
        for user in dice.sample(people, dice.randrange(1, 6 if event != "GOAL" else 25)):
            shouts = ("go", "ref!!", "GOOOAL", "nooo", "😡", "⚽⚽⚽", "what a shot", "VAR?")
            comment = dice.choice((*shouts, f"{score[0]}:{score[1]}"))
            yield Sent(at + dice.uniform(1, 12), user, text(comment))


@honest
def gifs_of_everybody(dice: Dice) -> Iterator[Sent]:
    """A crowd that answers in links to GIFs, emoji and reactions."""
    people, joins = crowd(dice, 10, 30, over=100)
    yield from joins
    hosts = ("https://tenor.com/view/{n}-gif-{m}", "https://media.giphy.com/media/{n}/giphy.gif",
             "https://giphy.com/gifs/{n}", "https://i.imgur.com/{n}.gif")  # fmt: skip
    at = 110.0
    for number in range(200):
        at += dice.uniform(0.5, 7)
        draw = dice.random()
        user = dice.choice(people)
        if draw < 0.35:
            link = dice.choice(hosts).format(n=dice.letters(10), m=dice.randrange(10**6, 10**8))
            yield Sent(at, user, text(link), label=f"gif{number}")
        elif draw < 0.6:
            target = f"{REFERENCE}gif{number - 1}"
            yield Sent(at, user, reaction(target, dice.choice("😂❤🔥")), "m.reaction")
        else:
            yield Sent(at, user, text(dice.choice("😂🤣😭🔥👏🙈") * dice.randrange(1, 6)))


@honest
def a_phone_after_a_flight(dice: Dice) -> Iterator[Sent]:
    """People who were offline send all that they wrote at once: eight to fourteen messages."""
    lines = Lines(dice)
    at = 20.0
    for user in newcomers(dice, 24, servers=20, kind="home"):
        at += dice.uniform(15, 60)
        yield join(at, user)
        yield Sent(at + 10, user, text(lines.next()))
        moment = at + 200
        for _ in range(dice.randrange(8, 15)):
            moment += dice.uniform(0.1, 0.5)
            yield Sent(moment, user, text(lines.next()))
        yield Sent(moment + 30, user, text(lines.next()))


@honest
def a_slack_bridge_with_edits(dice: Dice) -> Iterator[Sent]:
    """Puppets of a bridge write, correct what they wrote, and react, at a lively pace."""
    puppets = [
        f"@slack_T0{dice.letters(5)}_U{dice.randrange(10**6)}:bridge.example" for _ in range(40)
    ]
    for user in puppets:
        yield join(dice.uniform(0, 40), user, name=dice.letters(6).title())
    lines = Lines(dice)
    at = 50.0
    for number in range(220):
        at += dice.uniform(0.4, 4)
        user, line, label = dice.choice(puppets), lines.next(), f"said{number}"
        yield Sent(at, user, text(line), label=label)
        if dice.random() < 0.3:
            edit = edit_of(f"{REFERENCE}{label}", f"{line} (edited)")
            yield Sent(at + dice.uniform(1, 9), user, edit)
        if dice.random() < 0.3:
            yield Sent(
                at + 2, dice.choice(puppets), reaction(f"{REFERENCE}{label}", "👀"), "m.reaction"
            )


@honest
def an_irc_bridge_with_nicks(dice: Dice) -> Iterator[Sent]:
    """Puppets of IRC come and go, change their nicks, and write in short lines and by /me."""
    puppets = [f"@_libera_{dice.letters(6)}:libera.example" for _ in range(70)]
    for user in puppets:
        yield join(dice.uniform(0, 30), user, name=user[9:].partition(":")[0])
    lines = Lines(dice)
    at = 35.0
    for _ in range(260):
        at += dice.uniform(0.2, 3)
        user = dice.choice(puppets[:45])
        draw = dice.random()
        if draw < 0.08:
            yield join(at, user, name=f"{dice.letters(6)}_{dice.choice(('afk', 'away', 'work'))}")
        elif draw < 0.16:
            leave = {"membership": "leave", "reason": "Read error: Connection reset by peer"}
            yield Sent(at, user, leave, "m.room.member", ROOMS[0], user)
            yield join(at + dice.uniform(3, 15), user, name=dice.letters(6))
        elif draw < 0.26:
            body = dice.choice(
                ("waves", "slaps everybody around a bit with a large trout", "yawns")
            )
            yield Sent(at, user, {"msgtype": "m.emote", "body": body})
        else:
            yield Sent(at, user, text(lines.next()))


@honest
def a_bridge_that_catches_up_now(dice: Dice) -> Iterator[Sent]:
    """A bridge without timestamps of its own sends 200 missed messages in a minute, as of now."""
    network = dice.choice(("telegram", "whatsapp", "signal", "discord"))
    puppets = [f"@{network}_{dice.randrange(10**7, 10**9)}:bridge.example" for _ in range(30)]
    for user in puppets:
        yield join(dice.uniform(0, 20), user, name=dice.letters(7).title())
    lines = Lines(dice)
    at = 30.0
    for number in range(200):
        at += dice.uniform(0.1, 0.5)
        content = text(lines.next())
        if number and dice.random() < 0.15:
            content |= reply_to(f"{REFERENCE}said{number - 1}")
        yield Sent(at, dice.choice(puppets), content, label=f"said{number}")
    for _ in range(60):
        at += dice.uniform(2, 9)
        draw = dice.random()
        content = reaction(event_id(dice), "👍") if draw < 0.1 else text(lines.next())
        kind = "m.reaction" if draw < 0.1 else "m.room.message"
        yield Sent(at, dice.choice(puppets), content, kind)
