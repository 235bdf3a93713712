"""Waves of abuse known from public rooms, as the events of the abusers."""

# ruff: noqa: RUF001 - look-alike letters are what some of this is about

import string
from collections.abc import Callable, Iterator
from random import Random  # noqa: TID251 - seeded: the same in every run
from typing import Any

from tests.waves.ham import text
from tests.waves.simulated_community import MEMBERS, MODERATOR, ROOMS, Sent

Scenario = Callable[[Random], Iterator[Sent]]
SCENARIOS: dict[str, Scenario] = {}
START = 300.0


def scenario(make: Scenario) -> Scenario:
    """Add a wave under the name of its function."""
    SCENARIOS[make.__name__.replace("_", " ")] = make
    return make


def accounts(chance: Random, count: int, servers: int = 3) -> list[str]:
    """Return fresh accounts on servers where anybody may register."""
    letters = string.ascii_lowercase
    names = ("".join(chance.choices(letters, k=9)) for _ in range(count))
    return [f"@{name}:open{place % servers}.example" for place, name in enumerate(names)]


def joins(chance: Random, users: list[str], at: float, over: float) -> Iterator[Sent]:
    """Let users join every room; a join is no abuse by itself."""
    for user_id in users:
        profile = {"membership": "join", "displayname": user_id[1:10]}
        moment = at + chance.uniform(0, over)
        for room_id in ROOMS:
            yield Sent(
                moment, user_id, profile, "m.room.member", room_id, user_id, is_counted=False
            )


def abuse(at: float, sender: str, content: dict[str, Any], **more: Any) -> Sent:
    return Sent(at, sender, content, is_abuse=True, **more)


def mxc(chance: Random, server: str = "open0.example") -> str:
    return f"mxc://{server}/{chance.getrandbits(120):030x}"


def event_id(chance: Random) -> str:
    return f"${chance.getrandbits(256):064x}"[:44]


@scenario
def picture_flood(chance: Random) -> Iterator[Sent]:
    """Vile pictures by many new accounts in all rooms, with a few words and calls beside them."""
    users = accounts(chance, 20)
    yield from joins(chance, users, START, 30)
    for number in range(200):
        info = {"mimetype": "image/jpeg", "size": chance.randrange(50_000, 60_000), "w": 800}
        picture = {"msgtype": "m.image", "body": "look.jpg", "url": mxc(chance), "info": info}
        at = START + 40 + number * 0.6
        yield abuse(at, chance.choice(users), picture, room_id=chance.choice(ROOMS))


@scenario
def encrypted_picture_flood(chance: Random) -> Iterator[Sent]:
    """The same with encrypted files, stickers, pictures in HTML and in reactions."""
    users = accounts(chance, 12)
    yield from joins(chance, users, START, 30)
    for number in range(120):
        file = {"url": mxc(chance), "key": {"k": "a" * 43}, "iv": "b" * 22, "v": "v2"}
        html = {"format": "org.matrix.custom.html", "formatted_body": f'<img src="{mxc(chance)}">'}
        relation = {"rel_type": "m.annotation", "event_id": event_id(chance), "key": mxc(chance)}
        content, kind = (
            ({"msgtype": "m.file", "body": "x", "file": file}, "m.room.message"),
            ({"body": "x", "url": mxc(chance), "info": {}}, "m.sticker"),
            (text("x") | html, "m.room.message"),
            ({"m.relates_to": relation}, "m.reaction"),
        )[number % 4]
        at = START + 40 + number * 1.1
        yield abuse(at, chance.choice(users), content, type=kind, room_id=chance.choice(ROOMS))


@scenario
def invitations(chance: Random) -> Iterator[Sent]:
    """A newcomer invites everybody whose name can be found."""
    users = accounts(chance, 3)
    yield from joins(chance, users, START, 10)
    for number in range(150):
        invited = f"@person{number}:example.com"
        content = {"membership": "invite", "reason": "see our new room"}
        at = START + 20 + number * 2
        sender = users[number % 3]
        yield abuse(at, sender, content, type="m.room.member", state_key=invited)


@scenario
def mention_bombs(chance: Random) -> Iterator[Sent]:
    """Everybody is called: by the list, by pills, by plain names, in edits, and all at once."""
    users = accounts(chance, 6)
    yield from joins(chance, users, START, 10)
    for number in range(90):
        called = chance.sample(MEMBERS, 25)
        names = [user_id[1:].partition(":")[0].title() for user_id in called]
        pills = " ".join(f'<a href="https://matrix.to/#/{user_id}">x</a>' for user_id in called)
        listed = {"m.mentions": {"user_ids": called}}
        html = {"format": "org.matrix.custom.html", "formatted_body": pills}
        replace = {"rel_type": "m.replace", "event_id": event_id(chance)}
        content = (
            text("hi") | listed,
            text("hi") | html,
            text("hey " + " ".join(called)),
            text("* hi") | {"m.new_content": text("hi") | listed, "m.relates_to": replace},
            text(f"@room wake up {number}") | {"m.mentions": {"room": True}},
            text("look " + ", ".join(names)),
        )[number % 6]
        yield abuse(START + 20 + number * 3, users[number % 6], content)


@scenario
def slow_mention_bombs(chance: Random) -> Iterator[Sent]:
    """Four people in each of many messages."""
    (user,) = accounts(chance, 1)
    yield from joins(chance, [user], START, 1)
    for number in range(60):
        content = {"m.mentions": {"user_ids": chance.sample(MEMBERS, 4)}}
        body = f"{chance.choice(('hey', 'hello', 'yo'))} {chance.getrandbits(30)}"
        yield abuse(START + 20 + number * 6, user, text(body) | content)


@scenario
def raid(chance: Random) -> Iterator[Sent]:
    """Sixty accounts of one server come within a minute, and each insults everybody."""
    users = accounts(chance, 60, servers=1)
    yield from joins(chance, users, START, 60)
    words = ("losers", "clowns", "stupid", "hate", "you", "all", "this", "room", "is", "trash")
    for number in range(360):
        at = START + 62 + number * 0.4
        body = " ".join(chance.choices(words, k=chance.randrange(4, 12)))
        yield abuse(at, users[number % 60], text(body), room_id=chance.choice(ROOMS))


@scenario
def one_flood(chance: Random) -> Iterator[Sent]:
    """One account writes as fast as it can, of all kinds."""
    (user,) = accounts(chance, 1)
    yield from joins(chance, [user], START, 1)
    for number in range(600):
        relation = {"rel_type": "m.annotation", "event_id": event_id(chance), "key": "💩"}
        content, kind = (
            (text(f"{chance.getrandbits(60)}"), "m.room.message"),
            (text("a"), "m.room.message"),
            ({"m.relates_to": relation}, "m.reaction"),
            ({"redacts": event_id(chance)}, "m.room.redaction"),
        )[chance.randrange(4)]
        at = START + 20 + number * 0.2
        yield abuse(at, user, content, type=kind, room_id=chance.choice(ROOMS))


@scenario
def a_members_flood(chance: Random) -> Iterator[Sent]:
    """The account of somebody known was taken over."""
    for number in range(1_200):
        body = f"buy now {chance.getrandbits(40):x}"
        at = START + number * 0.05
        yield abuse(at, MEMBERS[0], text(body), room_id=ROOMS[number % 4])


@scenario
def advertisements(chance: Random) -> Iterator[Sent]:
    """The same offer in varied words, from many accounts that said hello first."""
    users = accounts(chance, 15)
    yield from joins(chance, users, START, 60)
    for user in users:
        words = ("hello", "hi there", "good evening", "greetings", "nice room", "hey people")
        hello = " ".join(chance.sample(words, k=2))
        yield Sent(START + 65 + chance.uniform(0, 20), user, text(hello), is_counted=False)
    openings = ("Hi friends,", "Good day,", "Hello dear members,", "🔥", "ATTENTION!", "")
    for number in range(150):
        amount = chance.choice(("$500", "300 usdt", "2000€", "10%"))
        body = (
            f"{chance.choice(openings)} I earned {amount} in one week with the help of "
            f"{chance.choice(('Mrs. Clara', 'manager Tom', 'expert Lisa'))}, a trusted account "
            "manager who trades for you with guaranteed profit and no risk at all, "
            f"{chance.choice(('message', 'contact', 'text'))} her on "
            f"{chance.choice(('telegram', 'whatsapp'))} "
            f"https://t.me/{''.join(chance.choices(string.ascii_lowercase, k=8))}"
        )
        at = START + 95 + number * 2
        yield abuse(at, users[number % 15], text(body), room_id=chance.choice(ROOMS))


@scenario
def links_to_many_domains(chance: Random) -> Iterator[Sent]:
    """Messages of nearly the same words, each with another domain."""
    users = accounts(chance, 10)
    yield from joins(chance, users, START, 30)
    for number in range(120):
        domain = "".join(chance.choices(string.ascii_lowercase, k=10))
        body = (
            f"The foundation gives back to its community today, connect your wallet and claim "
            f"{chance.randrange(100, 999)} tokens before midnight: https://{domain}.xyz/claim"
        )
        at = START + 40 + number * 1.5
        yield abuse(at, users[number % 10], text(body), room_id=chance.choice(ROOMS))


@scenario
def disguised_links(chance: Random) -> Iterator[Sent]:
    """Labels that show one address and lead to another, and domains that look like others."""
    users = accounts(chance, 8)
    yield from joins(chance, users, START, 30)
    for number in range(80):
        other = "".join(chance.choices(string.ascii_lowercase, k=10))
        label = f'<a href="https://{other}.top/login">https://github.com/project</a> {number}'
        content = (
            text(f"fixed in this commit {number}")
            | {"format": "org.matrix.custom.html", "formatted_body": label},
            text(f"see https://gіthub.com/{other}"),
            text(f"join https://discord.gg/{other}"),
            text(f"https://bit.ly/{other} {number}"),
        )[number % 4]
        yield abuse(START + 40 + number * 4, users[number % 8], content)


@scenario
def names_that_are_posters(chance: Random) -> Iterator[Sent]:
    """Advertisements as names, in user IDs, and the moderator's name in other letters."""
    posters = [
        "💰 Join t.me/coins_for_all and get rich 💰",
        "VISIT https://casino.example NOW",
        "Hеlena",
        "H\u200be\u200blena",
        "x" * 300,
        "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307 b\u0301\u0302\u0303\u0304\u0305\u0306",
    ]
    users = accounts(chance, 6)
    sentence = "@you_all_should_visit_our_brand_new_casino_now_friends:open0.example"
    content = {"membership": "join"}
    yield Sent(START, sentence, content, "m.room.member", ROOMS[0], sentence, is_counted=False)
    for user, poster in zip(users, posters, strict=True):
        profile = {"membership": "join", "displayname": poster}
        yield Sent(START, user, profile, "m.room.member", ROOMS[0], user, is_counted=False)
    for number in range(90):
        sender = [*users, sentence][number % 7]
        yield abuse(START + 20 + number * 5, sender, text(f"hello {number}"))


@scenario
def profile_changes(chance: Random) -> Iterator[Sent]:
    """A joined account changes its name every second."""
    (user,) = accounts(chance, 1)
    content = {"membership": "join"}
    yield Sent(START, user, content, "m.room.member", ROOMS[0], user, is_counted=False)
    for number in range(120):
        profile = {"membership": "join", "displayname": f"Guest {chance.getrandbits(20)}"}
        at = START + 20 + number
        yield abuse(at, user, profile, type="m.room.member", state_key=user)


@scenario
def walls_of_text(chance: Random) -> Iterator[Sent]:
    """Piled marks, reversed writing, invisible padding, blank lines, endless words."""
    users = accounts(chance, 5)
    yield from joins(chance, users, START, 10)
    for number in range(100):
        zalgo = "".join(c + "\u0334\u0321\u035d\u0489\u0338\u0322" for c in f"he comes {number}")
        body = (
            zalgo,
            f"\u202e{number} moc.elpmaxe ot og",
            f"{number}" + "\u200b" * 400,
            f"{number}" + "\n" * 120 + "read this",
            chance.choice("AW#█") * 3_000 + str(number),
        )[number % 5]
        yield abuse(START + 20 + number * 5, users[number % 5], text(body))


@scenario
def spam_in_edits(chance: Random) -> Iterator[Sent]:
    """Harmless messages are edited into advertisements."""
    users = accounts(chance, 8)
    yield from joins(chance, users, START, 30)
    for number in range(96):
        other = "".join(chance.choices(string.ascii_lowercase, k=7))
        spam = (
            "Our trading group doubles your deposit every week, guaranteed profit for all members, "
            f"write to the manager at https://t.me/{other}"
        )
        edit = {
            "m.new_content": text(spam),
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id(chance)},
        }
        at = START + 40 + number * 3
        yield abuse(at, users[number % 8], text("* good morning") | edit)


@scenario
def reactions(chance: Random) -> Iterator[Sent]:
    """Reactions with sentences, with pictures, and very many of them."""
    users = accounts(chance, 3)
    yield from joins(chance, users, START, 10)
    for number in range(300):
        key = (
            f"visit our site casino.example for a bonus of {number} euros today",
            mxc(chance),
            chance.choice("🤮💩🖕🍆"),
        )[0 if number % 10 == 0 else 1 if number % 10 == 1 else 2]
        relation = {"rel_type": "m.annotation", "event_id": event_id(chance), "key": key}
        at = START + 20 + number * 0.3
        yield abuse(at, users[number % 3], {"m.relates_to": relation}, type="m.reaction")


@scenario
def malformed_events(chance: Random) -> Iterator[Sent]:
    """Wrong types in known events, and giants."""
    users = accounts(chance, 4)
    yield from joins(chance, users, START, 10)
    shapes: list[tuple[dict[str, Any], str]] = [
        ({"msgtype": "m.text", "body": {"a": 1}}, "m.room.message"),
        ({"msgtype": ["m.text"], "body": "x"}, "m.room.message"),
        ({"msgtype": "m.text", "body": "x", "format": 5, "formatted_body": []}, "m.room.message"),
        ({"msgtype": "m.text", "body": "x", "m.relates_to": "reply"}, "m.room.message"),
        ({"m.relates_to": {"rel_type": "m.annotation", "event_id": 7, "key": {}}}, "m.reaction"),
        ({"body": 3, "url": None, "info": []}, "m.sticker"),
        ({"msgtype": "m.text", "body": "x", "org.example.blob": "y" * 20_000}, "m.room.message"),
        ({"anything": "y" * 500}, "org.example.custom"),
    ]
    for number in range(120):
        content, kind = shapes[number % len(shapes)]
        at = START + 20 + number * 2
        yield abuse(at, users[number % 4], content | {"n": number}, type=kind)


@scenario
def polls_calls_and_stickers(chance: Random) -> Iterator[Sent]:
    """Whatever rings or fills the screen without being a message."""
    users = accounts(chance, 4)
    yield from joins(chance, users, START, 10)
    poll = {"question": {"m.text": "buy?"}, "kind": "m.disclosed", "answers": []}
    kinds: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({"org.matrix.msc3381.poll.start": poll}, "org.matrix.msc3381.poll.start", {}),
        ({"m.poll": poll}, "m.poll.start", {}),
        ({"call_id": "1", "version": "1", "lifetime": 60_000, "offer": {}}, "m.call.invite", {}),
        ({"url": "mxc://a/b", "body": "sticker", "info": {}}, "m.sticker", {}),
        ({"msgtype": "m.location", "body": "here", "geo_uri": "geo:1,2"}, "m.room.message", {}),
        (
            {"msgtype": "m.audio", "body": "v", "url": "mxc://a/c", "m.voice": {}},
            "m.room.message",
            {},
        ),
        (text("stays on top"), "m.room.message", {"msc4354_sticky": {"duration_ms": 3_600_000}}),
    ]
    for number in range(105):
        content, kind, beside = kinds[number % len(kinds)]
        at = START + 20 + number * 4
        yield abuse(at, users[number % 4], content | {"n": number}, type=kind, beside=beside)


@scenario
def redactions(chance: Random) -> Iterator[Sent]:
    """A member who may not do it asks servers to redact everybody's messages."""
    (user,) = accounts(chance, 1)
    yield from joins(chance, [user], START, 1)
    for number in range(400):
        content = {"redacts": event_id(chance)}
        yield abuse(START + 20 + number * 0.2, user, content, type="m.room.redaction")


@scenario
def events_of_the_future(chance: Random) -> Iterator[Sent]:
    """Times far ahead keep a message at the bottom of every timeline."""
    users = accounts(chance, 2)
    yield from joins(chance, users, START, 10)
    for number in range(60):
        ahead_ms = chance.choice((3_600_000, 86_400_000, 400 * 86_400_000))
        body = f"read me {chance.getrandbits(40)}"
        yield abuse(START + 20 + number * 9, users[number % 2], text(body), ahead_ms=ahead_ms)


@scenario
def ciphertext_in_the_open(chance: Random) -> Iterator[Sent]:
    """Encrypted events, into which no filter can look, in a room without encryption."""
    users = accounts(chance, 4)
    yield from joins(chance, users, START, 10)
    for number in range(100):
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": "".join(chance.choices(string.ascii_letters, k=600)),
            "session_id": "s" * 43,
            "sender_key": "k" * 43,
            "device_id": "ABCDEFGHIJ",
        }
        at = START + 20 + number * 4
        yield abuse(at, users[number % 4], content, type="m.room.encrypted")


@scenario
def the_moderators_at_work(chance: Random) -> Iterator[Sent]:
    """Honest: a moderator cleans up at great speed, and must not be stopped."""
    for number in range(120):
        content = {"redacts": event_id(chance)}
        yield Sent(START + number * 0.3, MODERATOR, content, "m.room.redaction")
    for number in range(30):
        called = {"m.mentions": {"user_ids": list(MEMBERS[:20])}}
        yield Sent(START + 40 + number, MODERATOR, text(f"please calm down {number}") | called)
