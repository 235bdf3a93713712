"""The list of all kinds of scenarios, and a run of one."""

from tests.waves.abuse import coordinated as _coordinated
from tests.waves.abuse import floods as _floods
from tests.waves.abuse import further_floods as _further_floods
from tests.waves.abuse import further_kinds as _further_kinds
from tests.waves.abuse import further_scams as _further_scams
from tests.waves.abuse import lasting_floods as _lasting_floods
from tests.waves.abuse import names as _names
from tests.waves.abuse import odd_events as _odd_events
from tests.waves.abuse import raids as _raids
from tests.waves.abuse import requests as _requests
from tests.waves.abuse import scams as _scams
from tests.waves.abuse import split_scams as _split_scams
from tests.waves.abuse import turning as _turning
from tests.waves.dice import Dice
from tests.waves.ham import chatter, polite_newcomers
from tests.waves.honest import answering_bots as _answering_bots
from tests.waves.honest import bots as _bots
from tests.waves.honest import bridges as _bridges
from tests.waves.honest import bursts as _bursts
from tests.waves.honest import events as _events
from tests.waves.honest import gatherings as _gatherings
from tests.waves.honest import mistakes as _mistakes
from tests.waves.honest import money as _money
from tests.waves.honest import newcomers as _newcomers
from tests.waves.honest import talk as _talk
from tests.waves.honest import together as _together
from tests.waves.honest.further import answers as _answers
from tests.waves.honest.further import choruses as _choruses
from tests.waves.honest.further import contacts as _contacts
from tests.waves.honest.further import forms as _forms
from tests.waves.honest.further import mirrors as _mirrors
from tests.waves.honest.further import visitors as _visitors
from tests.waves.kinds import KINDS, Kind
from tests.waves.scenarios import SCENARIOS
from tests.waves.simulated_community import Outcome, Sent, simulated_community

__all__ = ["EVERY_KIND", "play", "traffic"]

MODULES = (
    _bots, _answering_bots, _bridges, _events, _together, _mistakes, _money,
    _forms, _choruses, _contacts, _visitors, _mirrors, _answers,
    _floods, _names, _scams, _further_scams, _further_kinds, _raids, _further_floods, _turning,
    _coordinated, _odd_events, _split_scams, _bursts, _gatherings, _talk, _newcomers, _requests,
    _lasting_floods,
)  # fmt: skip
WITHOUT_ABUSE = "the moderators at work"
BESIDE_SECONDS = 600
BESIDE_PER_MINUTE = 6

EVERY_KIND: dict[str, Kind] = KINDS | {
    name: Kind(name, make) for name, make in SCENARIOS.items() if name != WITHOUT_ABUSE
}


def traffic(kind: Kind, seed: int) -> list[Sent]:
    """Return the events of one run, those of bystanders included."""
    sent = list(kind.make(Dice(kind.name, seed)))
    if kind.has_bystanders:
        sent += chatter(seed=100 + seed, seconds=BESIDE_SECONDS, per_minute=BESIDE_PER_MINUTE)
        sent += polite_newcomers(seed=200 + seed, seconds=BESIDE_SECONDS, count=8)
    return sent


async def play(
    kind: Kind, seed: int, preset: str = "newcomer-safe", *, processes: int = 1
) -> Outcome:
    """Return what became of one run of a kind."""
    async with simulated_community(preset, processes=processes) as played:
        return await played.play(traffic(kind, seed))
