"""Honest bots that repeat what happens elsewhere: forges, Mastodon, warnings, scores."""

from collections.abc import Iterator

from tests.waves.dice import Dice, reply_to, text
from tests.waves.ham import Lines
from tests.waves.honest.bots import bot_comes, notice, rich, sha, talk
from tests.waves.kinds import honest_bot
from tests.waves.simulated_community import MEMBERS, REFERENCE, Sent

TOOTS = (
    "New blog post about making a sundial from an old bicycle wheel",
    "We moved our servers to the cellar. It is dark but cool here.",
    "Reminder: our assembly is on Thursday at seven, all members are welcome",
    "Looking for volunteers who can solder for two hours on Saturday",
    "This week's picture shows the moon above the harbour",
    "Version 4.1 fixes a bug that made clocks run backwards",
)


@honest_bot(most_refused_percent=15)
def a_mirror_of_mastodon(dice: Dice) -> Iterator[Sent]:
    """A bot posts what an account wrote on Mastodon, and what it boosted."""
    bot = "@mirror:social-bots.example"
    yield from bot_comes(bot, "Toots")
    at, hosts = 20.0, ("chaos.social", "mastodon.social", "fosstodon.org", "toot.cafe")
    for _ in range(50):
        at += dice.uniform(15, 120)
        host, said = dice.choice(hosts), dice.choice(TOOTS)
        link = f"https://{host}/@{dice.letters(6)}/{dice.randrange(10**17, 10**18)}"
        mark = dice.choice(("🔁 ", "", "📯 "))
        yield Sent(at, bot, rich(f"{mark}{said} {link}", f'{mark}{said} <a href="{link}">link</a>'))
    yield from talk(dice, 10, at)


@honest_bot(most_refused_percent=15)
def a_mirror_of_a_forge(dice: Dice) -> Iterator[Sent]:
    """A bot tells pushes, issues, reviews and failed checks of one repository as they happen."""
    bot = "@octo:hooks.example"
    yield from bot_comes(bot, "Forge")
    at, host = 20.0, dice.choice(("https://github.com/coop/app", "https://git.coop.example/app"))
    for _ in range(30):
        at += dice.uniform(20, 200)
        user, number = dice.letters(6), dice.randrange(100, 900)
        for _ in range(dice.choice((1, 1, 2, 5))):
            said = dice.choice((
                f"[coop/app] {user} pushed {dice.randrange(1, 9)}: {host}/commit/{sha(dice)}",
                f"[coop/app] {user} opened #{number}: the list jumps: {host}/issues/{number}",
                f"[coop/app] {user} commented: {host}/issues/{number}#c{dice.randrange(9)}",
                f"[coop/app] lint failed on {sha(dice)}: {host}/runs/{dice.randrange(10**9)}",
                f"[coop/app] {user} approved #{number}: {host}/pull/{number}",
            ))  # fmt: skip
            yield Sent(at, bot, notice(said))
            at += dice.uniform(0.3, 2)
    yield from talk(dice, 10, at, every=60)


@honest_bot(most_refused_percent=35)
def warnings_of_the_weather_service(dice: Dice) -> Iterator[Sent]:
    """A bot posts weather warnings: many districts within a minute when a storm comes."""
    bot = "@warn:weather-bots.example"
    yield from bot_comes(bot, "Warnings")
    districts = ("Nordkreis", "Südkreis", "Hafen", "Insel", "Oberland", "Tal", "Stadt", "Küste")
    at = 20.0
    for _ in range(6):
        at += dice.uniform(900, 3_000)
        moment, wind = at, dice.randrange(60, 120, 5)
        for district in dice.sample(districts, dice.randrange(4, 8)):
            said = (
                f"⚠️ Severe weather warning for {district}: gusts up to {wind} km/h from "
                f"{dice.randrange(12, 20)}:00 until {dice.randrange(20, 24)}:00. Stay inside. "
                f"https://www.weather.example/warnings/{district.lower()}"
            )
            yield Sent(moment, bot, notice(said))
            moment += dice.uniform(1, 9)
    yield from talk(dice, 10, at, every=300)


@honest_bot(most_refused_percent=3)
def a_bot_that_translates(dice: Dice) -> Iterator[Sent]:
    """A bot answers members' messages with a translation of each."""
    bot = "@translate:language-bots.example"
    yield from bot_comes(bot, "Translate")
    lines = Lines(dice)
    at = 20.0
    for number in range(70):
        at += dice.uniform(5, 30)
        line = lines.next()
        yield Sent(at, dice.choice(MEMBERS), text(line), label=f"said{number}")
        answer = notice(f"[{dice.choice(('de', 'fr', 'es'))}] {line}")
        yield Sent(at + dice.uniform(0.5, 2), bot, answer | reply_to(f"{REFERENCE}said{number}"))


@honest_bot(most_refused_percent=5)
def a_bot_of_scores(dice: Dice) -> Iterator[Sent]:
    """A bot posts scores of several matches, in nearly the same words each time."""
    bot = "@scores:sport-bots.example"
    yield from bot_comes(bot, "Scores")
    at, teams = 20.0, ("Rovers", "Athletic", "United", "Wanderers", "City", "Albion")
    for minute in range(1, 90, 2):
        for _ in range(dice.choice((0, 1, 1, 2))):
            home, away = dice.sample(teams, 2)
            said = f"{minute}' {home} {dice.randrange(4)}:{dice.randrange(4)} {away}"
            yield Sent(at + dice.uniform(0, 60), bot, notice(said))
        at += 100
    yield from talk(dice, 10, at, every=60)
