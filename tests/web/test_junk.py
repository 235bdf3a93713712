"""Tests of malformed and truncated requests: the listener survives them and leaks nothing."""

import asyncio
import random  # noqa: TID251 - the same junk again for the same seed

import pytest
from starlette.routing import Route

from countersign.testing.clocks import RepeatableRandomness
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer
from countersign.web.http.body_memory import OTHER, private_bodies
from countersign.web.http.connections import EdgeLimits
from countersign.web.http.listeners import ListenAt, Listeners
from countersign.web.http.requests import read_body, read_head
from countersign.web.json_app import JsonApp
from tests.web.wire import Wire, ask

HASTY = EdgeLimits(
    header_seconds=0.3,
    body_seconds=0.3,
    idle_seconds=0.3,
    answer_seconds=0.5,
    linger_seconds=0.2,
)
HEADERS = (
    b"Connection: close",
    b"Expect: 100-continue",
    b"Upgrade: h2c\r\nConnection: upgrade",
    b"X: " + b"x" * 5_000,
    b"X: " + b"x" * 20_000,
    b"Content-Encoding: gzip",
)


class MalformedRequests:
    """Makes requests that are almost right."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def requests(self) -> bytes:
        sent = bytearray(b"".join(self._request() for _ in range(self._chance.randint(1, 5))))
        for _ in range(self._chance.choice([0, 0, 1, 4])):
            at = self._chance.randrange(len(sent))
            sent[at : at + self._chance.randint(0, 9)] = self._chance.randbytes(
                self._chance.randint(0, 3)
            )
        return bytes(sent)

    def pieces(self, sent: bytes) -> list[bytes]:
        size = self._chance.choice([50, 1_000, 100_000])
        return [sent[at : at + size] for at in range(0, len(sent), size)]

    def _request(self) -> bytes:
        chance = self._chance
        method = chance.choice([b"GET", b"POST", b"PUT", b"HEAD"])
        target = chance.choice([b"/a", b"/early", b"/slow", b"*"])
        headers = [b"Host: a", *chance.sample(HEADERS, chance.choice([0, 0, 0, 1]))]
        body = b""
        if chance.random() < 0.3:
            body = b"x" * chance.choice([0, 10, 70_000, 120_000])
            headers.append(b"Content-Length: %d" % len(body))
        elif chance.random() < 0.5:
            chunks = [b"x" * chance.choice([1, 1_000, 60_000]) for _ in range(chance.randint(0, 3))]
            body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
            body += b"0\r\n\r\n"
            headers.append(b"Transfer-Encoding: chunked")
        return b"%b %b HTTP/1.1\r\n%b\r\n\r\n%b" % (method, target, b"\r\n".join(headers), body)


@pytest.mark.parametrize("seed", range(4))
async def test_the_server_survives_random_bytes(seed, caplog):
    junk, bodies = MalformedRequests(seed), private_bodies()

    async def take(request):
        head = read_head(request.scope)
        if request.url.path == "/early":
            raise TimeoutError
        body = await read_body(request.receive, head, 100_000)
        await asyncio.sleep(0.01 * (request.url.path == "/slow"))
        return Answer(200, {"bytes": len(body)})

    methods = ["GET", "POST", "PUT"]
    routes = [Route(path, take, methods=methods) for path in ("/a", "/early", "/slow")]
    app = JsonApp(ErrorAnswers(RepeatableRandomness()), routes=routes)

    async def send_junk():
        async with await Wire.to(bound) as wire:
            try:
                await wire.say(*junk.pieces(junk.requests()))
            except ConnectionError:
                return
            await wire.hear_the_end()

    listeners = Listeners(app, HASTY, bodies=bodies)
    bound = (await listeners.start([ListenAt(address="127.0.0.1", port=0)]))[0]
    try:
        for _ in range(5):
            await asyncio.gather(*(send_junk() for _ in range(20)))
        assert (await ask(bound, "POST", "/a", body=b"abc")).json == {"bytes": 3}
        async with asyncio.timeout(60):
            await listeners._connection_limits.wait_until_empty()
    finally:
        await listeners.stop()

    assert [record.getMessage() for record in caplog.records] == []
    assert bodies.held_bytes(OTHER) == 0
