"""Honest talk about money: quoted scams, job offers, sales, help rooms of banks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.waves.dice import Dice, join, newcomers, text
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, ROOMS, Sent
from tests.waves.texts.money_support import MONEY_SUPPORT
from tests.waves.texts.quoted_scams import CONTACTS, QUOTING, SITES, Quoting
from tests.waves.texts.second_money import (
    SECOND_HELP,
    SECOND_JOBS,
    SECOND_MARKET,
    SECOND_QUOTED,
)
from tests.waves.texts.trade import JOBS, MARKET

MEMBERS_SHARE = 0.2


def quoted(dice: Dice, quoting: Quoting, frame: str) -> str:
    """Return a scam with its site or contact taken out or disguised, and a frame around it."""
    scam = dice.choice(quoting.scams)
    said = scam.format(site=dice.choice(SITES), who=dice.choice(CONTACTS))
    return frame.format(said=said)


def by_strangers(dice: Dice, texts: Sequence[str], room_id: str | None = None) -> Iterator[Sent]:
    """Yield texts, most of them by newcomers who each say one, some by members."""
    at = 60.0
    for said in texts:
        room = room_id or dice.choice(ROOMS)
        at += dice.uniform(40, 150)
        if dice.random() < MEMBERS_SHARE:
            yield Sent(at, dice.choice(MEMBERS), text(said), room_id=room)
            continue
        user = f"@{dice.letters(8)}:home{dice.randrange(60)}.example"
        yield join(at, user, room)
        yield Sent(at + dice.uniform(15, 60), user, text(said), room_id=room)


def half(dice: Dice, pools: Mapping[str, Sequence[str]]) -> list[str]:
    """Return this run's half of each pool, in any order."""
    found = [said for pool in pools.values() for said in pool[dice.half :: 2]]
    dice.shuffle(found)
    return found


@honest
def quoted_scams(dice: Dice) -> Iterator[Sent]:
    """Scams in quotation marks, in code, after a sign or a colon, with a warning or a question."""
    texts = [
        quoted(dice, quoting, frame)
        for quoting in QUOTING.values()
        for frame in quoting.frames[dice.half :: 2]
        for _ in range(2)
    ]
    dice.shuffle(texts)
    yield from by_strangers(dice, texts)


@honest
def job_board(dice: Dice) -> Iterator[Sent]:
    """Job offers with a salary and an address, and people who look for work, in one room."""
    yield from by_strangers(dice, half(dice, JOBS), ROOMS[0])


@honest
def marketplace(dice: Dice) -> Iterator[Sent]:
    """Things sold, asked for and given away, with prices, shipping and ways to pay."""
    yield from by_strangers(dice, half(dice, MARKET), ROOMS[0])


@honest
def help_about_money(dice: Dice) -> Iterator[Sent]:
    """Help rooms of wallets, banks and hosters: amounts, tickets, hotlines, seed phrases."""
    yield from by_strangers(dice, half(dice, MONEY_SUPPORT), ROOMS[1])


@honest
def money_not_tuned_with(dice: Dice) -> Iterator[Sent]:
    """The same kinds of talk, in texts that the preset was not tuned with."""
    texts = [*SECOND_QUOTED, *SECOND_JOBS, *SECOND_MARKET, *SECOND_HELP]
    dice.shuffle(texts)
    yield from by_strangers(dice, texts)


@honest
def a_wave_is_spoken_of(dice: Dice) -> Iterator[Sent]:
    """Eight accounts send one scam; newcomers and members quote it within the next half hour."""
    language = dice.choice(list(QUOTING))
    place = f"claim-{dice.letters(6)}"
    scam = dice.choice(QUOTING[language].scams)
    live = scam.format(site=f"https://{place}.xyz", who=f"Telegram @{place.replace('-', '_')}")
    at = 60.0
    for user in newcomers(dice, 8):
        at += dice.uniform(5, 20)
        yield join(at, user, is_counted=False)
        yield Sent(at + 5, user, text(live), is_counted=False)
    broken = scam.format(site=f"{place}[.]xyz", who=f"@{place.replace('-', '_')} on Telegram")
    frames = [frame for quoting in QUOTING.values() for frame in quoting.frames[:3]]
    texts = [frame.format(said=broken) for frame in dice.sample(frames, 24)]
    for sent in by_strangers(dice, texts, ROOMS[0]):
        yield replace(sent, at_seconds=at + sent.at_seconds)
