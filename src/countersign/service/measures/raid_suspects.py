"""Suspects of a raid: whose joins and refusals are counted together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from countersign.service.answers.asked import Asked
from countersign.service.measures.recent_people import RecentPeople

MINUTE_MS: Final = 60_000
NEWS_MS: Final = 10 * MINUTE_MS
MAX_DOMAINS: Final = 1_000
"""Maximum number of registrable domains of one raid."""

WAVE_SHARE_PERCENT: Final = 10
"""A domain with that share of a wave is a part of the raid; with less, its people may be there by
chance. Only where those domains are less than half of the wave is everybody suspected."""

_DOMAINS_NAMED: Final = 3


@dataclass(slots=True)
class Watch:
    """What is counted of one community."""

    joined: RecentPeople = field(default_factory=RecentPeople)
    refused: RecentPeople = field(default_factory=RecentPeople)
    suspects: set[str] = field(default_factory=set)


def suspected_of(wave: Mapping[str, int]) -> list[str]:
    """Return the domains that make a wave, the largest first; none if they are too many to tell.

    Who brings many people must not have those of other domains suspected, who came by chance.
    """
    people = sum(wave.values())
    large = [
        domain
        for domain, count in wave.items()
        if count > 1 and count * 100 >= people * WAVE_SHARE_PERCENT
    ]
    if sum(wave[domain] for domain in large) * 2 < people:
        return []
    return sorted(large, key=lambda domain: -wave[domain])


def counted_together(
    before: Mapping[str, int], suspected: Mapping[str, int], now_ts: int
) -> dict[str, int]:
    """Return until when each domain is suspected, those that are no longer left out."""
    joined = {domain: until_ts for domain, until_ts in before.items() if until_ts > now_ts}
    for domain, until_ts in suspected.items():
        if domain in joined or len(joined) < MAX_DOMAINS:
            joined[domain] = max(until_ts, joined.get(domain, 0))
    return joined


def listed_domains(domains: list[str]) -> str:
    """Return the first few domains in words."""
    named = ", ".join(domains[:_DOMAINS_NAMED])
    more = len(domains) - _DOMAINS_NAMED
    return f"{named} and {more} more" if more > 0 else named


def is_news(asked: Asked, user_id: str) -> bool:
    """Tell whether a join that we are asked about has just happened.

    A homeserver that reads up on a room asks about the joins of years, all at once.
    """
    known_since_ts = asked.room.state.member_known_since_ts(user_id) or asked.now_ts
    first_ts = min(known_since_ts, asked.event.origin_server_ts)
    return asked.now_ts - first_ts <= NEWS_MS
