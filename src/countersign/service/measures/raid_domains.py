"""Domains of a raid: from which servers it comes."""

from collections.abc import Mapping
from typing import Final

MAX_DOMAINS: Final = 1_000
"""Maximum number of registrable domains of one raid."""

WAVE_SHARE_PERCENT: Final = 10
"""A domain with that share of a wave is a part of the raid; with less, its people may be there by
chance."""

_DOMAINS_NAMED: Final = 3


def large_domains(wave: Mapping[str, int]) -> list[str]:
    """Return the domains that make a wave, the largest first; none if they are too many to tell."""
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
    before: Mapping[str, int], later: Mapping[str, int], now_ts: int
) -> dict[str, int]:
    """Return until when each domain counts as the raid's, those that no longer do left out."""
    joined = {domain: until_ts for domain, until_ts in before.items() if until_ts > now_ts}
    for domain, until_ts in later.items():
        if domain in joined or len(joined) < MAX_DOMAINS:
            joined[domain] = max(until_ts, joined.get(domain, 0))
    return joined


def listed_domains(domains: list[str]) -> str:
    """Return the first few domains in words."""
    named = ", ".join(domains[:_DOMAINS_NAMED])
    more = len(domains) - _DOMAINS_NAMED
    return f"{named} and {more} more" if more > 0 else named
