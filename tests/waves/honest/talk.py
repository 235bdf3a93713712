"""Honest talk that resembles abuse: support, talk about spam, pictures asked for, mistakes."""

from collections.abc import Iterator

from tests.waves.dice import (
    Dice,
    edit_of,
    event_id,
    join,
    mxc,
    newcomers,
    picture,
    quoting_reply,
    reaction,
    reply_to,
    text,
)
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import ABOUT_SPAM, CHAT, SUPPORT
from tests.waves.texts.fresh import Fresh
from tests.waves.texts.pasted import PASTED


@honest
def support(dice: Dice) -> Iterator[Sent]:
    """Eight newcomers are helped by four members: logs, errors, wallets, per cent, addresses."""
    fresh = Fresh(dice)
    helped = newcomers(dice, 8, servers=8, kind="home")
    helpers = dice.sample(MEMBERS, 4)
    for user in helped:
        yield join(dice.uniform(0, 60), user)
    at = 70.0
    for number in range(160):
        at += dice.uniform(2, 12)
        who = dice.choice(helped if dice.random() < 0.7 else helpers)
        draw = dice.random()
        if draw < 0.05:
            log = "\n".join(
                f"2026-03-02 11:{dice.randrange(60):02}:{dice.randrange(60):02} "
                f"{dice.choice(('INFO', 'WARN', 'ERROR'))} sync: block {dice.randrange(10**6)} "
                f"hash {dice.getrandbits(128):032x}"
                for _ in range(dice.randrange(6, 25))
            )
            yield Sent(at, who, text(f"```\n{log}\n```"))
        elif draw < 0.12:
            yield Sent(at, who, reaction(event_id(dice), dice.choice("👍❤🙏")), "m.reaction")
        elif draw < 0.2:
            label = f"said{number}"
            body = fresh.line(SUPPORT)
            yield Sent(at, who, text(body), label=label)
            yield Sent(at + 5, who, edit_of(REFERENCE + label, body + " (edited)"))
        else:
            yield Sent(at, who, text(fresh.line(SUPPORT)))


@honest
def pictures_asked_for(dice: Dice) -> Iterator[Sent]:
    """A member asks a newcomer for a screenshot or the log, and gets it as an answer."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 20, servers=20, kind="home")):
        at = number * 40.0
        room_id = ROOMS[number % 2]
        helper = dice.choice(MEMBERS)
        yield join(at, user, room_id)
        at += dice.uniform(10, 40)
        asked = f"asked{number}"
        yield Sent(at, user, text(fresh.line(SUPPORT)), room_id=room_id, label=f"q{number}")
        at += dice.uniform(10, 40)
        wish = dice.choice(
            (
                "can you post a screenshot?",
                "please show us the log file",
                "a picture of it would help",
                "kannst du einen Screenshot schicken?",
            )
        )
        said = text(wish, **{"m.mentions": {"user_ids": [user]}}) | reply_to(
            REFERENCE + f"q{number}"
        )
        yield Sent(at, helper, said, room_id=room_id, label=asked)
        at += dice.uniform(20, 60)
        if number % 4 == 3:
            info = {"mimetype": "text/plain", "size": dice.randrange(900, 90_000)}
            url = mxc(dice, "home.example")
            file = {"msgtype": "m.file", "body": "debug.log", "url": url, "info": info}
            yield Sent(at, user, file | reply_to(REFERENCE + asked), room_id=room_id)
        else:
            yield Sent(at, user, picture(dice) | reply_to(REFERENCE + asked), room_id=room_id)
        at += dice.uniform(10, 40)
        yield Sent(at, helper, text("ah, I see the problem"), room_id=room_id)


@honest
def talk_about_spam(dice: Dice) -> Iterator[Sent]:
    """Members and newcomers quote scams, and warn of them."""
    people = [*dice.sample(MEMBERS, 6), *newcomers(dice, 4, servers=4, kind="home")]
    for user in people[6:]:
        yield join(dice.uniform(0, 30), user)
        yield Sent(dice.uniform(35, 60), user, text("hello, what happened here yesterday?"))
    at = 70.0
    for _ in range(2):
        for line in dice.sample(ABOUT_SPAM, len(ABOUT_SPAM)):
            at += dice.uniform(8, 30)
            yield Sent(at, dice.choice(people), text(line))


@honest
def answers_with_quotations(dice: Dice) -> Iterator[Sent]:
    """Newcomers answer messages of today and of last month with the quotations of older clients."""
    fresh = Fresh(dice)
    # The same wallet in many messages is a wave, whoever quotes it.
    old = [line for line in SUPPORT if "bc1q" not in line]
    talk = [*old, *ABOUT_SPAM]
    people = newcomers(dice, 12, servers=8, kind="home")
    for user in people:
        yield join(dice.uniform(0, 60), user)
    news = "Release 4.2 is out, with faster search. Notes: https://project.example/blog/4.2"
    yield Sent(5, MODERATOR, text("Release 4.3 comes soon: https://project.example/blog/4.3"))
    said: list[tuple[str, str, str]] = []
    at = 70.0
    for number in range(160):
        at += dice.uniform(4, 15)
        draw = dice.random()
        if draw < 0.3 or not said:
            line, member = fresh.line(talk), dice.choice(MEMBERS)
            said.append((f"{REFERENCE}a{number}", member, line))
            yield Sent(at, member, text(line), label=f"a{number}")
            continue
        answered = dice.choice(said)
        if draw > 0.9:
            answered = (event_id(dice), MODERATOR, news)
        elif draw > 0.6:
            answered = (event_id(dice), dice.choice(MEMBERS), dice.choice(old))
        yield Sent(at, dice.choice(people), quoting_reply(*answered, fresh.line(CHAT["en"])))


@honest
def pasted_from_elsewhere(dice: Dice) -> Iterator[Sent]:
    """Newcomers paste tickets of one tracker, lines of logs, figures, codes and short links."""
    fresh = Fresh(dice)
    pasted = list(PASTED[dice.half :: 2])
    dice.shuffle(pasted)
    for number, body in enumerate(pasted):
        (user,) = newcomers(dice, 1, kind=f"home{number}x")
        at = number * 30.0
        room_id = ROOMS[number % 3]
        yield join(at, user, room_id)
        pasted_now = dice.filled(
            body,
            number=str(dice.randrange(1_000, 1_000_000)),
            code=dice.letters(5).upper(),
            address=f"203.0.113.{dice.randrange(1, 255)}",
            clock=f"{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}",
        )
        for said in (fresh.line(SUPPORT), pasted_now, *(fresh.line(SUPPORT) for _ in "abc")):
            at += dice.uniform(15, 60)
            yield Sent(at, user, text(said), room_id=room_id)


@honest
def after_a_retry_storm(dice: Dice) -> Iterator[Sent]:
    """A refused picture is sent again and again by the client; then its owner talks on."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 20, servers=20, kind="home")):
        at = number * 25.0
        language = dice.choice(list(CHAT))
        yield join(at, user)
        at += dice.uniform(10, 30)
        yield Sent(at, user, text(fresh.line(CHAT[language])))
        at += dice.uniform(5, 20)
        stuck = picture(dice)
        if number % 2:
            stuck = text("line of a log\n" * 150)
        label = f"stuck{number}"
        yield Sent(at, user, stuck, label=label, is_counted=False)
        for again in range(dice.randrange(8, 15)):
            yield Sent(at + 2 + again * dice.uniform(1, 3), user, stuck, if_refused=label,
                       is_counted=False)  # fmt: skip
        at += 60
        for _ in range(6):
            at += dice.uniform(8, 30)
            yield Sent(at, user, text(fresh.line(CHAT[language])))


@honest
def after_an_own_mistake(dice: Dice) -> Iterator[Sent]:
    """Somebody pastes far too much, or writes far too fast once, and then talks as people do."""
    fresh = Fresh(dice)
    for number, user in enumerate(newcomers(dice, 20, servers=20, kind="home")):
        at = number * 25.0
        language = dice.choice(list(CHAT))
        yield join(at, user)
        at += dice.uniform(10, 30)
        yield Sent(at, user, text(fresh.line(CHAT[language])))
        at += 10
        match number % 4:
            case 0:
                log = "\n".join(f"{dice.getrandbits(200):x}" for _ in range(200))
                yield Sent(at, user, text(log), is_counted=False)
            case 1:
                for one in range(12):
                    yield Sent(at + one * 0.5, user, text(f"{one}"), is_counted=False)
            case 2:
                for one in range(3):
                    yield Sent(at + one * 4, user, picture(dice), is_counted=False)
            case _:
                everybody = " ".join(dice.sample(MEMBERS, 8))
                yield Sent(at, user, text(f"hello {everybody}"), is_counted=False)
        at += 15
        yield Sent(at, user, text(dice.choice(("oh, sorry", "oops, sorry about that", "sorry!"))))
        for _ in range(6):
            at += dice.uniform(8, 40)
            yield Sent(at, user, text(fresh.line(CHAT[language])))


@honest
def first_messages(dice: Dice) -> Iterator[Sent]:
    """Newcomers of fourteen languages write their first twenty messages at a human pace."""
    fresh = Fresh(dice)
    languages = list(CHAT)
    for number, user in enumerate(newcomers(dice, 28, servers=28, kind="home")):
        at = number * 20.0
        room_id = ROOMS[number % 4]
        pool = CHAT[languages[number % len(languages)]]
        yield join(at, user, room_id)
        for place in range(20):
            at += dice.uniform(12, 90)
            label = f"{user}{place}"
            draw = dice.random()
            if draw < 0.08:
                yield Sent(at, user, reaction(event_id(dice), "👍"), "m.reaction", room_id)
                continue
            said = text(fresh.line(pool))
            if draw < 0.2:
                other = dice.choice(MEMBERS)
                said |= {"m.mentions": {"user_ids": [other]}} | reply_to(event_id(dice))
            yield Sent(at, user, said, room_id=room_id, label=label)
            if draw > 0.95:
                edited = edit_of(REFERENCE + label, said["body"] + ".")
                yield Sent(at + 6, user, edited, room_id=room_id)
            elif draw > 0.92:
                own = {"redacts": REFERENCE + label}
                yield Sent(at + 6, user, own, "m.room.redaction", room_id)


@honest
def a_lively_exchange(dice: Dice) -> Iterator[Sent]:
    """Two newcomers and two members in a quick chat: short lines, every few seconds."""
    people = [*newcomers(dice, 2, kind="home"), *dice.sample(MEMBERS, 2)]
    for user in people[:2]:
        yield join(dice.uniform(0, 10), user)
    quick = (
        "really?", "yes", "no way", "haha", "when?", "yesterday", "and then?", "it broke", "oh no",
        "what did you do", "restarted it", "and?", "works again", "nice", "lol", "I know",
        "same here",
        "which version", "the newest", "ah ok", "brb", "back", "so", "what now?", "tea", ":)",
    )  # fmt: skip
    at = 20.0
    for _ in range(120):
        at += dice.uniform(2, 9)
        yield Sent(at, dice.choice(people), text(dice.choice(quick)))


@honest
def the_moderator_at_work(dice: Dice) -> Iterator[Sent]:
    """A moderator cleans up at great speed, and calls everybody to order."""
    for number in range(100):
        content = {"redacts": event_id(dice)}
        yield Sent(number * 0.3, MODERATOR, content, "m.room.redaction")
    for number in range(20):
        called = {"m.mentions": {"user_ids": list(MEMBERS[:20])}}
        yield Sent(40 + number, MODERATOR, text(f"please calm down {number}", **called))
