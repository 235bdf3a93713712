"""Tests of links that work in messages that warn of them, or ask about them."""

import pytest

from tests.waves.dice import Dice, abuse, come, newcomers, text, wrote
from tests.waves.simulated_community import ROOMS, refused, simulated_community

LOBBY = ROOMS[0]
WARNINGS = (
    "is https://paypa1-secure.example/login a scam? it asked for my password",
    "my bank warns of fake sms with a link to parcel-customs.top",
    "ist https://sparkasse-login.top Betrug? kam gerade als SMS",
    "there was a link to hxxps://elernent-login[.]example, don't click",
    "somebody sent me hxxps://paypal-secure-login[.]com, is that phishing?",
    "paypal-secure-login[.]com is phishing, don't click on it",
)


@pytest.mark.parametrize("body", WARNINGS)
async def test_a_newcomer_may_warn_of_a_link_that_works(body):
    dice = Dice("warning", 1)
    users = newcomers(dice, 2, kind="home")
    sent = [*come(dice, users, 0, 5, rooms=[LOBBY]), wrote(60, users[0], body)]
    sent.append(wrote(90, users[1], "thanks, I nearly clicked on it"))
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert refused(outcome) == []


async def test_a_newcomer_may_quote_a_scam_after_talk_about_scams():
    dice = Dice("quoted", 1)
    (user,) = newcomers(dice, 1, kind="home")
    said = (
        "somebody called Support Admin wrote to me privately and wants me to verify my wallet",
        "they want a deposit, no?",
        'did you see that? "Earn $500 a day, write to @quickmoney on Telegram" - what a scam',
    )
    lines = [wrote(60 + 20 * number, user, body) for number, body in enumerate(said)]
    async with simulated_community() as played:
        outcome = await played.play([*come(dice, [user], 0, 5, rooms=[LOBBY]), *lines])

    assert refused(outcome) == []


@pytest.mark.parametrize("link", ["https://{}-airdrop.xyz/{}", "hxxps://{}-airdrop[.]xyz/{}"])
async def test_spammers_who_call_their_links_a_scam_pass_with_six_an_hour(link):
    dice = Dice("cover", 1)
    users = newcomers(dice, 30, servers=30)
    sent = [*come(dice, users, 0, 60, rooms=[LOBBY])]
    for number in range(60):
        body = f"is {link.format(dice.letters(9), dice.letters(4))} a scam?"
        sent.append(abuse(100 + 30 * number, users[number % 30], text(body)))
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert len(outcome.missed) <= 6


@pytest.mark.parametrize(
    "body",
    [
        "is https://{site}.xyz/claim a scam? it paid me 500 USDT within an hour",
        "https://{site}.xyz/claim is no scam, I got my money back there",
        "people say https://{site}.xyz/claim is a scam but I earned $900 with it in a week",
        "is https://{site}.xyz/claim a scam? ask @mrs_clara on telegram, she helped me",
    ],
)
async def test_a_pitch_is_no_warning_because_it_asks_if_it_is_a_scam(body):
    dice = Dice("pitch", 1)
    (user,) = newcomers(dice, 1)
    pitch = abuse(60, user, text(body.format(site=f"{dice.letters(8)}-airdrop")))
    async with simulated_community() as played:
        outcome = await played.play([*come(dice, [user], 0, 5, rooms=[LOBBY]), pitch])

    assert outcome.missed == []
