"""Texts in a real Valkey server: found as long as they are sent, and a limited number of them."""

import re
from contextlib import AsyncExitStack
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

from countersign.policy.text.minhash import PLACES, MinHash
from countersign.ports.counters import Settlement, SimilarText
from tests.adapters.valkey.conftest import MOVED, Opened, counting_source, on_both, quiet, until
from tests.contracts.counted_events import ALICE, BOB, count, look, make_event

HOUR_MS = 3_600_000
CHANCE = Random(5)


def drawn():
    return MinHash(tuple(CHANCE.getrandbits(32) for _ in range(PLACES)))


def varied(text, places):
    """Return a text that differs in some places from another, none of them in the last band."""
    return MinHash((*(place ^ 1 for place in text.places[:places]), *text.places[places:]))


async def send(counters, name, sender, text, window_ms=HOUR_MS):
    question = SimilarText(text, 60, window_ms)
    await count(counters, make_event(name, sender), question, settlement=Settlement.SIGNED)


async def senders(counters, text, window_ms=HOUR_MS):
    return (await look(counters, SimilarText(text, 60, window_ms))).senders


@on_both
async def test_a_text_is_found_for_as_long_as_somebody_sends_it(moved, server):
    counters = await moved.counters(server.url)
    (client,) = moved.clients
    await until(lambda: client.is_up)
    text = drawn()
    nearly = varied(text, 4)
    found = []
    for number, sender in enumerate((ALICE, BOB, ALICE, BOB, ALICE)):
        # Others' texts, without which nothing becomes old.
        await send(counters, f"other {number}", f"@other{number}:b", drawn())
        found.append(await senders(counters, text))
        await send(counters, f"this {number}", sender, nearly if number % 2 else text)
        await quiet([client])
        with server.client() as inspector:
            inspector.incrby(MOVED, 50 * 60_000)

    assert found == [set(), {ALICE}, {BOB}, {ALICE}, {BOB}]
    with server.client() as inspector:
        inspector.incrby(MOVED, 50 * 60_000)
    assert await senders(counters, text) == set()


async def test_the_latest_texts_are_found_however_many_there_are(server, patient):
    """With a bound of 20 texts in place of thousands."""
    source = re.sub(r"\b(MAX_TEXTS) = \d+", r"\1 = 20", counting_source())
    async with AsyncExitStack() as stack:
        opened = Opened(stack, source)
        counters = await opened.counters(server.url)
        await until(lambda: opened.clients[0].is_up)
        texts = [drawn() for _ in range(75)]
        for number, text in enumerate(texts):
            await send(counters, f"{number}", ALICE, text)
            await send(counters, f"often {number}", BOB, texts[0])

        # A look at a text that is not found adds it, so only the latest are looked at.
        found = [bool(await senders(counters, text)) for text in (texts[0], *texts[-9:])]
        with server.client() as inspector:
            stored = sum(map(inspector.hlen, inspector.scan_iter("*:texts:*")))

    assert all(found)
    assert stored <= 20 * (16 + 2) + 2


@on_both
async def test_two_kinds_of_texts_share_the_bound(server, patient):
    source = re.sub(r"\b(MAX_TEXTS) = \d+", r"\1 = 20", counting_source())
    async with AsyncExitStack() as stack:
        opened = Opened(stack, source)
        counters = await opened.counters(server.url)
        await until(lambda: opened.clients[0].is_up)
        for number in range(60):
            window_ms = HOUR_MS * (1 + number % 2)
            await send(counters, f"{number}", ALICE, drawn(), window_ms)

        with server.client() as inspector:
            stored = sum(map(inspector.hlen, inspector.scan_iter("*:texts:*")))

    assert stored <= 20 * (16 + 2) + 4
