"""The events of a large answer, each read when it is looked at and forgotten again.

A room of 20,000 members is some 20 MB of JSON. As Python's objects it would be ten times as much,
and so again for its auth chain, which we do not need.
"""

from collections.abc import Sequence
from typing import Any, Final, overload

import msgspec

from countersign.protocol.canonical_json import JsonObject

_NOT_NEEDED: Final = ("auth_chain", "auth_chain_ids")

_reader: Final = msgspec.json.Decoder()
_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items: Final = msgspec.json.Decoder(list[msgspec.Raw])


class LazyEvents(Sequence[Any]):
    """A list of JSON values, each made anew every time it is asked for; None for what is none."""

    def __init__(self, items: list[msgspec.Raw]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> "LazyEvents": ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one value, or some of them."""
        if isinstance(index, slice):
            return LazyEvents(self._items[index])
        try:
            return _reader.decode(self._items[index])
        except (ValueError, RecursionError):
            return None


def read_with_events(body: bytes, key: str) -> JsonObject:
    """Return a JSON object whose list `key` is read as it is looked at, without its auth chain.

    Raises:
        ValueError: the body is no JSON object.
        RecursionError: it is nested too deeply.
    """
    fields = _fields.decode(body)
    for name in _NOT_NEEDED:
        fields.pop(name, None)
    answer: JsonObject = {
        name: _reader.decode(value) for name, value in fields.items() if name != key
    }
    if key in fields:
        try:
            answer[key] = LazyEvents(_items.decode(fields[key]))
        except msgspec.ValidationError:
            answer[key] = _reader.decode(fields[key])
    return answer
