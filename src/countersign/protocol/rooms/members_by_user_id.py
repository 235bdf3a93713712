"""Packed members of a room as a mapping."""

from collections.abc import Iterator, Mapping

from countersign.protocol.rooms.packed_members import PackedMembers
from countersign.protocol.rooms.state_events import Member, parse_member


class MembersByUserId(Mapping[str, Member]):
    """The members of a room, by user ID, made as they are asked for."""

    __slots__ = ("_members",)

    def __init__(self, members: PackedMembers) -> None:
        self._members = members

    def __getitem__(self, user_id: str) -> Member:
        event = self._members.find(user_id)
        if event is None:
            raise KeyError(user_id)
        return parse_member(event.content)

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
