"""Answers to commands in management rooms: finds the verb, runs its command, words the answer."""

from collections.abc import Sequence
from typing import Final

import structlog

from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.ports.clock import Clock
from countersign.protocol.errors import CountersignError
from countersign.service.commands.every_command import Commands
from countersign.service.management.requests import Request
from countersign.service.management.verbs.appeals import AppealVerbs
from countersign.service.management.verbs.confirmations import ConfirmationVerbs
from countersign.service.management.verbs.decisions import DecisionVerbs
from countersign.service.management.verbs.measures import MeasureVerbs
from countersign.service.management.verbs.overview import OverviewVerbs, help_on, whoami
from countersign.service.management.verbs.policies import PolicyVerbs
from countersign.service.management.verbs.refused import RefusedVerbs
from countersign.service.management.verbs.reviews import ReviewVerbs
from countersign.service.management.verbs.rooms import RoomVerbs
from countersign.service.management.verbs.sign_in import SignInVerbs
from countersign.service.management.verbs.trials import TrialVerbs
from countersign.service.management.verbs.verb import VerbGroup
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

GROUPS: Final[Sequence[type[VerbGroup]]] = (
    OverviewVerbs,
    RefusedVerbs,
    DecisionVerbs,
    MeasureVerbs,
    ReviewVerbs,
    AppealVerbs,
    PolicyVerbs,
    TrialVerbs,
    RoomVerbs,
    ConfirmationVerbs,
    SignInVerbs,
)
"""Groups of verbs, in the order of the help."""

ALLOW: Final = "✅"
SPAM: Final = "🚫"
WHY: Final = "❓"
OFFERED: Final = (ALLOW, SPAM, WHY)
"""Reactions that our user adds to each alert of refusals, as buttons."""
HOLD: Final = "✋"
RELEASE: Final = "🔓"
_WORDS_OF_REACTIONS: Final = {
    ALLOW: ("allow",),
    SPAM: ("spam",),
    WHY: ("why",),
    HOLD: ("raid", "on", "arrivals", "for", "30m"),
    RELEASE: ("raid", "off"),
}
_VARIATION_SELECTOR: Final = "\N{VARIATION SELECTOR-16}"

log = structlog.get_logger()


class Answers:
    """All verbs of management rooms.

    Args:
        commands: the commands behind the verbs.
    """

    def __init__(self, commands: Commands, clock: Clock) -> None:
        groups = [group(commands, clock) for group in GROUPS]
        self.verbs = [verb for group in groups for verb in group.all()]
        self._by_name = {verb.name: verb for verb in self.verbs}

    async def answer(self, request: Request, words: Sequence[str]) -> Wording:
        """Run the command of these words; return its answer, or the reason of a failure."""
        name = words[0].lower() if words else "help"
        if name == "help":
            return help_on(self.verbs)
        if name == "whoami":
            return whoami(request)
        verb = self._by_name.get(name)
        if verb is None:
            return Wording.of("There is no ", Foreign(name), " here; see ", Exact("!cs help"))
        try:
            return await verb.run(request)
        except PolicyInvalid as error:
            return Wording.of("Not done, the policy holds mistakes: ", Sentences(str(error)))
        except CountersignError as error:
            return Wording.of("Not done: ", Sentences(str(error)))
        except Exception:
            log.exception("a command in a management room failed", verb=name)
            return Wording.of("Not done: this server has a fault, which its log tells of.")


def words_of_reaction(reaction: str) -> tuple[str, ...] | None:
    """Return the command words for a reaction to an alert; None for other reactions."""
    return _WORDS_OF_REACTIONS.get(reaction.replace(_VARIATION_SELECTOR, ""))
