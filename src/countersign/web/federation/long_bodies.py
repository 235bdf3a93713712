"""Reading of long bodies in slices: the event loop is held for one item at most.

The signature of a request covers the canonical JSON of its whole body. So the whole body has to be
parsed and encoded again before the sender is verified, but not in one step, and without all values
in memory at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from countersign.ports.pauses import Pauses
from countersign.protocol.canonical_json import (
    MAX_EVENT_VALUES,
    JsonObject,
    encode_canonical,
    parse_json,
)
from countersign.protocol.errors import BadJson
from countersign.protocol.json_pieces import (
    MAX_ITEM_BYTES,
    MAX_SLICE_BYTES,
    Items,
    JsonItems,
    JsonPieces,
    Text,
)

LONG_BODY_BYTES: Final = 64 * 1024
"""A body beyond that is read in slices."""
MAX_OTHER_BYTES: Final = MAX_ITEM_BYTES
"""Maximum total length, in bytes, of all fields but the lists; they are held as values."""


@dataclass(frozen=True, slots=True)
class LongBody:
    """A body whose lists are read item by item.

    Attributes:
        value: the body; its lists are `JsonItems`.
        canonical: the whole body as canonical JSON.
    """

    value: JsonObject
    canonical: bytes


async def parse_long_object(raw: bytes, lists: Mapping[str, Items]) -> LongBody:
    """Read a JSON object in slices, with turns of the event loop in between.

    Args:
        raw: the text.
        lists: the fields that hold lists, and how long these and their items may be.

    Raises:
        NotJson: it is not JSON in UTF-8.
        BadJson: it is no object; it, or an item, exceeds a limit; an object has a key twice.
    """
    pauses = Pauses()
    pieces = JsonPieces(lists, len(raw), others=Text(MAX_ITEM_BYTES))
    for start in range(0, len(raw), MAX_SLICE_BYTES):
        pieces.feed(raw[start : start + MAX_SLICE_BYTES])
        await pauses.take()
    fields = pieces.finish()
    value: JsonObject = {}
    texts: list[bytes] = []  # joined once: each copy of so much takes milliseconds
    left_bytes = MAX_OTHER_BYTES
    for name in sorted(fields):
        field = fields[name]
        if isinstance(field, JsonItems):
            value[name] = field
            canonical = await _canonical_items(field, pauses)
        elif isinstance(field, bytes):
            left_bytes -= len(field)
            if left_bytes < 0:
                raise BadJson(f"The JSON's fields hold more than {MAX_OTHER_BYTES} bytes.")
            parsed = parse_json(field, max_values=MAX_EVENT_VALUES)
            value[name], canonical = parsed.value, [parsed.canonical]
            await pauses.take()
        else:
            raise BadJson(f"The JSON's {name!r} is not a list.")
        texts += (b"," if texts else b"{", encode_canonical(name), b":", *canonical)
    return LongBody(value, b"".join((*texts, b"}")) if texts else b"{}")


async def _canonical_items(items: JsonItems, pauses: Pauses) -> list[bytes]:
    texts = []
    for index in range(len(items)):
        texts.append(b"," if index else b"[")
        texts.append(parse_json(items.text(index), max_values=MAX_EVENT_VALUES).canonical)
        await pauses.take()
    texts.append(b"]" if texts else b"[]")
    return texts
