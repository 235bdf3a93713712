"""Kinds of abuse and of honest traffic, each with its goal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.waves.dice import Dice
from tests.waves.simulated_community import Outcome, Sent

Make = Callable[[Dice], Iterable[Sent]]
LEAST_REFUSED_PERCENT = 95.0
MOST_BYSTANDERS_PERCENT = 0.5
MOST_HURT_PERCENT = 1.0


@dataclass(frozen=True)
class Kind:
    """A kind of traffic.

    Attributes:
        make: gives one run of it.
        is_honest: nothing of it should be refused.
        least_percent: so much of the abuse should be refused at least.
        most_passed: so many events of one attack may be signed; then no share counts.
        most_refused_percent: so much of honest traffic may be refused at most; of newcomers as many
            are hurt then as may be.
        most_standing: so many signed events of one attack may be left once what counts of it is
            refused, in 95 % of attacks: the others are handed over for redaction.
        has_bystanders: members and polite newcomers talk on beside it.
    """

    name: str
    make: Make
    is_honest: bool = False
    least_percent: float = LEAST_REFUSED_PERCENT
    most_passed: int | None = None
    most_refused_percent: float = MOST_BYSTANDERS_PERCENT
    most_standing: int | None = None
    has_bystanders: bool = True


KINDS: dict[str, Kind] = {}


def abusive(
    *,
    least_percent: float = LEAST_REFUSED_PERCENT,
    most_passed: int | None = None,
    most_standing: int | None = None,
) -> Callable[[Make], Make]:
    """Add a kind of abuse under the name of its function."""

    def add(make: Make) -> Make:
        name = _name(make)
        KINDS[name] = Kind(
            name,
            make,
            least_percent=least_percent,
            most_passed=most_passed,
            most_standing=most_standing,
        )
        return make

    return add


def honest(make: Make) -> Make:
    """Add a kind of honest traffic under the name of its function."""
    name = _name(make)
    KINDS[name] = Kind(name, make, is_honest=True, has_bystanders=False)
    return make


def honest_bot(most_refused_percent: float = MOST_BYSTANDERS_PERCENT) -> Callable[[Make], Make]:
    """Add an honest bot twice: as a moderator's guest, and as one whom nobody let in.

    Args:
        most_refused_percent: so much may be refused of the one whom nobody let in.
    """

    def add(make: Make) -> Make:
        def alone(dice: Dice) -> Iterable[Sent]:
            return (each for each in make(dice) if each.content.get("membership") != "invite")

        honest(make)
        name = f"{_name(make)} that nobody let in"
        KINDS[name] = Kind(
            name,
            alone,
            is_honest=True,
            most_refused_percent=most_refused_percent,
            has_bystanders=False,
        )
        return make

    return add


def leaves_little(kind: Kind, outcome: Outcome) -> bool:
    """Return True if at most 5 % of attacks, each with one event that counts, leave too much."""
    left = outcome.attacks_left(kind.most_standing or 0)
    return left * 100 <= outcome.abuse * (100 - LEAST_REFUSED_PERCENT)


def _name(make: Make) -> str:
    return make.__name__.replace("_", " ")
