"""Tests of error answers: unauthorised and oversized requests, wrong paths and methods."""

import gzip

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import FakeRoom
from tests.blackbox.program import SPAM
from tests.blackbox.wire import (
    SIGN,
    UNSTABLE_SIGN,
    Requester,
    assert_error,
    assert_one_object,
    assert_signed,
)

SIGN_PATHS = (SIGN, UNSTABLE_SIGN)


@pytest.mark.parametrize("path", SIGN_PATHS)
def test_a_server_that_the_acl_shuts_out_is_told_so(room, first, denied, requester, path):
    for event in (room.event(denied), room.event(first), room.event(first, content={"a": SPAM})):
        assert_error(requester.ask(event, denied, path=path), 403, "M_FORBIDDEN")


def test_others_may_ask_about_an_event_of_a_server_that_the_acl_shuts_out(
    room, first, denied, program, requester
):
    # The ACL is about who asks; whether the event is let in is for the room's servers.
    event = room.event(denied)

    assert_signed(requester.ask(event, first), room, event, program)


@pytest.mark.parametrize("version", oracle.ROOM_VERSIONS)
@pytest.mark.parametrize("path", SIGN_PATHS)
def test_a_room_that_we_are_not_in_is_not_known(version, first, requester, path):
    room = FakeRoom(version, first, "unknown")

    for event in (room.event(first), room.create_event):
        assert_error(requester.ask(event, first, path=path), 404, "M_NOT_FOUND")


def test_room_ids_are_compared_byte_for_byte(rooms, first, requester):
    room = rooms["11"]
    for room_id in (
        room.room_id.upper(),
        room.room_id.replace("!room", "!Room"),
        room.room_id.replace("!room", "!ro\u006f\u0301m"),
        room.room_id + "0",
        rooms["12"].room_id[:-1] + ("A" if rooms["12"].room_id[-1] != "A" else "B"),
    ):
        event = room.event(first, add={"room_id": room_id})
        response = requester.ask(event, first)
        assert_one_object(response)
        assert response.status in (400, 404), response.said


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_matrix",
        "/_matrix/policy/v1",
        "/_matrix/policy/v1/sign/",
        "/_matrix/policy/v1//sign",
        "/_matrix/policy/v2/sign",
        "/_matrix/policy/v1/Sign",
        "/_matrix/policy/v1/check",
        "/_matrix/policy/unstable/org.matrix.msc4284/event/%24x/check",
        "/_matrix/federation/v1/publicRooms",
        "/_matrix/federation/v1/backfill/!x%3Aexample.org?limit=1",
        "/_matrix/federation/v1/get_missing_events/x",
        "/_matrix/federation/v1/make_join/x/y",
        "/_matrix/federation/v1/user/keys/claim",
        "/_matrix/key/v2/query",
        "/_matrix/client/versions",
        "/_matrix/media/v3/download/a/b",
        "/.well-known/matrix/client",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/_matrix/policy/v1/sign%00",
        "/_matrix/policy/v1/%73ign/x",
        "/é".encode().decode("latin-1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_an_unknown_path_is_unrecognized(requester, path, method):
    body = b"{}" if method != "GET" else None
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    if body is not None:
        head += f"Content-Length: {len(body)}\r\n"

    response = requester.connection.raw(head.encode("latin-1") + b"\r\n" + (body or b""))

    if not path.isascii():
        assert_error(response, response.status, "M_UNRECOGNIZED", "M_UNKNOWN")
        assert response.status in (400, 404)
    else:
        assert_error(response, 404, "M_UNRECOGNIZED")


@pytest.mark.parametrize("path", SIGN_PATHS)
@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]
)
def test_another_method_is_unrecognized(requester, path, method):
    response = requester.connection.request(method, path)

    assert_error(response, 405, "M_UNRECOGNIZED")
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_matrix/key/v2/server"),
        ("DELETE", "/_matrix/federation/v1/version"),
        ("GET", "/_matrix/federation/v1/send/x"),
        ("POST", "/_matrix/federation/v2/invite/a/b"),
        ("POST", "/.well-known/matrix/policy_server"),
    ],
)
def test_another_method_elsewhere_is_unrecognized_too(requester, method, path):
    response = requester.connection.request(method, path)

    assert_error(response, 405, "M_UNRECOGNIZED")
    assert response.headers["Allow"]


def test_heads_of_unknown_things_have_no_body(requester):
    for path, status in ((SIGN, 405), ("/nowhere", 404)):
        response = requester.connection.request("HEAD", path)
        assert (response.status, response.body) == (status, b"")


@pytest.mark.parametrize("path", SIGN_PATHS)
def test_a_large_body_is_too_large(first, program, requester, path):
    header = first.header(program.server_name, first.key.key_id, "A" * 86)
    headers = {"Authorization": header, "Content-Type": "application/json"}
    body = b'{"a":"' + b"x" * 450_000 + b'"}'

    declared = requester.connection.raw(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n"
        f"Content-Length: 100000000000\r\n\r\n".encode()
    )
    assert_error(declared, 413, "M_TOO_LARGE")
    assert_error(requester.connection.request("POST", path, body, headers), 413, "M_TOO_LARGE")
    chunks = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
    chunked = requester.connection.request("POST", path, chunks, headers)
    assert_error(chunked, 413, "M_TOO_LARGE")


def test_a_chunked_body_is_a_body(modern, first, program, requester):
    event = modern.event(first)
    body = oracle.canonical(event)
    headers = {
        "Authorization": first.authorization("POST", SIGN, program.server_name, event),
        "Content-Type": "application/json",
    }
    chunks = iter([body[:1], body[1:100], body[100:]])

    response = requester.connection.request("POST", SIGN, chunks, headers)

    assert_signed(response, modern, event, program)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "zstd"])
def test_a_compressed_body_is_not_taken(modern, first, program, requester, coding):
    event = modern.event(first)
    body = gzip.compress(oracle.canonical(event))

    response = requester.ask(event, first, body=body, headers={"Content-Encoding": coding})

    assert response.status == 415, response.said
    assert_error(response, 415, response.json["errcode"])


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "text/plain", "", "application/x-www-form"]
)
def test_the_content_type_does_not_matter(modern, first, program, requester, content_type):
    event = modern.event(first)

    response = requester.ask(event, first, headers={"Content-Type": content_type})

    assert_signed(response, modern, event, program)


@pytest.mark.parametrize(
    "headers", ["X-Long: " + "x" * 100_000, "\r\n".join(f"X-{n}: y" for n in range(2000))]
)
def test_too_many_headers_are_too_large(requester, headers):
    response = requester.connection.raw(
        f"POST {SIGN} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode()
    )

    assert_error(response, 431, response.json["errcode"])


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_invalid_http_is_answered_with_one_json_object(requester, data):
    response = requester.connection.raw(data)

    assert response.status >= 400
    assert_error(response, response.status, response.json["errcode"])


def test_no_answer_names_the_software_beneath(requester, modern, first):
    for response in (requester.ask(modern.event(first), first), requester.get("/nowhere")):
        assert "uvicorn" not in str(response.headers).lower()


@pytest.fixture(scope="module")
def strict(make_program, make_room, join):
    """A server with tiny limits, and with letters in its name."""
    limits = {"per_origin": {"per_second": 0.2, "burst": 3}}
    program = make_program(limits=limits, server_name="Policy.example.org")
    program.room = make_room("11", program, "limited")
    join(program, [program.room])
    return program


@pytest.fixture(scope="module")
def strict_client(strict):
    return Requester(strict)


def test_the_destination_is_compared_byte_for_byte(strict, strict_client, first):
    event = strict.room.event(first)
    for name in ("policy.example.org", "POLICY.EXAMPLE.ORG", "Policy.example.org:8448"):
        header = first.authorization("POST", SIGN, name, event)
        response = strict_client.ask_with(header, oracle.canonical(event))
        assert_error(response, 401, "M_UNAUTHORIZED")


def test_too_fast_a_requester_is_told_when_to_retry(strict, strict_client, first, second):
    room = strict.room
    event = room.event(first)
    for _ in range(3):
        assert_signed(strict_client.ask(event, first), room, event, strict)

    for asked in (event, room.event(first)):
        response = strict_client.ask(asked, first)
        assert_error(response, 429, "M_LIMIT_EXCEEDED")
        retry_after_ms = response.json["retry_after_ms"]
        assert type(retry_after_ms) is int
        assert 0 < retry_after_ms <= 5000
        assert 0 < int(response.headers["Retry-After"]) <= 5
    assert_signed(strict_client.ask(event, second), room, event, strict)


def test_nobody_uses_up_anothers_share(strict, strict_client, third, second):
    room = strict.room
    event = room.event(third)
    forged = third.header(strict.server_name, third.key.key_id, "A" * 86)
    for _ in range(10):
        response = strict_client.ask_with(forged, oracle.canonical(event))
        assert_error(response, 401, "M_UNAUTHORIZED")

    assert_signed(strict_client.ask(event, third), room, event, strict)
