"""Tests of requests in pieces: they are answered as if the parser had read all of them."""

import asyncio
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.web.http import protocol as protocol_module
from countersign.web.http.answers import Answer
from countersign.web.http.body_memory import OTHER, private_bodies
from countersign.web.http.connections import ConnectionLimits, EdgeLimits
from countersign.web.http.protocol import EdgeProtocol
from tests.web.wire import written

LIMITS = EdgeLimits(header_bytes=400, header_count=8, linger_bytes=100)


class Echo:
    """An application that answers without a task; `/early` is answered before the body is read."""

    async def __call__(self, scope, receive, send):
        await (await self.answer(scope, receive))(scope, receive, send)

    def find_plain(self, path):
        return None if path == b"/in-a-task" else self.answer

    async def answer(self, scope, receive):
        if scope["path"] == "/early":
            return Answer(401, {})
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return Answer(503, {})
            body += message["body"]
            more = message["more_body"]
        return Answer(200, {"path": scope["path"], "body": body.decode("latin-1")})


class Written(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.sent = b""
        self.is_closed = self.is_reading_paused = False

    def is_closing(self):
        return self.is_closed

    def write(self, data):
        self.sent += data

    def can_write_eof(self):
        return False

    def close(self):
        self.is_closed = True

    abort = close

    def pause_reading(self):
        self.is_reading_paused = True

    def resume_reading(self):
        self.is_reading_paused = False


async def rounds():
    for _ in range(6):
        await asyncio.sleep(0)


async def said(pieces):
    """Return what a connection answers to these pieces, if it is closed, and bytes held at last."""
    bodies = private_bodies()
    transport = Written()
    tasks = set()
    protocol = EdgeProtocol(Echo(), tasks, ConnectionLimits(LIMITS), bodies)
    protocol.connection_made(transport)
    for piece in pieces:
        if transport.is_closed:
            break
        protocol.data_received(piece)
        await rounds()
    ended = transport.sent, transport.is_closed, bodies.held_bytes(OTHER)
    protocol.connection_lost(None)
    await rounds()
    assert not tasks
    return ended


def cut(data, places):
    """Return the pieces of some bytes that are cut at these places."""
    ends = [*sorted({place % len(data) for place in places} - {0}), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


BODY = st.sampled_from([30, 10, 0, 1]).map(lambda size: bytes(range(size)))
USUAL = st.builds(
    written,
    st.sampled_from(["POST", "POST", "PUT"]),
    st.sampled_from(["/", "/in-a-task", "/early"]),
    st.just({"X": "y"}),
    BODY,
)
UNUSUAL = st.builds(
    written,
    st.sampled_from(["POST", "PATCH"]),
    st.sampled_from(["/", "/a?b"]),
    st.sampled_from([{"Connection": "close"}, {"X": "y" * 500}, {"Expect": "100-continue"}]),
    BODY,
)


def check_that_the_parser_answers_alike(pieces):
    answers = asyncio.run(said(pieces))
    with mock.patch.object(protocol_module, "read_usual_request", return_value=None):
        assert answers == asyncio.run(said(pieces))


@given(
    st.lists(USUAL | UNUSUAL, min_size=1, max_size=4),
    st.lists(st.integers(0, 2_000), max_size=12),
)
def test_requests_in_any_pieces_are_answered_as_by_the_parser(requests, places):
    check_that_the_parser_answers_alike(cut(b"".join(requests), places))


@settings(max_examples=300)
@given(
    st.lists(st.tuples(USUAL, st.sampled_from([0, 1, 9, 29, -2]), st.booleans()), max_size=3),
    UNUSUAL | st.just(b""),
)
def test_requests_cut_in_their_bodies_are_answered_as_by_the_parser(requests, last):
    """A piece may hold the end of one body, and the next head."""
    pieces: list[bytes] = []
    for request, place, is_joined in [*requests, (last, len(last), False)]:
        end = request.find(b"\r\n\r\n") + 4 + place
        first = pieces.pop() if pieces and is_joined else b""
        cut_up = (first + request[:end], request[end : end + 9], request[end + 9 :])
        pieces += [piece for piece in cut_up if piece]
    check_that_the_parser_answers_alike(pieces)
