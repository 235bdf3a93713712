"""Searches for decisions: contradictory conditions, and the conditions for the audit log."""

from typing import Final

from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.outcomes import SearchedOutcome
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson

_CONDITIONS: Final = (
    "sender",
    "server",
    "verdict",
    "step",
    "filter",
    "since_ts",
    "before_ts",
    "min_score",
    "max_score",
)
_OF_REFUSALS: Final = {
    SearchedOutcome.ALLOWED: "allowed",
    SearchedOutcome.APPEALED: "appealed against",
}


def conditions_of(query: DecisionQuery, outcome: SearchedOutcome | None) -> JsonObject:
    """Return the conditions of a search by name, for the audit log."""
    conditions = {"outcome": outcome, **{name: getattr(query, name) for name in _CONDITIONS}}
    return {name: value for name, value in conditions.items() if value}


def check_possible(query: DecisionQuery, outcome: SearchedOutcome | None) -> None:
    """Check that some decision can match a query and an outcome.

    Raises:
        BadJson: none can; the message names the conditions and what to change.
    """
    lowest, highest = query.min_score, query.max_score
    if lowest is not None and highest is not None and lowest > highest:
        raise BadJson(
            f"The lowest score, {lowest}, is above the highest, {highest}: no decision can match. "
            "Exchange them, or leave one out."
        )
    if query.before_ts is not None and query.since_ts >= query.before_ts:
        raise BadJson(
            "The time that is searched ends before it begins: no decision can match. Give an "
            "earlier beginning, or a later end."
        )
    if query.sender is not None and query.server is not None:
        server = query.sender.partition(":")[2]
        if server != query.server:
            raise BadJson(
                f"{query.sender} is a user of {server}, not of {query.server}: no decision can "
                "match. Leave out the user or the server."
            )
    if query.verdict is Verdict.SIGN and outcome in _OF_REFUSALS:
        raise BadJson(
            f"Only refused events are {_OF_REFUSALS[outcome]}: no signed one can match. Search "
            "refused ones, or leave out the verdict."
        )
