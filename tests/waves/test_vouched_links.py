"""Tests of links on cheap or unknown domains that a moderator posted, and newcomers pass on."""

from tests.waves.dice import Dice, join, newcomers, text
from tests.waves.simulated_community import MEMBERS, MODERATOR, Sent, simulated_community

RELEASE = "https://demados.club/blog/3-0"
OTHER = "https://monilat.club/blog/3-0"
SAYS = ("{link}", "read the notes first {link}", "{link} under 'breaking changes'", "here: {link}")


def newcomers_pass_on(link, *, seed=1, count=24):
    dice = Dice("link", seed)
    for number, user in enumerate(newcomers(dice, count, servers=count, kind="home")):
        at = 20 + number * 9
        yield join(at, user)
        yield Sent(at + 6, user, text(SAYS[number % len(SAYS)].format(link=link)))


async def play(*sent):
    async with simulated_community() as played:
        return await played.play(sent)


async def test_a_moderators_link_passes_whatever_its_ending():
    news = Sent(1, MODERATOR, text(f"3.0 is out, read {RELEASE}"))
    outcome = await play(news, *newcomers_pass_on(RELEASE))

    assert outcome.ham_refused == []


async def test_another_link_beside_a_moderators_does_not_pass_with_it():
    news = Sent(1, MODERATOR, text(f"3.0 is out, read {RELEASE}"))
    outcome = await play(news, *newcomers_pass_on(f"{RELEASE} {OTHER}"))

    assert outcome.ham_refused_percent > 40


async def test_one_member_alone_does_not_clear_a_link_at_once():
    news = Sent(1, MEMBERS[0], text(f"look at {OTHER}"))
    outcome = await play(news, *newcomers_pass_on(OTHER))

    assert outcome.ham_refused != []
