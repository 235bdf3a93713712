"""Policy lists that a policy follows."""

from typing import NamedTuple

from countersign.basics.records import record
from countersign.policy.questions.question import Question
from countersign.protocol.rooms.policy_rules import PolicyRule


class Listing(NamedTuple):
    """Rule of a policy list that matches somebody or something.

    Attributes:
        list_id: the list's room ID.
        rule: its rule that decides.
        identifier: the user ID, server name, room ID or alias that matches.
    """

    list_id: str
    rule: PolicyRule
    identifier: str


@record(frozen=True, slots=True)
class ListedBy(Question[Listing | None]):
    """Rule of the first of these policy lists that matches any of these users and rooms.

    A matching list that recommends `m.unban` decides too: the answer is None. A rule that matches
    too many members of the event's room does not count, unless it is confirmed.

    Attributes:
        lists: room IDs of the lists, the most trusted first.
        users: user IDs; their servers are looked up too.
        rooms: room IDs and aliases.
        max_members_percent: maximum share of the room that a rule may match.
        confirmed: the entities of rules that count whatever their share.
    """

    lists: tuple[str, ...]
    users: tuple[str, ...]
    rooms: tuple[str, ...]
    max_members_percent: int
    confirmed: tuple[str, ...]
