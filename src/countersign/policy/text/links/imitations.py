"""Imitations of domains: by look-alikes, a misspelling, or words beside the name."""

from collections.abc import Iterable, Sequence
from typing import Final

from countersign.policy.text.links.domain_lists import without_scheme
from countersign.policy.text.links.domains import parents, readable_host
from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import SEPARATOR, normalize, normalize_all

# Several labels, so that a single word does not count as an imitated domain.
_IMITATED_LABELS: Final = range(2, 6)
_LEAST_MISSPELLED_CHARS: Final = 6
"""Minimum length of a name for misspellings; shorter ones differ by one letter by chance."""
_BAIT: Final = frozenset(
    map(
        skeleton,
        """
        login signin signup logon secure security verify verification verified account accounts
        support help helpdesk service wallet update unlock restore recover recovery auth claim
        airdrop bonus reward rewards gift giveaway payment billing confirm validate alert
        """.split(),  # noqa: SIM905 - a list to be read
    )
)
"""Words beside a well-known name in domains that ask for passwords."""


class Imitations:
    """Finder of imitations of protected domains."""

    __slots__ = ("_by_look", "_by_start", "_first_labels", "_names", "_protected")

    def __init__(self, protected: Iterable[str]) -> None:
        self._protected = frozenset(readable_host(without_scheme(each)) for each in protected)
        self._by_look = {_look_of(domain): domain for domain in self._protected}
        self._first_labels = frozenset(host_look.partition(".")[0] for host_look in self._by_look)
        self._names: dict[str, str] = {}
        self._by_start: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for host_look, domain in self._by_look.items():
            name, _, ending = host_look.rpartition(".")
            self._names[name] = domain
            if len(name) >= _LEAST_MISSPELLED_CHARS:
                self._by_start.setdefault((name[0], ending), []).append((name, domain))

    def __bool__(self) -> bool:
        return bool(self._protected)

    def find(self, host: str) -> str | None:
        """Return the protected domain that `host` imitates; None if there is none.

        It looks like that domain, contains it before its end (also with hyphens for dots), differs
        by one letter, or has its name beside a word such as `login`.
        """
        return self._find(host, _look_of(host))

    def find_among(self, hosts: Sequence[str]) -> list[int]:
        """Return the positions of the hosts that imitate a protected domain."""
        # Normalized in one call, since each call has a fixed cost.
        host_look = _latin(normalize_all(hosts)).split(SEPARATOR)
        if len(host_look) != len(hosts):
            host_look = list(map(_look_of, hosts))
        domains = map(self._find, hosts, host_look)
        return [place for place, domain in enumerate(domains) if domain is not None]

    def _find(self, host: str, host_look: str) -> str | None:
        if not self._protected.isdisjoint(parents(host)):
            return None
        return (
            self._find_within(host_look)
            or self._find_misspelled(host_look)
            or self._find_bait(host_look)
        )

    def _find_within(self, host_look: str) -> str | None:
        variants = [host_look]
        if "-" in host_look:
            variants += [host_look.replace("-", "."), host_look.replace("-", "")]
        for variant in variants:
            labels = variant.split(".")
            for start, label in enumerate(labels):
                # Most hosts have a first label that no protected domain has.
                for count in _IMITATED_LABELS if label in self._first_labels else ():
                    domain = self._by_look.get(".".join(labels[start : start + count]))
                    if domain is not None:
                        return domain
        return None

    def _find_misspelled(self, host_look: str) -> str | None:
        own, _, ending = ".".join(host_look.rsplit(".", 2)[-2:]).partition(".")
        candidates = self._by_start.get((own[:1], ending), ())
        return next((domain for their, domain in candidates if _is_misspelled(own, their)), None)

    def _find_bait(self, host_look: str) -> str | None:
        if "-" not in host_look:
            return None
        words = host_look.replace("-", ".").split(".")
        if _BAIT.isdisjoint(words):
            return None
        return next((self._names[word] for word in words if word in self._names), None)


NO_IMITATIONS: Final = Imitations(())
"""A finder without protected domains."""


def _is_misspelled(own: str, their: str) -> bool:
    """Return True if two names differ by one letter, and not by a plural.

    Both begin with the same letter: many honest names differ in the first one.
    """
    more = len(own) - len(their)
    if abs(more) > 1 or own in (their, f"{their}s"):
        return False
    pairs = enumerate(zip(own, their, strict=False))
    start = next((at for at, (one, other) in pairs if one != other), min(len(own), len(their)))
    if more == 0:
        return own[start + 1 :] == their[start + 1 :]
    longer, shorter = (own, their) if more > 0 else (their, own)
    return longer[start + 1 :] == shorter[start:]


def _look_of(host: str) -> str:
    return _latin(normalize(host))


def _latin(normalized: str) -> str:
    return skeleton(normalized).replace("rn", "m").replace("vv", "w")
