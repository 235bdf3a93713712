"""Responses of a hostile server that are as expensive as possible.

Each kind of expensive value is placed beside the wanted field, in its place, and as one of many
items in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ITEM_BYTES = 60_000
"""Size of one item: just below the limit on events."""

LISTED_BYTES = 8_000
"""Size of a list of tiny items in bytes, by default."""


@dataclass(frozen=True)
class Place:
    """The place in an endpoint's answer that holds the value we use.

    Attributes:
        around: the answer, with `wanted` in the place of a JSON value.
        item: an item of a list there, with `filler` in the place of a value; None if it is no list.
    """

    around: str
    item: str | None = None


_EVENT = (
    '{"type":"m.room.member","room_id":"!room:example.org","state_key":"@a:example.org",'
    '"sender":"@a:example.org","depth":1,"origin_server_ts":1,"auth_events":[],"prev_events":[],'
    '"hashes":{"sha256":"x"},"signatures":{},"content":{"membership":"join","x":filler}}'
)
_SPACE = '"room_id":"!space:example.org","room_type":"m.space"'
_CHILD = (
    '{"type":"m.space.child","state_key":"!child:example.org","content":{"via":["a"],"x":filler}}'
)

PLACES: Mapping[str, tuple[Place, ...]] = {
    "send_join": (Place('{"state":wanted}', _EVENT), Place('{"event":wanted,"state":[]}')),
    "state": (Place('{"pdus":wanted}', _EVENT),),
    "state_ids": (Place('{"pdu_ids":wanted}', '"filler"'),),
    "hierarchy": (
        Place(f'{{"room":{{{_SPACE},"children_state":wanted}}}}', _CHILD),
        Place(f'{{"room":{{{_SPACE}}},"children":wanted}}', f'{{{_SPACE},"x":filler}}'),
    ),
    "event": (Place('{"pdus":wanted}', _EVENT),),
    "make_join": (Place('{"event":wanted,"room_version":"11"}'),),
    "make_leave": (Place('{"event":wanted,"room_version":"11"}'),),
    "send_leave": (Place("wanted"),),
    "send": (Place('{"pdus":wanted}'),),
    "version": (Place('{"server":wanted}'),),
    "directory": (Place('{"room_id":wanted}'), Place('{"servers":wanted}')),
    "openid": (Place('{"sub":wanted}'),),
    "key": (Place('{"verify_keys":wanted}'), Place('{"signatures":wanted}')),
    "key query": (Place('{"server_keys":wanted}', '{"server_name":"example.org","x":filler}'),),
    "well-known server": (Place('{"m.server":wanted}'),),
    "well-known policy_server": (Place('{"public_keys":wanted}'),),
    "checker": (Place('{"action":wanted}'), Place("wanted")),
    "webhook": (Place("wanted"),),
}
"""The places, by endpoint; the names are those of the specification where it has some."""


def _list_of(text: bytes, size: int) -> bytes:
    return b"[" + (text + b",") * (size // (len(text) + 1)) + b"0]"


def _keys(size: int) -> bytes:
    return b"{" + b",".join(b'"%d":1' % n for n in range(size // 10)) + b"}"


VALUES = {
    "flat list": lambda size: _list_of(b"1", size),
    "nested lists": lambda size: _list_of(b"[[]]", size),
    "nested objects": lambda size: _list_of(b'{"":{"":{"":{}}}}', size),
    "flat objects": lambda size: _list_of(b"{}", size),
    "one flat object": _keys,
    "450 levels, many times": lambda size: _list_of(b"[" * 450 + b"]" * 450, size),
    "brackets without end": lambda size: b"[" * size,
    "as deep as it is long": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "zigzag": lambda size: _list_of(b"[[[[0]],0],0]", size),
    "numbers with fractions": lambda size: _list_of(b"1.5", size),
    "escaped text": lambda size: b'"' + b"\\u0041" * (size // 6) + b'"',
    "empty strings": lambda size: _list_of(b'""', size),
    "quotes and brackets": lambda size: _list_of(b'"\\"]}[{"', size),
    "one long string": lambda size: b'"' + b"x" * size + b'"',
    "one key twice": lambda size: b"{" + b'"a":1,' * (size // 6) + b'"a":1}',
    "digits": lambda size: b"9" * size,
    "blanks": lambda size: b" " * size + b"1",
    "no JSON": lambda size: b"<" * size,
}


def answers(
    endpoint: str, size: int, listed_bytes: int = LISTED_BYTES
) -> Iterator[tuple[str, bytes]]:
    """Yield hostile bodies for an endpoint, each with its name.

    Args:
        endpoint: one of `PLACES`.
        size: of a body.
        listed_bytes: of one whose junk stands where something is wanted.
    """
    for name, value in VALUES.items():
        large, small = value(size).decode(), value(min(size, ITEM_BYTES)).decode()
        for place in PLACES[endpoint]:
            beside = place.around.replace("wanted", "[]")
            if beside != "[]":
                yield f"{name} beside", f'{{"unwanted":{large},{beside[1:]}'.encode()
            listed = value(min(size, listed_bytes)).decode()
            yield f"{name} in its place", place.around.replace("wanted", listed).encode()
            if place.item is None:
                continue
            # A string stands for itself, as IDs do.
            filler = json.dumps(small)[1:-1] if place.item.startswith('"') else small
            item = place.item.replace("filler", filler)
            items = ",".join([item] * max(1, size // 2 // len(item)))
            yield f"{name} as items", place.around.replace("wanted", f"[{items}]").encode()


@dataclass
class HostileResponse:
    """A hostile server's response, sent after the head of a request.

    Attributes:
        start: the first bytes.
        again: what it says over and over, if anything.
        pause_seconds: between two of those.
    """

    start: bytes
    again: bytes = b""
    pause_seconds: float = 0.0


def whole(body: bytes) -> HostileResponse:
    """Return a response with this body."""
    return HostileResponse(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
        + body
    )


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

ENDLESS = {
    "endless list": HostileResponse(_CHUNKED + b'6\r\n{"a":[\r\n', b"2\r\n1,\r\n" * 5_000),
    "endless brackets": HostileResponse(
        _CHUNKED + b'5\r\n{"a":\r\n', b"1000\r\n" + b"[" * 4096 + b"\r\n"
    ),
    "endless string": HostileResponse(
        _CHUNKED + b'6\r\n{"a":"\r\n', b"1000\r\n" + b"x" * 4096 + b"\r\n"
    ),
    "endless blanks": HostileResponse(_CHUNKED, b"1000\r\n" + b" " * 4096 + b"\r\n"),
}
DRIPPED = {
    "dripped body": HostileResponse(_CHUNKED + b'6\r\n{"a":[\r\n', b"2\r\n1,\r\n", 0.05),
    "dripped head": HostileResponse(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05),
    "silence": HostileResponse(b""),
}
BOMB = HostileResponse(
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n"
    + b"\x1f" * 100_000
)
