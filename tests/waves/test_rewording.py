"""Tests of newcomers who say again, in other words or rooms, what was refused."""

import pytest

from tests.waves.dice import Dice, come, newcomers, text
from tests.waves.simulated_community import ROOMS, Sent, simulated_community

REWORDED = (
    "somebody sent me this: Claim your prize at http://prize-claim.xyz/go now",
    "what shall I do with this: claim your prize at http://prize-claim.xyz/go",
    "sorry, once more. Can I trust http://prize-claim.xyz/go to claim a prize?",
    "they say: claim your prize now at http://prize-claim.xyz/go, what shall I do?",
    "please help: I got mail about a prize to claim, from prize-claim.xyz, is this fraud?",
)
OTHERS = (
    "Claim your airdrop of 500 USDT at https://claim-tokens.xyz/drop before midnight",
    "I doubled my savings with this trading group, write to me on telegram @mrs_coin_trade today",
    "Hot girls in your town wait for you at https://dating-lucky.top/join, free tonight",
    "Casino bonus 200 % for the first 100 players, jackpot-spins.win/start, instant payout",
)


async def played(*bodies, rooms=ROOMS[:1]):
    """Return the outcome of a newcomer who says these things every 40 seconds."""
    (user,) = newcomers(Dice("rewording", 1), 1, kind="home")
    said = [
        Sent(30 + 40 * number, user, text(body), room_id=rooms[number % len(rooms)])
        for number, body in enumerate(bodies)
    ]
    async with simulated_community() as community:
        return await community.play([*come(Dice("c", 1), [user], 0, 2, rooms=rooms), *said])


@pytest.mark.parametrize("rooms", [ROOMS[:1], ROOMS[:2]])
async def test_somebody_who_rewords_what_was_refused_is_not_muted(rooms):
    outcome = await played(*REWORDED, "thank you, I will ask a moderator", rooms=rooms)

    assert len(outcome.ham_refused) >= 3
    assert outcome.muted == set()
    assert outcome.ham_refused[-1][0].content["body"] != "thank you, I will ask a moderator"


async def test_somebody_who_sends_one_fraud_after_another_is_muted():
    outcome = await played(*OTHERS)

    assert outcome.muted != set()
