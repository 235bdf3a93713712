"""Tests of requests that are read without the parser: they are read as the parser reads them."""

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.web.http.heads import read_framing, read_usual_request

USUAL = (
    b"POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: policy.example\r\n"
    b'Authorization: X-Matrix origin="a.example",key="ed25519:1",sig="AAAA"\r\n'
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
X_MATRIX = b'X-Matrix origin="a.example",key="ed25519:1",sig="AAAA+/",destination="policy.example"'
HOMESERVERS = {
    # As received from Synapse 1.163 on Twisted 26.10, which sends the body on its own.
    "Synapse": b"POST /_matrix/policy/v1/sign HTTP/1.1\r\nContent-Length: 2\r\n"
    b"User-Agent: Synapse/1.163.2 (b=main,0123abcd)\r\nContent-Type: application/json\r\n"
    b"Authorization: " + X_MATRIX + b"\r\nHost: policy.example:8448\r\n\r\n",
    "a transaction of Synapse": b"PUT /_matrix/federation/v1/send/1796135983305 HTTP/1.1\r\n"
    b"Content-Length: 2\r\nUser-Agent: Synapse/1.163.2 (b=main,0123abcd)\r\n"
    b"Content-Type: application/json\r\nAuthorization: " + X_MATRIX
    + b"\r\nHost: policy.example:8448\r\n\r\n",
    # From net/http of Go 1.26, which gomatrixserverlib uses. In TLS, a connection's first record
    # holds 1,186 bytes.
    "Go": b"POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: policy.example:8448\r\n"
    b"User-Agent: Go-http-client/1.1\r\nContent-Length: 2\r\nAuthorization: " + X_MATRIX
    + b"\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n",
    # From reqwest 0.12 on hyper, which the servers descended from Conduit use.
    "hyper": b"POST /_matrix/policy/v1/sign HTTP/1.1\r\ncontent-type: application/json\r\n"
    b"authorization: " + X_MATRIX + b"\r\naccept: */*\r\nuser-agent: conduit\r\n"
    b"host: policy.example:8448\r\ncontent-length: 2\r\n\r\n",
}  # fmt: skip
"""Heads of real homeservers' requests."""
PIECES = [
    b"POST ", b"PUT ", b"GET ", b"/", b"/a/b", b"/a?b=c", b"/%41", b"*", b"http://a.example/",
    b" HTTP/1.1",
    b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"Host: a", b"host:b", b"HOST: a b", b"Content-Length: 2",
    b"content-length: 0", b"content-length: 02", b"content-length: +2", b"content-length:  2",
    b"content-length: 2 ", b"Transfer-Encoding: chunked", b"Transfer-Encoding : chunked",
    b"Connection: close", b"connection: upgrade", b"Upgrade: websocket", b"Expect: 100-continue",
    b"X: y", b"X-Y: \xff", b"X_Y: z", b": z", b" folded", b"X:", b"X: a\tb", b"X:  a", b"X: a ",
    b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"",
]  # fmt: skip


class Parsed:
    """Received bytes as the parser reads them."""

    def __init__(self, data):
        self.target, self.headers, self.body, self.heads, self.ends = b"", [], b"", 0, 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(data)

    def on_url(self, url):
        self.target += url

    def on_header(self, name, value):
        self.headers.append((name.lower(), value))

    def on_headers_complete(self):
        self.heads += 1
        self.version = self.parser.get_http_version()
        self.is_kept_alive = self.parser.should_keep_alive()
        assert not self.parser.should_upgrade()

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        self.ends += 1


def read(data, max_bytes=16_384, max_headers=64):
    return read_usual_request(data, max_bytes=max_bytes, max_headers=max_headers)


def check_that_the_parser_reads_it_alike(data):
    """Return True if the bytes were read without the parser."""
    usual = read(data)
    if usual is None:
        return False
    parsed = Parsed(data)
    assert (parsed.target, parsed.headers, parsed.body) == (
        usual.target,
        usual.headers,
        usual.body,
    )
    is_whole = len(usual.body) == usual.content_length
    assert (parsed.heads, parsed.ends, parsed.version) == (1, int(is_whole), "1.1")
    assert parsed.is_kept_alive
    assert parsed.parser.get_method().decode() == usual.method
    framing = read_framing(usual.headers, "1.1", usual.target, max_bytes=16_384)
    assert (framing.content_length, framing.expects_100_continue) == (usual.content_length, False)
    if not is_whole:
        missing = usual.content_length - len(usual.body)
        parsed.parser.feed_data(missing * b"x")
        assert (parsed.body, parsed.ends) == (usual.body + missing * b"x", 1)
    return True


@pytest.mark.parametrize("head", HOMESERVERS.values(), ids=HOMESERVERS)
@pytest.mark.parametrize("body", [b"{}", b"{", b""], ids=["at once", "cut", "afterwards"])
def test_requests_of_homeservers_are_read_without_the_parser(head, body):
    assert check_that_the_parser_reads_it_alike(head + body)


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(0, 3))
def test_lines_of_any_kind_are_read_as_the_parser_reads_them(pieces, body):
    method = (b"POST", b"PUT")[body % 2]
    head = method + b" /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n" + b"\r\n".join(pieces)
    check_that_the_parser_reads_it_alike(head + b"\r\n\r\n" + b"{}  "[:body])
    check_that_the_parser_reads_it_alike(b"".join(pieces))


@given(
    st.lists(
        st.tuples(st.integers(0, len(USUAL)), st.sampled_from([*PIECES, None]) | st.binary()),
        max_size=3,
    )
)
def test_a_damaged_request_is_read_as_the_parser_reads_it(changes):
    data = USUAL
    for place, put in changes:
        data = data[:place] + (data[place + 1 :] if put is None else put + data[place:])
    check_that_the_parser_reads_it_alike(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(USUAL[:-3], id="a part of the head is to come"),
        pytest.param(USUAL + b"P", id="the next request has begun"),
        pytest.param(USUAL.replace(b"Host: policy.example\r\n", b""), id="no host"),
        pytest.param(USUAL.replace(b"Host", b"Host: a\r\nHost"), id="two hosts"),
        pytest.param(USUAL.replace(b"Length: 2", b"Length: 2\r\nContent-Length: 2"), id="lengths"),
        pytest.param(USUAL.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"), id="chunked"),
        pytest.param(USUAL.replace(b"Host", b"Connection: close\r\nHost"), id="close"),
        pytest.param(USUAL.replace(b"Host", b"Expect: 100-continue\r\nHost"), id="expect"),
        pytest.param(USUAL.replace(b"HTTP/1.1", b"HTTP/1.0"), id="HTTP/1.0"),
        pytest.param(USUAL.replace(b"POST", b"PATCH"), id="another method"),
        pytest.param(USUAL.replace(b"/sign ", b"/sign?a=b "), id="a query"),
    ],
)
def test_all_else_is_left_to_the_parser(data):
    assert read(data) is None


def test_limits_on_the_head_are_those_of_the_parser():
    target, headers = b"/_matrix/policy/v1/sign", read(USUAL).headers
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)

    assert read(USUAL, max_bytes=size - 1) is None
    assert read(USUAL, max_headers=3) is None
    assert read(USUAL, max_bytes=size + 64, max_headers=4) is not None
