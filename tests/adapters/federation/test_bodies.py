"""Cost of reading the body of an answer."""

import tracemalloc
from types import SimpleNamespace

import pytest

from countersign.adapters.federation.bodies import BodyUnusable, read_body

CHUNK = b"x" * 65_536


def answer(chunks, headers=None, content_length=None):
    async def iter_chunked(_size):
        for _ in range(chunks):
            yield CHUNK

    content = SimpleNamespace(iter_chunked=iter_chunked)
    return SimpleNamespace(headers=headers or {}, content_length=content_length, content=content)


async def test_a_body_is_read_up_to_the_last_byte_that_is_allowed():
    assert await read_body(answer(3), 3 * len(CHUNK)) == CHUNK * 3

    with pytest.raises(BodyUnusable, match="too large"):
        await read_body(answer(3), 3 * len(CHUNK) - 1)


@pytest.mark.parametrize(
    ("headers", "content_length", "reason"),
    [({"Content-Encoding": "gzip"}, 1, "compressed"), ({}, 10**12, "too large")],
)
async def test_a_body_that_the_headers_rule_out_is_not_read(headers, content_length, reason):
    with pytest.raises(BodyUnusable, match=reason):
        await read_body(answer(1, headers, content_length), 10**6)


async def test_a_large_body_is_in_memory_once():
    tracemalloc.start()
    try:
        body = await read_body(answer(256), 256 * len(CHUNK))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(body) == 256 * len(CHUNK)
    assert most_bytes < 1.4 * len(body)
