"""Tests of requests to external checkers: only to the configured address, within the time limit."""

import asyncio
import ssl
from ipaddress import ip_network

import pytest
from aiohttp import web

from countersign.adapters.files.secret_files import (
    MAX_SECRET_BYTES,
    SecretFileUnusable,
    read_secret,
)
from countersign.adapters.posts.http_checkers import SettingsChecker, open_checkers
from countersign.ports.errors import PeerUnavailable, Trouble
from countersign.ports.external_checkers import CheckRequest

TLS = ssl.create_default_context()


class Program:
    def __init__(self):
        self.received = []
        self.answer = lambda: web.json_response({"action": "sign"})
        self.url = ""


@pytest.fixture
async def program():
    program = Program()

    async def handle(request):
        program.received.append((dict(request.headers), await request.read()))
        answer = program.answer()
        return await answer if asyncio.iscoroutine(answer) else answer

    application = web.Application()
    application.router.add_post("/{tail:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    program.url = f"http://127.0.0.1:{runner.addresses[0][1]}/check"
    yield program
    await runner.cleanup()


@pytest.fixture
def settings(program):
    """The checkers that the settings define; a test may add some."""
    return {"program": SettingsChecker(program.url)}


@pytest.fixture
async def checkers(settings):
    async with open_checkers(settings, TLS) as checkers:
        yield checkers


def request(checker="program", **changes):
    given = {"url": "", "body": {"a": 1}, "timeout_ms": 1_000, "max_bytes": 1_000}
    return CheckRequest(**({"checker": checker} | given | changes))


def of_a_policy(url):
    return request("", url=url)


async def test_a_question_is_posted_and_the_answer_returned(checkers, program):
    assert await checkers.ask(request()) == {"action": "sign"}

    ((headers, body),) = program.received
    assert body == b'{"a": 1}'
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


async def test_the_secret_is_sent_and_never_told(checkers, settings, program, tmp_path):
    settings["known"] = SettingsChecker(program.url, tmp_path / "token")
    settings["strange"] = SettingsChecker(program.url, tmp_path / "gone")
    (tmp_path / "token").write_text("s3cret\n")
    await checkers.ask(request("known"))
    assert program.received[0][0]["Authorization"] == "Bearer s3cret"

    program.answer = lambda: web.Response(status=401)
    with pytest.raises(PeerUnavailable) as refused:
        await checkers.ask(request("known"))
    assert "s3cret" not in str(refused.value)
    with pytest.raises(PeerUnavailable, match="cannot be read"):
        await checkers.ask(request("strange"))


@pytest.mark.parametrize("content", [b"", b" \n", b"a\nb", b"\xff", b"x" * (MAX_SECRET_BYTES + 1)])
def test_a_secret_must_be_one_line(tmp_path, content):
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(SecretFileUnusable):
        read_secret(tmp_path / "token")


@pytest.mark.parametrize("status", [201, 204, 302, 400, 404, 429, 500])
async def test_only_200_is_an_answer_and_redirects_are_not_followed(checkers, program, status):
    program.answer = lambda: web.Response(status=status, headers={"Location": program.url})

    with pytest.raises(PeerUnavailable, match=str(status)):
        await checkers.ask(request())
    assert len(program.received) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text="yes"),
        lambda: web.Response(body=b"\xff\xfe"),
        lambda: web.Response(text="[" * 900),
        lambda: web.Response(text='"' + "x" * 2_000 + '"'),
        lambda: web.Response(text="{}", headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_an_unreadable_answer_is_a_failure(checkers, program, answer):
    program.answer = answer

    with pytest.raises(PeerUnavailable):
        await checkers.ask(request())


async def test_a_slow_checker_is_given_up(checkers, program):
    program.answer = lambda: asyncio.sleep(3_600, web.Response())

    with pytest.raises(PeerUnavailable, match="timed out"):
        await checkers.ask(request(timeout_ms=100))


async def test_a_checker_that_dies_midway_is_a_failure(checkers, settings):
    async def die(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings["dying"] = SettingsChecker(f"http://127.0.0.1:{port}/")
        with pytest.raises(PeerUnavailable):
            await checkers.ask(request("dying"))


@pytest.fixture
async def doorbell():
    """A port on loopback, and how often somebody came."""
    rings = []

    async def ring(reader, writer):
        rings.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(ring, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], rings


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]
)
async def test_an_address_in_a_policy_never_leads_into_a_private_network(checkers, doorbell, host):
    port, rings = doorbell

    with pytest.raises(PeerUnavailable):
        await checkers.ask(of_a_policy(f"https://{host}:{port}/"))

    assert rings == []


async def test_not_even_into_a_network_that_the_settings_allow(settings, doorbell):
    port, rings = doorbell

    async with open_checkers(settings, TLS, [ip_network("127.0.0.0/8")]) as checkers:
        with pytest.raises(PeerUnavailable, match="define a checker in the settings"):
            await checkers.ask(of_a_policy(f"https://127.0.0.1:{port}/"))

    assert rings == []


async def test_an_address_in_a_policy_is_asked_over_tls_only(checkers, program):
    with pytest.raises(PeerUnavailable, match="https only"):
        await checkers.ask(of_a_policy(program.url))

    assert program.received == []


async def test_a_checker_that_the_settings_do_not_define_is_trouble(checkers):
    with pytest.raises(PeerUnavailable, match="define no checker keys/policy"):
        await checkers.ask(request("keys/policy"))


async def test_nothing_goes_unencrypted_over_the_open_network(checkers, settings):
    settings["public"] = SettingsChecker("http://8.8.8.8:1/")

    with pytest.raises(PeerUnavailable) as refused:
        await checkers.ask(request("public"))
    assert refused.value.trouble is Trouble.ADDRESS


async def test_not_even_the_settings_lead_to_the_metadata_of_a_cloud(checkers, settings):
    settings["metadata"] = SettingsChecker("http://169.254.169.254/")

    with pytest.raises(PeerUnavailable) as refused:
        await checkers.ask(request("metadata"))
    assert refused.value.trouble is Trouble.ADDRESS
