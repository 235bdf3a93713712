"""Tests of listeners: all addresses or none, replaceable certificates, and a graceful end."""

import asyncio
import hashlib
import ssl

import pytest
import trustme
import uvloop
from structlog.testing import capture_logs

from countersign.adapters.system import SystemClock
from countersign.web.http.answers import Answer
from countersign.web.http.certificates import CannotListen, Certificate, ServerTls
from countersign.web.http.connections import EdgeLimits
from countersign.web.http.listeners import ListenAt, Listeners
from tests.waiting import until
from tests.web.wire import Wire, ask, written

ok = Answer(200, {"ok": True})


def make_certificate(ca: trustme.CA, folder) -> Certificate:
    issued = ca.issue_cert("localhost")
    certificate = Certificate(chain=folder / "chain.pem", private_key=folder / "key.pem")
    issued.private_key_pem.write_to_path(certificate.private_key)
    certificate.chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    return certificate


def trust(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


def here(port: int = 0) -> ListenAt:
    return ListenAt(address="127.0.0.1", port=port)


async def test_several_addresses_are_served_and_their_ports_returned():
    listeners = Listeners(ok)
    bound = await listeners.start([here(), ListenAt(address="127.0.0.2", port=0)])
    try:
        assert [one.address for one in bound] == ["127.0.0.1", "127.0.0.2"]
        for one in bound:
            assert one.url == f"http://{one.address}:{one.port}"
            assert (await ask(one)).json == {"ok": True}
    finally:
        await listeners.stop()


async def test_no_address_is_served_if_one_is_in_use():
    first, second = Listeners(ok), Listeners(ok)
    taken = (await first.start([here()]))[0]
    try:
        free = ListenAt(address="127.0.0.2", port=taken.port)
        with pytest.raises(CannotListen, match=f"127.0.0.1 port {taken.port}: "):
            await second.start([free, here(taken.port)])
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.2", taken.port)
    finally:
        await first.stop()


async def test_a_new_certificate_is_used_without_a_restart(tmp_path):
    old_ca, new_ca = trustme.CA(), trustme.CA()
    certificate = make_certificate(old_ca, tmp_path)
    listeners = Listeners(ok)
    at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
    bound = (await listeners.start([at]))[0]
    try:
        assert bound.url.startswith("https://")
        async with await Wire.to(bound, trust(old_ca)) as before:
            make_certificate(new_ca, tmp_path)
            listeners.reload_certificates()

            with pytest.raises(ssl.SSLError):
                await Wire.to(bound, trust(old_ca))
            async with await Wire.to(bound, trust(new_ca)) as after:
                for wire in (before, after):
                    await wire.say(written())
                    assert (await wire.hear()).json == {"ok": True}
    finally:
        await listeners.stop()


async def accepts(bound, trusted):
    try:
        async with await Wire.to(bound, trusted) as wire:
            await wire.say(written())
            return (await wire.hear()).json == {"ok": True}
    except ssl.SSLError:
        return False


async def test_a_renewed_certificate_is_used_without_a_signal(tmp_path, monkeypatch):
    monkeypatch.setattr("countersign.web.http.listeners.WATCH_SECONDS", 0.01)
    old_ca, new_ca = trustme.CA(), trustme.CA()
    at = ListenAt(address="127.0.0.1", port=0, certificate=make_certificate(old_ca, tmp_path))
    listeners = Listeners(ok)
    bound = (await listeners.start([at]))[0]
    try:
        assert await accepts(bound, trust(old_ca))

        with capture_logs() as logs:
            make_certificate(new_ca, tmp_path)
            await until(lambda: logs)

        assert await accepts(bound, trust(new_ca))
        assert not await accepts(bound, trust(old_ca))
        assert listeners.warn_of_certificates(SystemClock()) is None
    finally:
        await listeners.stop()


async def test_a_renewed_certificate_that_is_bad_is_reported_and_the_old_one_used(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("countersign.web.http.listeners.WATCH_SECONDS", 0.01)
    ca = trustme.CA()
    certificate = make_certificate(ca, tmp_path)
    at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
    listeners = Listeners(ok)
    bound = (await listeners.start([at]))[0]

    def warns(words):
        return words in (listeners.warn_of_certificates(SystemClock()) or "")

    def warns_of_nothing():
        return listeners.warn_of_certificates(SystemClock()) is None

    try:
        trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(certificate.private_key)
        with capture_logs() as logs:
            await until(lambda: warns("does not belong to the certificate"))
            await asyncio.sleep(0.1)

        assert await accepts(bound, trust(ca))
        assert [entry["log_level"] for entry in logs] == ["error"]  # once, not at each look

        certificate.private_key.unlink()
        await until(lambda: warns("cannot be read"))
        make_certificate(ca, tmp_path)
        await until(warns_of_nothing)
    finally:
        await listeners.stop()


async def test_a_certificate_without_the_key_that_is_still_to_come_is_not_tried(tmp_path):
    certificate = make_certificate(trustme.CA(), tmp_path)
    tls = ServerTls(certificate)
    first = tls.context
    issued = trustme.CA().issue_cert("127.0.0.1")

    certificate.chain.write_bytes(issued.cert_chain_pems[0].bytes())
    tls.follow_files()
    issued.private_key_pem.write_to_path(certificate.private_key)
    tls.follow_files()
    assert tls.context is first
    tls.follow_files()

    assert tls.context is not first
    assert tls.warning(0) is None


async def tls_listeners(tmp_path, app=ok, **limits):
    ca = trustme.CA()
    at = ListenAt(address="127.0.0.1", port=0, certificate=make_certificate(ca, tmp_path))
    listeners = Listeners(app, EdgeLimits(**limits))
    return listeners, (await listeners.start([at]))[0], trust(ca)


async def digest(scope, receive, send):
    """Answer with the digest of the request's body."""
    seen, more = hashlib.sha256(), True
    while more:
        message = await receive()
        seen.update(message["body"])
        more = message["more_body"]
    await Answer(200, {"digest": seen.hexdigest()})(scope, receive, send)


async def upload(bound, trusted, number):
    """Check that a body of more than one read, which no other connection sends, arrives whole."""
    body = hashlib.shake_256(bytes([number])).digest(301_000)
    async with await Wire.to(bound, trusted) as wire:
        request = written("POST", body=body)
        await wire.say(*[request[at : at + 70_000] for at in range(0, len(request), 70_000)])
        assert (await wire.hear()).json == {"digest": hashlib.sha256(body).hexdigest()}


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_bodies_over_tls_arrive_whole_on_connections_that_send_at_once(tmp_path, loop):
    async def upload_at_once():
        listeners, bound, trusted = await tls_listeners(tmp_path, digest)
        try:
            async with asyncio.TaskGroup() as uploads:
                for number in range(8):
                    uploads.create_task(upload(bound, trusted, number))
        finally:
            await listeners.stop()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(upload_at_once())


async def test_the_oldest_gives_way_in_the_middle_of_its_handshake(tmp_path):
    listeners, bound, trusted = await tls_listeners(tmp_path, connections=3, header_seconds=300)
    try:
        silent = [await asyncio.open_connection(bound.address, bound.port) for _ in range(3)]
        async with await Wire.to(bound, trusted) as wire:
            await wire.say(written())
            assert (await wire.hear()).json == {"ok": True}
            async with asyncio.timeout(60):
                assert await silent[0][0].read() == b""
        for _, writer in silent:
            writer.close()
    finally:
        await listeners.stop(within_seconds=0.1)


async def test_handshakes_that_do_not_end_are_cut_off(tmp_path):
    listeners, bound, trusted = await tls_listeners(tmp_path, connections=3, header_seconds=0.5)
    try:
        silent = [await asyncio.open_connection(bound.address, bound.port) for _ in range(3)]
        for reader, _ in silent:
            async with asyncio.timeout(60):
                assert await reader.read() == b""
        async with await Wire.to(bound, trusted) as wire:
            await wire.say(written())
            assert (await wire.hear()).json == {"ok": True}
        for _, writer in silent:
            writer.close()
    finally:
        await listeners.stop()


async def test_an_invalid_tls_handshake_is_cut_off(tmp_path):
    listeners, bound, trusted = await tls_listeners(tmp_path, connections=1)
    try:
        for _ in range(5):
            reader, writer = await asyncio.open_connection(bound.address, bound.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            async with asyncio.timeout(60):
                await reader.read()
            writer.close()
            await asyncio.sleep(0.05)
        async with await Wire.to(bound, trusted) as wire:
            await wire.say(written())
            assert (await wire.hear()).json == {"ok": True}
    finally:
        await listeners.stop()


async def test_a_request_in_one_packet_with_the_handshakes_end_is_answered(tmp_path):
    listeners, bound, trusted = await tls_listeners(tmp_path)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusted.wrap_bio(incoming, outgoing, server_hostname="localhost")
    reader, writer = await asyncio.open_connection(bound.address, bound.port)
    try:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65_536))
        client.write(written())
        writer.write(outgoing.read())
        said = b""
        async with asyncio.timeout(60):
            while b'{"ok":true}' not in said:
                incoming.write(await reader.read(65_536))
                try:
                    said += client.read()
                except ssl.SSLWantReadError:
                    continue
    finally:
        writer.close()
        await listeners.stop()


async def test_a_stop_ends_an_unfinished_handshake(tmp_path):
    listeners, bound, _ = await tls_listeners(tmp_path)
    reader, writer = await asyncio.open_connection(bound.address, bound.port)
    await asyncio.sleep(0.05)

    async with asyncio.timeout(60):
        await listeners.stop(within_seconds=0.1)
        assert await reader.read() == b""
    writer.close()


async def test_the_old_certificate_is_kept_if_the_new_one_is_invalid(tmp_path):
    ca = trustme.CA()
    certificate = make_certificate(ca, tmp_path)
    listeners = Listeners(ok)
    at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
    bound = (await listeners.start([at]))[0]
    try:
        certificate.chain.write_text("nothing of the kind")

        with pytest.raises(CannotListen, match=r"chain\.pem"):
            listeners.reload_certificates()
        async with await Wire.to(bound, trust(ca)) as wire:
            await wire.say(written())
            assert (await wire.hear()).json == {"ok": True}
    finally:
        await listeners.stop()


async def test_tls_before_1_2_is_refused(tmp_path):
    ca = trustme.CA()
    certificate = make_certificate(ca, tmp_path)
    listeners = Listeners(ok)
    at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
    bound = (await listeners.start([at]))[0]
    outdated = trust(ca)
    outdated.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        outdated.maximum_version = ssl.TLSVersion.TLSv1_1
    outdated.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await Wire.to(bound, outdated)
    finally:
        await listeners.stop()


async def test_a_missing_certificate_prevents_the_start(tmp_path):
    missing = Certificate(chain=tmp_path / "a.pem", private_key=tmp_path / "b.pem")

    with pytest.raises(CannotListen, match=r"a\.pem"):
        await Listeners(ok).start([ListenAt(address="127.0.0.1", port=0, certificate=missing)])


async def test_requests_in_progress_are_answered_before_the_stop():
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope, receive, send):
        started.set()
        await go_on.wait()
        await ok(scope, receive, send)

    listeners = Listeners(slow)
    bound = (await listeners.start([here()]))[0]
    async with await Wire.to(bound) as busy, await Wire.to(bound) as idle:
        await busy.say(written())
        await started.wait()
        stopping = asyncio.create_task(listeners.stop())
        assert await idle.hear_the_end() == b""
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(bound.address, bound.port)
        go_on.set()

        answer = await busy.hear()
        await stopping

    assert (answer.json, answer.headers["connection"]) == ({"ok": True}, "close")


async def test_stopping_has_a_time_limit():
    async def never(scope, receive, send):
        await asyncio.Event().wait()

    listeners = Listeners(never)
    bound = (await listeners.start([here()]))[0]
    async with await Wire.to(bound) as wire:
        await wire.say(written())
        await asyncio.sleep(0.05)
        async with asyncio.timeout(60):
            await listeners.stop(within_seconds=0.1)
