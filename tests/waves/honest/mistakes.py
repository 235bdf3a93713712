"""Honest people's mistakes and their clients': retries, double pastes, wrong rooms, corrections."""

from collections.abc import Iterator

from tests.waves.dice import Dice, edit_of, join, newcomers, picture, reply_to, text
from tests.waves.ham import Lines
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import CHAT, SUPPORT
from tests.waves.texts.crowds import ANNOUNCED, CAPTIONS, PLACES
from tests.waves.texts.fresh import Fresh

# The same wallet in many messages is a wave, whoever quotes it.
HELP = tuple(line for line in SUPPORT if "bc1q" not in line)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _line(dice: Dice, fresh: Fresh) -> str:
    return fresh.line(CHAT[dice.choice(list(CHAT))])


def _with_typing_error(dice: Dice, body: str) -> str:
    words = body.split()
    place = dice.randrange(len(words))
    word = words[place]
    at = dice.randrange(len(word))
    words[place] = word[:at] + dice.choice(("", word[at] * 2, dice.letters(1))) + word[at + 1 :]
    return " ".join(words)


@honest
def retries_after_an_outage(dice: Dice) -> Iterator[Sent]:
    """A homeserver was away: its people's clients sent each message again and again."""
    fresh = Fresh(dice)
    people = [*newcomers(dice, 20, servers=4, kind="home"), *dice.sample(MEMBERS, 10)]
    for user in people[:20]:
        yield join(dice.uniform(0, 60), user)
        yield Sent(65 + dice.uniform(0, 60), user, text(_line(dice, fresh)))
    for user in people:
        at = 200 + dice.uniform(0, 30)
        for _ in range(dice.choice((1, 2, 3))):
            body = (
                _line(dice, fresh) if dice.random() < 0.7 else dice.choice(("hello?", "test", "??"))
            )
            for again in range(dice.randrange(2, 7)):
                at += dice.uniform(0.2, 6)
                # A copy that is refused costs nobody anything.
                yield Sent(at, user, text(body), is_counted=again == 0)
    for user in people:
        at = 330 + dice.uniform(0, 60)
        sorry = dice.choice(("sorry for the duplicates", "oh, it came five times", "server hiccup"))
        yield Sent(at, user, text(sorry))
        yield Sent(at + dice.uniform(20, 90), user, text(_line(dice, fresh)))


@honest
def a_wrong_room(dice: Dice) -> Iterator[Sent]:
    """Newcomers paste twice or into the wrong room, take it back, and write it where it belongs."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 24, servers=24, kind="home")):
        at = number * 30.0
        wrong, right = dice.sample(ROOMS, 2)
        yield join(at, user, wrong)
        yield join(at + 1, user, right)
        body, label = fresh.line(HELP), f"wrong{number}"
        at += dice.uniform(10, 30)
        if number % 3 == 0:
            body = f"{body} {body}"  # pasted twice
        yield Sent(at, user, text(body), room_id=wrong, label=label)
        at += dice.uniform(4, 15)
        if number % 2:
            yield Sent(at, user, text("sorry, wrong room"), room_id=wrong)
        own = {"redacts": REFERENCE + label}
        yield Sent(at + 2, user, own, "m.room.redaction", room_id=wrong)
        at += dice.uniform(4, 15)
        yield Sent(at, user, text(body), room_id=right)
        for _ in range(3):
            at += dice.uniform(15, 60)
            yield Sent(at, user, text(_line(dice, fresh)), room_id=right)


@honest
def deleted_and_written_anew(dice: Dice) -> Iterator[Sent]:
    """Newcomers without an edit function delete what they wrote, and write it better, thrice."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 20, servers=20, kind="home")):
        at = number * 25.0
        room_id = dice.choice(ROOMS)
        yield join(at, user, room_id)
        body = fresh.line(HELP)
        for attempt in range(4):
            at += dice.uniform(6, 20)
            label = f"{number} {attempt}"
            words = body.split()
            if attempt < 3 and len(words) > 3:
                words[dice.randrange(len(words))] = dice.letters(5)
            yield Sent(at, user, text(" ".join(words)), room_id=room_id, label=label)
            if attempt < 3:
                own = {"redacts": REFERENCE + label}
                at += dice.uniform(2, 8)
                yield Sent(at, user, own, "m.room.redaction", room_id)
        for _ in range(3):
            at += dice.uniform(10, 50)
            yield Sent(at, user, text(_line(dice, fresh)), room_id=room_id)


@honest
def corrections(dice: Dice) -> Iterator[Sent]:
    """People correct one message up to eight times within a minute or two."""
    fresh = Fresh(dice)
    people = [*newcomers(dice, 16, servers=16, kind="home"), *dice.sample(MEMBERS, 8)]
    for number, user in enumerate(people):
        at = number * 20.0
        if number < 16:
            yield join(at, user)
        at += dice.uniform(10, 30)
        body, label = fresh.line(HELP), f"said{number}"
        yield Sent(at, user, text(body), label=label)
        for edit in range(dice.choice((3, 5, 8))):
            at += dice.uniform(2, 12)
            corrected = _with_typing_error(dice, body) if edit % 2 == 0 else body
            yield Sent(at, user, edit_of(REFERENCE + label, corrected))
        for _ in range(2):
            at += dice.uniform(15, 60)
            yield Sent(at, user, text(_line(dice, fresh)))


def _log_line(dice: Dice) -> str:
    stamp = f"2026-11-30T{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}Z"
    parts = (
        f"{stamp} INFO  http: GET /api/v1/items/{dice.randrange(9_999)} 200 {dice.randrange(90)}ms",
        f"{stamp} WARN  db: slow query ({dice.randrange(900)} ms): SELECT * FROM events",
        f'{stamp} ERROR worker[{dice.randrange(9)}]: KeyError("{dice.letters(8)}")',
        f'  File "/usr/lib/python3/site-packages/{dice.letters(6)}.py", line {dice.randrange(900)}',
        f"[{dice.randrange(99_999)}.{dice.randrange(999)}] usb 1-{dice.randrange(9)}: new device",
        f"{stamp} connect to https://cdn.{dice.letters(6)}.example/{dice.letters(5)} timed out",
    )
    return dice.choice(parts)


@honest
def a_log_in_several_messages(dice: Dice) -> Iterator[Sent]:
    """Newcomers paste a log of sixty lines as several messages, one right after the other."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 16, servers=16, kind="home")):
        at = number * 40.0
        room_id = ROOMS[1 + number % 2]
        yield join(at, user, room_id)
        at += dice.uniform(10, 40)
        yield Sent(at, user, text(fresh.line(HELP)), room_id=room_id, label=f"q{number}")
        at += dice.uniform(5, 30)
        wish = text("please paste the log") | reply_to(f"{REFERENCE}q{number}")
        yield Sent(at, dice.choice(MEMBERS), wish, room_id=room_id)
        at += dice.uniform(10, 40)
        lines = [_log_line(dice) for _ in range(60)]
        parts = dice.choice((3, 4, 6))
        for part in range(parts):
            chunk = "\n".join(lines[part * 60 // parts : (part + 1) * 60 // parts])
            content = text(f"```\n{chunk}\n```" if number % 2 else chunk)
            yield Sent(at, user, content, room_id=room_id)
            at += dice.uniform(1.5, 8)
        for _ in range(3):
            at += dice.uniform(15, 60)
            yield Sent(at, user, text(_line(dice, fresh)), room_id=room_id)


@honest
def six_photos_in_a_row(dice: Dice) -> Iterator[Sent]:
    """A member asks a newcomer for photos, who sends six with captions, the first as an answer."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 14, servers=14, kind="home")):
        at = number * 50.0
        room_id = ROOMS[1 + number % 2]
        yield join(at, user, room_id)
        at += dice.uniform(10, 30)
        yield Sent(at, user, text(fresh.line(HELP)), room_id=room_id, label=f"q{number}")
        at += dice.uniform(10, 30)
        wish = dice.choice(("can you send photos of all sides?", "pictures please, of everything",
                            "post some photos of it"))  # fmt: skip
        asked = text(wish, **{"m.mentions": {"user_ids": [user]}}) | reply_to(
            f"{REFERENCE}q{number}"
        )
        yield Sent(at, dice.choice(MEMBERS), asked, room_id=room_id, label=f"wish{number}")
        at += dice.uniform(20, 60)
        for part in range(6):
            caption = dice.choice(CAPTIONS)
            photo = picture(dice, caption or "IMG.jpg", filename=f"IMG_{part}.jpg")
            if part == 0 or number % 2:
                photo |= reply_to(f"{REFERENCE}wish{number}")
            yield Sent(at, user, photo, room_id=room_id)
            at += dice.uniform(1, 6)
        yield Sent(at + 20, user, text("that's all of them"), room_id=room_id)


@honest
def every_message_twice(dice: Dice) -> Iterator[Sent]:
    """A mobile client on a bad line sends each message twice or thrice, for twenty messages."""
    lines = Lines(dice)
    for number, user in enumerate(newcomers(dice, 10, servers=10, kind="home")):
        at = number * 30.0
        room_id = ROOMS[number % 4]
        yield join(at, user, room_id)
        for _ in range(10):
            at += dice.uniform(15, 70)
            content = text(lines.next())
            for again in range(dice.choice((1, 2, 2, 3))):
                yield Sent(at + again * dice.uniform(0.5, 4), user, content, room_id=room_id)


@honest
def one_announcement_in_every_room(dice: Dice) -> Iterator[Sent]:
    """Newcomers and members tell the same news in three or four rooms, and once more later."""
    fresh = Fresh(dice)
    people = [*newcomers(dice, 12, servers=12, kind="home"), *dice.sample(MEMBERS, 4)]
    for number, (user, news) in enumerate(
        zip(people, dice.sample(ANNOUNCED, len(people)), strict=True)
    ):
        at = number * 60.0
        if number < 12:
            for place, room_id in enumerate(ROOMS):
                yield join(at + place, user, room_id)
            yield Sent(at + 15, user, text(_line(dice, fresh)))
        body = news.format(
            place=dice.choice(PLACES), day=dice.choice(DAYS), clock=dice.randrange(9, 21)
        )
        at += dice.uniform(30, 90)
        for room_id in dice.sample(ROOMS, dice.choice((3, 4))):
            at += dice.uniform(5, 40)
            yield Sent(at, user, text(body), room_id=room_id)
        yield Sent(at + dice.uniform(900, 3_000), user, text(body))
