"""Policy lists that a policy follows."""

from dataclasses import dataclass
from typing import NamedTuple

from countersign.policy.questions.question import Question
from countersign.protocol.rooms.policy_rules import PolicyRule


class Listing(NamedTuple):
    """Rule of a policy list that matches somebody or something.

    Attributes:
        list_id: the list's room ID.
        rule: the rule of it that decides.
        identifier: whom or what it describes.
    """

    list_id: str
    rule: PolicyRule
    identifier: str


@dataclass(frozen=True, slots=True)
class ListedBy(Question[Listing | None]):
    """Rule of the first of these policy lists that matches any of these.

    A list that recommends to unban one of them has the last word as well: the answer is None then.
    A rule that describes too many members of the event's room does not count, unless it is
    confirmed.

    Attributes:
        lists: room IDs of the lists, the most trusted first.
        users: user IDs; their servers are looked up too.
        rooms: room IDs and aliases.
        max_members_percent: the largest share of the room that a rule may describe.
        confirmed: the entities of rules that count however many they describe.
    """

    lists: tuple[str, ...]
    users: tuple[str, ...]
    rooms: tuple[str, ...]
    max_members_percent: int
    confirmed: tuple[str, ...]
