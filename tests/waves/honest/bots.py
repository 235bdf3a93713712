"""Honest bots that nobody named in the policy: feeds, builds, forges, alerts, the weather."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, newcomers, reply_to, text
from tests.waves.ham import Lines
from tests.waves.kinds import honest_bot
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.crowds import (
    ALERT_CAUSES,
    ALERT_NAMES,
    ALERTS,
    BUILD_LINES,
    CITIES,
    FORGE_LINES,
    HEADLINES,
    ISSUES,
    WEATHER,
)


def bot_comes(user_id: str, name: str, *rooms: str, at: float = 0) -> Iterator[Sent]:
    """Let a bot join at a moderator's invitation."""
    for room_id in rooms or (ROOMS[0],):
        invited = {"membership": "invite", "displayname": name}
        yield Sent(at, MODERATOR, invited, "m.room.member", room_id, user_id)
        yield join(at + 2, user_id, room_id, name)


def notice(body: str) -> dict[str, str]:
    return {"msgtype": "m.notice", "body": body}


def rich(body: str, html: str, kind: str = "m.notice") -> dict[str, str]:
    """Return a message with its HTML, as most bots send them."""
    html_format = "org.matrix.custom.html"
    return {"msgtype": kind, "body": body, "format": html_format, "formatted_body": html}


def sha(dice: Dice) -> str:
    return f"{dice.getrandbits(28):07x}"


def talk(dice: Dice, start: float, end: float, every: float = 20) -> Iterator[Sent]:
    """Yield what members say meanwhile."""
    lines = Lines(dice)
    at = start
    while at < end:
        at += dice.uniform(0.3 * every, 1.7 * every)
        yield Sent(at, dice.choice(MEMBERS), text(lines.next()))


def _item(dice: Dice, feed: str, host: str) -> dict[str, str]:
    title = dice.pick(HEADLINES)
    path = dice.choice(
        (
            f"2026/{dice.randrange(1, 13):02}/{title.split()[0].lower()}-{dice.letters(4)}",
            f"item?id={dice.randrange(10**7, 10**8)}",
            f"p/{dice.letters(8)}",
            f"articles/{dice.randrange(10**5)}.html",
        )
    )
    link = f"https://{host}/{path}"
    return rich(
        f"{feed}: {title} ( {link} )", f'<strong>{feed}</strong>: <a href="{link}">{title}</a>'
    )


def _feeds(dice: Dice) -> list[tuple[str, str]]:
    names = dice.sample(
        ("Valley Courier", "Lab Notes", "Kernel Digest", "Harbour News", "The Pocket Review",
         "Open Maps Blog", "Tea & Types", "Green Grid", "Night Sky Weekly", "Small Web"), 5
    )  # fmt: skip
    endings = ("example", "com", "org", "news", "blog", "net", "io")
    return [
        (name, f"{name.lower().replace(' & ', '').replace(' ', '')}.{dice.choice(endings)}")
        for name in names
    ]


@honest_bot(most_refused_percent=5)
def a_feed_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot posts the articles of five sites, one every minute or two."""
    bot, feeds = f"@rss{dice.randrange(99)}:feeds{dice.randrange(20)}.example", _feeds(dice)
    yield from bot_comes(bot, "RSS")
    at = 30.0
    for _ in range(45):
        at += dice.uniform(25, 140)
        yield Sent(at, bot, _item(dice, *dice.choice(feeds)))
    yield from talk(dice, 10, at)


@honest_bot(most_refused_percent=15)
def a_feed_bot_that_polls(dice: Dice) -> Iterator[Sent]:
    """A new bot looks at five sites every half an hour, and posts all that is new at once."""
    bot, feeds = "@newsbot:bots.example", _feeds(dice)
    yield from bot_comes(bot, "News", ROOMS[0], ROOMS[3])
    for poll in range(8):
        at = 60 + poll * 1_800.0
        for _ in range(dice.randrange(3, 9)):
            at += dice.uniform(0.4, 2)
            room_id = dice.choice((ROOMS[0], ROOMS[0], ROOMS[3]))
            yield Sent(at, bot, _item(dice, *dice.choice(feeds)), room_id=room_id)
    yield from talk(dice, 10, 3_000, every=60)


@honest_bot(most_refused_percent=15)
def a_build_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot tells the results of builds: several within a minute after each push."""
    host = dice.choice(("ci.example.org", "builds.example.net", "jenkins.projects.example"))
    bot = f"@ci-{dice.letters(3)}:{host.partition('.')[2]}"
    yield from bot_comes(bot, "CI")
    number, at = dice.randrange(200, 9_000), 20.0
    templates = dice.sample(BUILD_LINES[dice.half :: 2], 3)
    for _ in range(18):
        at += dice.uniform(30, 200)
        branch = dice.choice(("main", "main", "feature/login", "fix-1423", "release/2.4"))
        commit = sha(dice)
        for project in dice.sample(("server", "web", "docs", "cli", "app"), dice.randrange(1, 5)):
            number += 1
            at += dice.uniform(1, 15)
            body = dice.choice(templates).format(
                project=project, n=number, branch=branch, sha=commit, host=host,
                m=dice.randrange(1, 30), s=dice.randrange(10, 60),
            )  # fmt: skip
            yield Sent(at, bot, notice(body))
    yield from talk(dice, 10, at, every=30)


@honest_bot(most_refused_percent=5)
def webhooks_of_a_forge(dice: Dice) -> Iterator[Sent]:
    """A new bridge bot tells what happens in repositories: pushes, issues, comments, tags."""
    host = dice.choice(("github.com", "gitlab.com", "codeberg.org", "git.coop.example"))
    bot = dice.choice(("@hookshot:bridges.example", "@_github_app:hooks.example"))
    yield from bot_comes(bot, "Forge", ROOMS[2])
    at = 10.0
    for _ in range(70):
        at += dice.choice((dice.uniform(0.5, 4), dice.uniform(10, 120)))
        body = dice.pick(FORGE_LINES).format(
            who=dice.choice(("ada", "ben-w", "octo", "renovate[bot]", "li-na")), host=host,
            org="coop", project=dice.choice(("app", "site")), n=dice.randrange(100, 999),
            m=dice.randrange(2, 9), s=dice.randrange(1, 9), sha=sha(dice), sha2=sha(dice),
            branch=dice.choice(("main", "dev")), title=dice.choice(ISSUES),
        )  # fmt: skip
        what, _, link = body.rpartition(" ")
        yield Sent(at, bot, rich(body, f'<p>{what} <a href="{link}">{link}</a></p>'),
                   room_id=ROOMS[2])  # fmt: skip


@honest_bot(most_refused_percent=30)
def an_alert_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot sends alerts of a monitoring system: dozens within two minutes of an outage."""
    bot = "@alertmanager:ops.example"
    yield from bot_comes(bot, "Alerts")
    templates = ALERTS[dice.half :: 2]
    for start, count in ((30.0, 3), (400.0, 30), (520.0, 25), (900.0, 2)):
        at = start
        for _ in range(count):
            at += dice.uniform(0.5, 6)
            body = dice.choice(templates).format(
                name=dice.choice(ALERT_NAMES), host=f"web{dice.randrange(1, 20)}.ops.example",
                what=dice.choice(ALERT_CAUSES), m=dice.randrange(2, 30), s=dice.randrange(1, 99),
            )  # fmt: skip
            yield Sent(at, bot, notice(body) if dice.random() < 0.6 else text(body))
    yield from talk(dice, 400, 1_000, every=10)


@honest_bot(most_refused_percent=5)
def a_weather_bot(dice: Dice) -> Iterator[Sent]:
    """A new bot answers commands, of newcomers too, and warns of storms in every room."""
    bot = "@weather:bots.example"
    yield from bot_comes(bot, "Weather", *ROOMS)
    people = [*dice.sample(MEMBERS, 6), *newcomers(dice, 4, servers=4, kind="home")]
    for user in people[6:]:
        yield join(dice.uniform(0, 30), user)
    at = 40.0
    for number in range(30):
        at += dice.uniform(5, 60)
        city, label = dice.choice(CITIES), f"asked{number}"
        yield Sent(at, dice.choice(people), text(f"!weather {city}"), label=label)
        body = dice.pick(WEATHER).format(city=city, t=dice.randrange(1, 30), w=dice.randrange(3, 9))
        yield Sent(at + dice.uniform(0.3, 2), bot, notice(body) | reply_to(REFERENCE + label))
    warning = f"⚠️ Official warning for {dice.choice(CITIES)}: heavy snow from 18:00 until noon"
    for place, room_id in enumerate(ROOMS):
        yield Sent(at + 60 + place, bot, notice(warning), room_id=room_id)
        yield Sent(at + 3_660 + place, bot, notice(f"{warning} (extended)"), room_id=room_id)


@honest_bot(most_refused_percent=2)
def a_bot_that_tells_titles(dice: Dice) -> Iterator[Sent]:
    """A new bot answers each link with the title of its page, whoever posted it."""
    bot = "@titles:bots.example"
    yield from bot_comes(bot, "Titles")
    at = 20.0
    for number, title in enumerate(HEADLINES * 2):
        at += dice.uniform(5, 50)
        host = dice.choice(("en.wikipedia.org/wiki", "youtu.be", "blog.example.org",
                            f"{dice.letters(7)}.com", "github.com/coop"))  # fmt: skip
        label = f"link{number}"
        body = f"https://{host}/{dice.letters(6)}"
        yield Sent(at, dice.choice(MEMBERS), text(body), label=label)
        said = notice(f"[ {title} ] - {host.partition('/')[0]}")
        yield Sent(at + dice.uniform(0.3, 2), bot, said | reply_to(REFERENCE + label))
