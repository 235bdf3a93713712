"""Floods by events that are no plain messages, and by what hides in plain ones."""

from collections.abc import Iterator

from tests.waves.abuse.floods import RAID_LINES, varied
from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, come, edit_of, event_id, join, newcomers, text
from tests.waves.ham import WORDS
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK

LOBBY = ROOMS[0]
HTML = "org.matrix.custom.html"


def _line(dice: Dice) -> str:
    return str(dice.pick(RAID_LINES)).format(a=dice.letters(6), b="haha")


@abusive(least_percent=60.0)
def calls_as_state(dice: Dice) -> Iterator[Sent]:
    """Thirty accounts begin and end calls by their own state, again and again."""
    users = newcomers(dice, 30, servers=20)
    yield from come(dice, users, START, 40, rooms=[LOBBY])
    for number in range(450):
        user = users[number % 30]
        content = {"application": "m.call", "call_id": "", "device_id": dice.letters(8),
                   "focus_active": {"type": "livekit"}, "expires": 14_400_000}  # fmt: skip
        yield abuse(START + 45 + number * 0.4, user, content if number // 30 % 2 == 0 else {},
                    type="org.matrix.msc3401.call.member", state_key=f"_{user}_X",
                    attack="calls")  # fmt: skip


@abusive()
def rings_by_many(dice: Dice) -> Iterator[Sent]:
    """Forty accounts ring the room, once each and then again."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 40, rooms=[LOBBY])
    for number in range(120):
        content = {"sender_ts": 0, "lifetime": 30_000, "notification_type": "ring",
                   "m.mentions": {"room": True},
                   "m.relates_to": {"rel_type": "m.reference",
                                    "event_id": event_id(dice)}}  # fmt: skip
        yield abuse(START + 45 + number * 2, users[number % 40], content,
                    type="org.matrix.msc4075.rtc.notification", attack="rings")  # fmt: skip


@abusive(least_percent=80.0)
def places_and_unknown_types(dice: Dice) -> Iterator[Sent]:
    """Twenty accounts post places, beacons, and types that nobody knows."""
    users = newcomers(dice, 20, servers=10)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for number in range(160):
        content, kind = (
            ({"msgtype": "m.location", "body": "here", "geo_uri": f"geo:{number},7"},
             "m.room.message"),
            ({"org.matrix.msc3488.location": {"uri": f"geo:1,{number}"},
              "m.relates_to": {"rel_type": "m.reference", "event_id": event_id(dice)}},
             "org.matrix.msc3672.beacon"),
            ({"body": _line(dice)}, f"org.crows.{dice.letters(5)}"),
            ({"msgtype": f"org.crows.{dice.letters(4)}", "body": _line(dice)}, "m.room.message"),
        )[number % 4]  # fmt: skip
        yield abuse(START + 25 + number * 1.5, users[number % 20], content, type=kind,
                    attack="odd")  # fmt: skip


@abusive(least_percent=90.0)
def votes_that_never_rest(dice: Dice) -> Iterator[Sent]:
    """Twenty accounts change their vote in a poll all the time."""
    users = newcomers(dice, 20, servers=12)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    poll = event_id(dice)
    for number in range(800):
        content = {"org.matrix.msc3381.poll.response": {"answers": [dice.choice("abcd")]},
                   "m.relates_to": {"rel_type": "m.reference", "event_id": poll}}  # fmt: skip
        yield abuse(START + 25 + number * 0.2, users[number % 20], content,
                    type="org.matrix.msc3381.poll.response", attack="votes")  # fmt: skip


@abusive(least_percent=90.0)
def edits_by_many(dice: Dice) -> Iterator[Sent]:
    """Thirty accounts edit one message each, nine times a minute, below what one may."""
    users = newcomers(dice, 30, servers=20)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for number, user in enumerate(users):
        yield Sent(START + 25 + number, user, text("good day"), label=user, is_counted=False)
    for number in range(900):
        user = users[number % 30]
        body = " ".join(dice.sample(WORDS, 6))
        content = edit_of(REFERENCE + user, body)
        yield abuse(START + 60 + number * 0.22, user, content, attack="edits")


@abusive(least_percent=90.0)
def old_messages_that_become_a_raid(dice: Dice) -> Iterator[Sent]:
    """Forty accounts talk for an hour, and edit all they said into a line in variations."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 600, rooms=[LOBBY])
    for number in range(120):
        body = f"{dice.choice(SMALL_TALK)} {dice.choice(WORDS)}"
        yield Sent(START + 620 + number * 25, users[number % 40], text(body),
                   label=f"o{number}", is_counted=False)  # fmt: skip
    line = _line(dice)
    for number in range(120):
        content = edit_of(f"{REFERENCE}o{number}", varied(dice, line))
        yield abuse(START + 3_800 + number * 0.9, users[number % 40], content, attack="raid")


@abusive(least_percent=75.0)
def tiny_messages_of_forty(dice: Dice) -> Iterator[Sent]:
    """Forty accounts write a syllable every quarter of a minute."""
    users = newcomers(dice, 40, servers=25)
    yield from come(dice, users, START, 30, rooms=[LOBBY])
    for number in range(600):
        body = dice.letters(dice.randrange(1, 4))
        yield abuse(START + 35 + number * 0.37, users[number % 40], text(body), attack="tiny")


@abusive()
def threads_of_nonsense(dice: Dice) -> Iterator[Sent]:
    """Thirty accounts open a thread under each message of members, with words that say nothing."""
    users = newcomers(dice, 30, servers=20)
    yield from come(dice, users, START, 30, rooms=[LOBBY])
    for number in range(30):
        said = text(f"topic {number}")
        yield Sent(START + number, MEMBERS[number % 12], said, label=f"t{number}")
    for number in range(450):
        body = " ".join(dice.letters(dice.randrange(3, 8)) for _ in range(4))
        relation = {"rel_type": "m.thread", "event_id": f"{REFERENCE}t{dice.randrange(30)}"}
        yield abuse(START + 35 + number * 0.5, users[number % 30],
                    text(body, **{"m.relates_to": relation}), attack="threads")  # fmt: skip


@abusive(least_percent=50.0)
def comings_and_goings_of_a_hundred(dice: Dice) -> Iterator[Sent]:
    """A hundred accounts join and leave, six times each; leaving counts for nothing."""
    users = newcomers(dice, 100, servers=60)
    for number in range(600):
        user, at = users[number % 100], START + number * 0.9
        yield join(at, user, is_abuse=number >= 200, is_counted=number >= 200, attack="raid")
        yield Sent(at + 20, user, {"membership": "leave"}, "m.room.member", LOBBY, user,
                   is_counted=False)  # fmt: skip


@abusive(least_percent=85.0)
def many_who_invite_two(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts invite two others each, who bring more."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(120):
        invited = f"@{dice.letters(9)}:open{number % 40}.example"
        yield abuse(START + 65 + number * 2, users[number % 60], {"membership": "invite"},
                    type="m.room.member", state_key=invited, attack="raid")  # fmt: skip


@abusive()
def profiles_of_single_messages(dice: Dice) -> Iterator[Sent]:
    """Forty accounts say hello under slogans as profiles of single messages."""
    users, line = newcomers(dice, 40, servers=30), _line(dice)
    yield from come(dice, users, START, 40, rooms=[LOBBY])
    for number in range(120):
        profile = {"id": dice.letters(5), "displayname": varied(dice, line)}
        content = text(dice.choice(SMALL_TALK), **{"com.beeper.per_message_profile": profile})
        yield abuse(START + 45 + number * 1.3, users[number % 40], content, attack="raid")


@abusive()
def large_events_with_little_text(dice: Dice) -> Iterator[Sent]:
    """Twenty accounts say a word in an event of ten kilobytes."""
    users = newcomers(dice, 20, servers=12)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for number in range(120):
        word = dice.choice(WORDS)
        more = (
            {"org.crows.data": dice.letters(10_000)},
            {"format": HTML, "formatted_body": "<b></b>" * 1_400 + word},
            {"format": HTML, "formatted_body": "<i>" * 500 + word + "</i>" * 500},
        )[number % 3]
        yield abuse(START + 25 + number * 2, users[number % 20], text(word, **more), attack="large")


@abusive()
def raid_in_quotations_and_code(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts post a line as code, as a quotation, as a spoiler, in the HTML alone."""
    users, line = newcomers(dice, 60, servers=40), _line(dice)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(200):
        now, word = varied(dice, line), dice.choice(WORDS)
        content = (
            text(f"```\n{now}\n```", format=HTML, formatted_body=f"<pre><code>{now}</code></pre>"),
            text(f"> {now}\n\n{word}", format=HTML,
                 formatted_body=f"<blockquote>{now}</blockquote>{word}"),
            text(f"[Spoiler]({now})", format=HTML,
                 formatted_body=f"<span data-mx-spoiler>{now}</span>"),
            text(word, format=HTML, formatted_body=now),
        )[number % 4]  # fmt: skip
        yield abuse(START + 65 + number * 0.8, users[number % 60], content, attack="raid")
