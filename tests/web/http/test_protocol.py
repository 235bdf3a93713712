"""Tests of the HTTP protocol: every request is answered in JSON, in time, within limits."""

import asyncio
import contextlib
import gc
import json
import socket

import pytest

from countersign.web.http.answers import Answer
from countersign.web.http.body_memory import OTHER, private_bodies
from countersign.web.http.connections import ConnectionLimits, EdgeLimits
from countersign.web.http.exchange import Exchange
from countersign.web.http.listeners import ListenAt, Listeners
from countersign.web.http.protocol import EdgeProtocol
from tests.web.wire import Wire, ask, written

HASTY = EdgeLimits(
    header_seconds=0.2,
    body_seconds=0.2,
    idle_seconds=0.4,
    answer_seconds=0.4,
    linger_seconds=0.2,
)


class BegunAtOnce:
    """An application whose first step is taken as soon as a request is here in full."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        await self._app(scope, receive, send)

    def find_plain(self, _):
        return self.answer

    async def answer(self, scope, receive):
        sent = []

        async def send(message):
            sent.append(message)

        await self._app(scope, receive, send)
        if not sent:  # it was told that the client has gone
            return Answer(503, None)
        start, body = sent
        return Answer(start["status"], body["body"])


@pytest.fixture(params=["in a task", "at once"])
async def serve(request, serve):
    """Serve an application that begins in a task, and one that begins before there is any."""
    if request.param == "in a task":
        return serve
    return lambda app, *rest, **more: serve(BegunAtOnce(app), *rest, **more)


async def echo(scope, receive, send):
    """Answer with the request that arrived; `/early` is answered before the body is read."""
    body = b""
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    told = {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "raw_target": scope["raw_target"].decode(),
        "query": scope["query_string"].decode(),
        "body_bytes": len(body),
        "headers": [name.decode() for name, _ in scope["headers"]],
    }
    await Answer(200, told)(scope, receive, send)


async def never(scope, receive, send):
    await asyncio.Event().wait()


async def raises(scope, receive, send):
    raise RuntimeError("an application must not do this")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a/b?c=d", "/a/b", "c=d"),
        ("/a%2Fb/%E2%98%83?c=%2F", "/a/b/☃", "c=%2F"),
        ("//a//b/../c?", "//a//b/../c", ""),
        ("http://other.example/a?b", "/a", "b"),
    ],
)
async def test_the_target_is_passed_on_unchanged(serve, target, path, query):
    bound = await serve(echo)

    told = (await ask(bound, target=target)).json

    assert told["raw_target"] == target
    assert (told["path"], told["query"]) == (path, query)


async def test_many_requests_on_one_connection_are_answered(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        for size in (0, 10, 300_000, 1):
            await wire.say(written("POST", "/", body=b"x" * size))
            assert (await wire.hear()).json["body_bytes"] == size


async def test_a_request_in_parts_gets_the_same_answer(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        answers = []
        for cut in (0, 5, 30, 0, -1, 0):
            request = written("POST", "/x", body=b"x" * 9)
            pieces = (request[:cut], request[cut:]) if cut else (request,)
            await wire.say(*pieces, pause=0.02)
            answers.append(await wire.hear())
        await wire.say(b"\r\n" + written("POST", "/x", body=b"x" * 9))
        answers.append(await wire.hear())

    assert {answer.status for answer in answers} == {200}
    assert answers[0].json["body_bytes"] == 9
    assert all(answer.raw_headers == answers[0].raw_headers for answer in answers)
    assert all(answer.body == answers[0].body for answer in answers)


async def test_pipelined_requests_are_answered_in_order(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(b"".join(written("POST", f"/{n}", body=b"x" * n) for n in range(5)))
        for n in range(5):
            answer = await wire.hear()
            assert (answer.json["path"], answer.json["body_bytes"]) == (f"/{n}", n)


async def test_requests_before_a_broken_one_are_answered_and_the_connection_closes(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("GET", "/good") + b"NOT HTTP\r\n\r\n")

        assert (await wire.hear()).json["path"] == "/good"
        assert await wire.hear_the_end() == b""


async def test_the_number_of_pipelined_requests_is_limited(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("GET", "/x") * 1000)
        answers = (await wire.hear_the_end()).count(b"HTTP/1.1 200")

    assert 0 < answers < 20


async def test_chunked_bodies_are_accepted(serve):
    bound = await serve(echo)
    chunked = written("POST", "/", {"Transfer-Encoding": "chunked"})

    async with await Wire.to(bound) as wire:
        await wire.say(chunked, b"3\r\nabc\r\n", b"2;x=y\r\nde\r\n", b"0\r\n\r\n", pause=0.01)

        assert (await wire.hear()).json["body_bytes"] == 5


async def test_headers_in_trailers_are_ignored(serve):
    bound = await serve(echo)
    chunked = written("POST", "/", {"Transfer-Encoding": "chunked"})

    async with await Wire.to(bound) as wire:
        await wire.say(chunked, b"1\r\na\r\n0\r\nAuthorization: X-Matrix\r\n\r\n", pause=0.01)

        assert "authorization" not in (await wire.hear()).json["headers"]


async def test_expect_100_continue_is_answered(serve):
    bound = await serve(echo)
    headers = {"Expect": "100-continue", "Content-Length": "3"}

    async with await Wire.to(bound) as wire:
        await wire.say(written("POST", "/", headers))
        assert (await wire.hear()).status == 100
        await wire.say(b"abc")
        assert (await wire.hear()).json["body_bytes"] == 3


async def test_a_half_closed_connection_gets_its_answer(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("GET", "/half"))
        wire.writer.write_eof()

        assert (await wire.hear()).json["path"] == "/half"
        assert await wire.hear_the_end() == b""


async def test_head_is_answered_without_a_body(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("HEAD", "/a"))
        assert int((await wire.hear(to_head=True)).headers["content-length"]) > 0
        await wire.say(written("GET", "/b"))
        assert (await wire.hear()).json["path"] == "/b"


async def test_answers_do_not_name_server_and_software(serve):
    bound = await serve(echo)

    assert "server" not in (await ask(bound)).headers


BOTH_LENGTHS = b"POST / HTTP/1.1\r\nHost: a\r\n%s: %s\r\n%s: %s\r\n\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", 400, id="TLS to a plain port"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", 400, id="bare line feeds"),
        pytest.param(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, id="space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, id="folded header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, id="NUL in a header"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="raw byte in the target"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400, id="unknown version"),
        pytest.param(b"GET /\r\n\r\n", 505, id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2 preface"),
        pytest.param(b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="CONNECT"),
        pytest.param(
            BOTH_LENGTHS % (b"Content-Length", b"5", b"Transfer-Encoding", b"chunked"),
            400,
            id="Content-Length, then Transfer-Encoding",
        ),
        pytest.param(
            BOTH_LENGTHS % (b"Transfer-Encoding", b"chunked", b"Content-Length", b"5"),
            400,
            id="Transfer-Encoding, then Content-Length",
        ),
        pytest.param(
            BOTH_LENGTHS % (b"Content-Length", b"5", b"Content-Length", b"6"),
            400,
            id="two Content-Lengths",
        ),
        pytest.param(
            BOTH_LENGTHS % (b"Transfer-Encoding", b"gzip, chunked", b"A", b"b"),
            400,
            id="compressed transfer coding",
        ),
        pytest.param(
            BOTH_LENGTHS % (b"Transfer-Encoding", b"xchunked", b"A", b"b"),
            400,
            id="unknown transfer coding",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
            b"Content-Length: 3\r\n\r\nabc",
            400,
            id="an upgrade, which would swallow the body",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
            id="a chunk of no size",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
            431,
            id="a long header",
        ),
        pytest.param(
            b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, id="a long target"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 150 + b"\r\n", 431, id="many headers"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2_000_000, 431, id="an endless header"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1\r\na\r\n" * 200_000,
            400,
            id="a storm of tiny chunks",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
            + b"x" * 2_000_000,
            400,
            id="an endless trailer",
        ),
    ],
)
async def test_a_refusal_is_one_json_object_and_closes_the_connection(serve, sent, status):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(sent)
        answer = await wire.hear()

        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert answer.errcode in ("M_UNKNOWN", "M_TOO_LARGE")
        assert await wire.hear_the_end() == b""


async def test_an_early_answer_reaches_a_client_that_is_still_sending(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("POST", "/early", {"Content-Length": "400000"}))
        await wire.say(*[b"x" * 40_000] * 10, pause=0.001)
        answer = await wire.hear()

        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await wire.hear_the_end() == b""


@pytest.mark.parametrize("how", [{"Content-Length": "100000000"}, {"Transfer-Encoding": "chunked"}])
async def test_a_client_that_sends_on_after_the_answer_is_cut_off_within_a_mebibyte(serve, how):
    bound = await serve(echo)
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
    client.setblocking(False)
    await loop.sock_connect(client, (bound.address, bound.port))
    await loop.sock_sendall(client, written("POST", "/early", how))
    assert (await loop.sock_recv(client, 65_536)).startswith(b"HTTP/1.1 200 ")

    sent, chunk = 0, b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    with contextlib.suppress(ConnectionError):
        while sent < 100_000_000:
            await loop.sock_sendall(client, chunk)
            sent += len(chunk)
    client.close()

    assert sent <= 1024 * 1024


async def test_a_body_in_tiny_pieces_is_refused_after_a_few_hundred(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("POST", "/", {"Transfer-Encoding": "chunked"}))
        await wire.say(b"1\r\na\r\n" * 500 + b"0\r\n\r\n")
        assert (await wire.hear()).json["body_bytes"] == 500
        await wire.say(written("POST", "/", {"Transfer-Encoding": "chunked"}))
        await wire.say(b"1\r\na\r\n" * 600)
        answer = await wire.hear()

    assert (answer.status, answer.errcode) == (400, "M_TOO_LARGE")


async def test_a_long_body_in_pieces_of_a_few_hundred_bytes_is_taken(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        await wire.say(written("POST", "/", {"Transfer-Encoding": "chunked"}))
        await wire.say((b"100\r\n" + b"a" * 256 + b"\r\n") * 4_000 + b"0\r\n\r\n")
        assert (await wire.hear()).json["body_bytes"] == 1_024_000


async def test_an_early_answer_to_a_whole_request_keeps_the_connection(serve):
    bound = await serve(echo)

    async with await Wire.to(bound) as wire:
        for _ in range(2):
            await wire.say(written("POST", "/early", body=b"abc"))
            assert "connection" not in (await wire.hear()).headers


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n\r\n", id="empty lines"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: ", id="half a header"),
        pytest.param(written("POST", "/", {"Content-Length": "9"}) + b"abc", id="half a body"),
    ],
)
async def test_slow_requests_time_out(serve, sent):
    bound = await serve(echo, HASTY)

    async with await Wire.to(bound) as wire:
        await wire.say(sent)
        end = await wire.hear_the_end()

    if sent.strip():
        head, _, body = end.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(body)["errcode"] == "M_UNKNOWN"
    else:
        assert end == b""


async def drip(wire):
    while True:
        await wire.say(b"X-A: b\r\n", pause=0.02)


async def test_slow_drips_do_not_stretch_a_deadline(serve):
    bound = await serve(echo, HASTY)

    async with await Wire.to(bound) as wire:
        await wire.say(b"GET / HTTP/1.1\r\n")
        dripping = asyncio.create_task(drip(wire))
        head = await wire.hear()
        dripping.cancel()

    assert head.status == 408


async def test_an_idle_connection_is_closed(serve):
    bound = await serve(echo, HASTY)

    async with await Wire.to(bound) as wire:
        await wire.say(written())
        await wire.hear()

        assert await wire.hear_the_end() == b""


async def test_an_application_that_never_answers_is_cancelled(serve):
    bound = await serve(never, HASTY)

    async with await Wire.to(bound) as wire:
        await wire.say(written())

        assert await wire.hear_the_end() == b""


async def test_a_disconnect_during_a_request_is_harmless(serve, caplog):
    bound = await serve(echo)

    for sent in (
        written("GET", "/a") * 5,
        written("POST", "/", {"Content-Length": "9"}) + b"abc",
        written("POST", "/", {"Content-Length": "9", "Expect": "100-continue"}),
    ):
        async with await Wire.to(bound) as wire:
            await wire.say(sent)

    assert (await ask(bound)).status == 200
    assert caplog.records == []


async def test_an_exception_of_the_application_is_answered_with_an_error(serve):
    bound = await serve(raises)

    answer = await ask(bound)

    assert (answer.status, answer.errcode) == (500, "M_UNKNOWN")
    assert b"must not" not in answer.body


async def test_the_oldest_idle_connection_gives_way_to_a_new_one(serve):
    bound = await serve(echo, EdgeLimits(connections=2))

    async with await Wire.to(bound) as one, await Wire.to(bound) as two:
        for wire in (one, two):
            await wire.say(written())
            assert (await wire.hear()).status == 200
        assert (await ask(bound)).status == 200
        await two.say(written())
        assert (await two.hear()).status == 200
        with contextlib.suppress(ConnectionError):
            assert await one.hear_the_end() == b""


async def test_stalled_connections_by_the_hundred_keep_nobody_out(serve):
    bound = await serve(echo, EdgeLimits(connections=20))
    stalls = [b"", b"GET", written("POST", "/", {"Content-Length": "9"}), written()]
    async with contextlib.AsyncExitStack() as stack:
        for number in range(100):
            wire = await stack.enter_async_context(await Wire.to(bound))
            await wire.say(stalls[number % len(stalls)])
            if number % 10 == 0:
                assert (await ask(bound)).status == 200


async def test_a_stranger_is_refused_if_members_use_all_connections():
    is_member = True
    listeners = Listeners(echo, EdgeLimits(connections=1), is_member=lambda _: is_member)
    (bound,) = await listeners.start([ListenAt(address="127.0.0.1", port=0)])
    try:
        async with await Wire.to(bound) as member:
            await member.say(written())
            assert (await member.hear()).status == 200
            is_member = False
            async with await Wire.to(bound) as stranger:
                answer = await stranger.hear()
                assert (answer.status, answer.errcode) == (503, "M_UNKNOWN")
                assert answer.headers["retry-after"] == "1"
                assert await stranger.hear_the_end() == b""
    finally:
        await listeners.stop()


async def test_a_request_that_waits_for_no_more_than_its_body_is_answered_without_a_task(serve):
    counts = []

    async def count(scope, receive, send):
        await receive()
        counts.append(asyncio.current_task())
        await Answer(200, {})(scope, receive, send)

    bound = await serve(BegunAtOnce(count))
    async with await Wire.to(bound) as wire:
        await wire.say(written())
        await wire.hear()
        head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n"
        await wire.say(head)
        await asyncio.sleep(0.05)
        await wire.say(b"{}")
        assert (await wire.hear()).status == 200

    assert counts == [None, None]


class _Kept(asyncio.Transport):
    """A transport that says only later that its connection is lost, as TLS may."""

    def is_closing(self):
        return False

    def set_write_buffer_limits(self, *_, **__):
        pass

    def write(self, data):
        pass

    def pause_reading(self):
        pass

    resume_reading = abort = close = pause_reading


async def test_a_displaced_connection_loses_all_its_requests_at_once():
    begun = asyncio.Event()

    async def reads(scope, receive, send):
        begun.set()
        await asyncio.Event().wait()

    bodies, tasks = private_bodies(), set()
    protocol = EdgeProtocol(reads, tasks, ConnectionLimits(EdgeLimits()), bodies)
    protocol.connection_made(_Kept())
    protocol.data_received(2 * written("POST", "/", body=b"x" * 9_000))
    await begun.wait()
    assert bodies.held_bytes(OTHER) > 0

    protocol.end_for_others()
    await asyncio.sleep(0)

    assert bodies.held_bytes(OTHER) == 0
    assert all(task.done() for task in tasks)


ENDINGS = {
    "after an answer": [written("POST", "/", body=b"x")],
    "within a head": [b"GET / HTTP/1.1\r\nHost: he"],
    "within a body": [written("POST", "/", {"Content-Length": "9"}, b"x")],
    "after a refusal": [b"GET nonsense\r\n\r\n"],
    "before an answer": [written("GET", "/late")],
    "with a pipeline": [b"".join(written("POST", f"/{n}", body=b"x") for n in range(5))],
}
SLOW = ("within a head", "within a body", "before an answer")
"""Endings of a connection that the server closes by itself if we wait."""


@pytest.mark.parametrize(
    ("ending", "by_us"), [*((each, True) for each in ENDINGS), *((each, False) for each in SLOW)]
)
async def test_a_connection_that_ends_leaves_nothing_for_the_garbage_collector(
    serve, ending, by_us
):
    # What comes and goes by the thousand must not need it: it stops everybody when it comes.
    async def answer(scope, receive, send):
        while scope["path"] == "/late" and (await receive())["type"] != "http.disconnect":
            pass
        await echo(scope, receive, send)

    # A client that has said all may wait for the answer still: there its limit comes first.
    is_quick_only = not by_us or ending == "before an answer"
    bound = await serve(answer, HASTY if is_quick_only else None)
    gc.collect()
    before = len(_held())  # what other tests left behind
    gc.disable()
    try:
        for _ in range(3):
            async with await Wire.to(bound) as wire:
                await wire.say(*ENDINGS[ending])
                if not by_us:
                    await wire.hear_the_end()
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await wire.hear()
        async with asyncio.timeout(60):
            # The acceptor has the last one at hand until the next comes.
            while len(_held()) > before + 1:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.02)
    finally:
        gc.enable()


def _held():
    return [one for one in gc.get_objects() if type(one) in (EdgeProtocol, Exchange)]
