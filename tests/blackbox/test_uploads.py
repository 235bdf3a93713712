"""Tests of uploads that stall, never end or are far too long, from unauthenticated clients."""

import socket
import ssl
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.blackbox.fake_room import MESSAGE
from tests.blackbox.wire import SIGN, Requester, assert_signed

STALLED = 86
MIB = 1024 * 1024
SEND = "/_matrix/federation/v1/send/stalled"


def stranger_authorization(server_name):
    signature = "A" * 86
    return (
        f'X-Matrix origin="stranger.invalid",destination="{server_name}",'
        f'key="ed25519:0",sig="{signature}"'
    )


class Uploader:
    """Clients of no name at all, each on an address and a connection of its own."""

    def __init__(self, program, tls, stack):
        self._program = program
        self._tls = tls
        self._stack = stack

    def begin(self, number, method, target, framing, body):
        """Send a request's head and a part of its body; return the connection."""
        plain = socket.create_connection(
            (self._program.address, self._program.port), 15, (f"127.0.{70 + number % 90}.1", 0)
        )
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        wire = self._tls.wrap_socket(plain, server_hostname=self._program.address)
        self._stack.enter_context(wire)
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: a\r\n{framing}\r\n"
            f"Authorization: {stranger_authorization(self._program.server_name)}\r\n\r\n"
        )
        wire.sendall(head.encode() + body)
        return wire


@pytest.fixture(scope="module")
def program(make_program):
    """A server of its own: what strangers may upload is soon used up."""
    return make_program()


@pytest.fixture(scope="module")
def requester(program):
    requester = Requester(program)
    yield requester
    requester.connection.close()


@pytest.fixture(scope="module")
def room(program, make_room, join):
    room = make_room("11", program)
    join(program, [room])
    return room


@pytest.fixture
def uploader(program, requester):
    tls = ssl.create_default_context(cafile=str(program.authority.certificate))
    with ExitStack() as stack:
        yield Uploader(program, tls, stack)


def memory_mb(program):
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.parametrize(
    ("method", "target", "length", "sent"),
    [
        pytest.param("POST", SIGN, 400_000, 390_000, id="most of 400 kB to sign"),
        pytest.param("POST", SIGN, 65_536, 65_400, id="most of 64 KiB to sign"),
        pytest.param("PUT", SEND, 400_000, 390_000, id="most of 400 kB to send"),
        pytest.param("PUT", SEND, 8 * MIB, 600_000, id="a part of 8 MiB to send"),
    ],
)
def test_stalled_uploads_of_strangers_take_nothing_from_member_servers(
    program, requester, uploader, room, second, method, target, length, sent
):
    before_mb = memory_mb(program)
    # Smaller ones fill the gaps that large ones leave.
    for number, size in enumerate([sent] * STALLED + [30_000] * 20 + [3_000] * 20 + [300] * 20):
        with suppress(OSError):  # sent away while it was still sending
            uploader.begin(
                number, method, target, f"Content-Length: {length}", b"{" + b" " * (size - 1)
            )
    for number in range(10):
        event = room.event(second, MESSAGE, {"msgtype": "m.text", "body": f"{number}"})
        assert_signed(requester.ask(event, second), room, event, program)
        answer = requester.send(second, f"{target[-4:]}{length}-{number}", [])
        assert answer.status == 200, answer.said

    assert memory_mb(program) - before_mb < 100


@pytest.mark.parametrize("framing", ["Content-Length: 100000000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    ("method", "target", "limit"), [("POST", SIGN, 400 * 1024), ("PUT", SEND, 8 * MIB)]
)
def test_an_upload_beyond_its_limit_is_cut_off_within_a_mebibyte(
    uploader, framing, method, target, limit
):
    wire = uploader.begin(1, method, target, framing, b"")
    sent, chunk = 0, b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    with suppress(OSError):
        while sent < 100_000_000:
            wire.sendall(chunk)
            sent += len(chunk)

    assert sent <= limit + MIB


def test_connections_that_do_nothing_keep_nobody_out(make_program):
    program = make_program(limits={"connections": {"in_all": 40}})
    tls = ssl.create_default_context(cafile=str(program.authority.certificate))
    head = b"POST " + SIGN.encode() + b" HTTP/1.1\r\nHost: a\r\n"
    with ExitStack() as stack:
        for number in range(200):
            source = (f"127.0.{70 + number % 90}.1", 0)
            plain = socket.create_connection((program.address, program.port), 15, source)
            stack.enter_context(plain)
            if number % 2:
                # Nothing of a handshake, or a request that stops after its headers.
                wire = tls.wrap_socket(plain, server_hostname=program.address)
                stack.enter_context(wire).sendall(head + b"Content-Length: 9\r\n\r\n")
            if number % 20 == 0:
                requester = Requester(program)
                answer = requester.get("/_matrix/federation/v1/version")
                requester.connection.close()
                assert answer.status == 200, answer.said
