"""Tests of a Valkey server that is lost, hung, slow, full or another program."""

import asyncio
import re
import signal
import ssl
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count as numbers
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest
import trustme
from examples.demo.loopback import free_port
from valkey.exceptions import ResponseError

from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.valkey import client as client_module
from countersign.adapters.valkey import counters as counters_module
from countersign.adapters.valkey.operations import short_name
from countersign.adapters.valkey.scripts import counting_source
from countersign.policy.text.minhash import PLACES, MinHash
from countersign.ports.counters import (
    Count,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)
from countersign.ports.people_counts import Person, RecentSayings, Unsigned
from countersign.ports.shared_memory import SharedMemoryAddress
from tests.adapters.valkey.conftest import BEGINNING, Opened, on_both, quiet, until
from tests.contracts.counted_events import ALICE, LINK, RATE, ask, count, make_event, units
from tests.contracts.people import CAME, came
from tests.docs.fences import fences
from tests.valkey_servers import running_server
from tests.waiting import LoopTime

_names = numbers()


async def signed(counters, sender=ALICE):
    """Count one more event; return how many were counted before."""
    event = make_event(f"event {next(_names)}", sender)
    answer = await ask(counters, event, RATE)
    counters.settle(event.key, Settlement.SIGNED)
    return answer.units


@pytest.fixture
def own_server(tmp_path):
    with running_server(tmp_path) as server:
        yield server


async def test_processes_count_on_their_own_while_valkey_is_stopped(opened, own_server, patient):
    counters = await opened.counters(own_server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    assert [await signed(counters) for _ in range(3)] == [0, 1, 2]

    own_server.stop()
    await until(lambda: not client.is_up)
    alone = [await signed(counters) for _ in range(2)]
    trouble = client.trouble
    own_server.start()
    await until(lambda: client.is_up)

    assert alone == [0, 1]
    assert "connection" in trouble
    assert client.trouble is None
    assert await signed(counters) == 0  # a server without a disk forgot it as well


@on_both
async def test_its_counts_are_back_after_the_network_was_cut(opened, server, patient):
    counters = await opened.counters(server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    assert [await signed(counters) for _ in range(3)] == [0, 1, 2]

    with server.client() as inspector:
        inspector.client_kill_filter(_type="pubsub", skipme=True)
    await until(lambda: not client.is_up)
    await until(lambda: client.is_up)

    assert await signed(counters) == 3


async def test_nobody_waits_for_a_server_that_hangs(opened, own_server, monkeypatch):
    monkeypatch.setattr(client_module, "ANSWER_WITHIN_SECONDS", 60.0)
    counters = await opened.counters(own_server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    own_server.signal(signal.SIGSTOP)
    try:
        asking = [asyncio.create_task(signed(counters, f"@u{each}:b")) for each in range(20)]
        await until(lambda: client.is_busy)
        LoopTime().advance(60)  # all 20 wait together, not one after the other
        async with asyncio.timeout(30):
            assert len(await asyncio.gather(*asking)) == 20
            assert not client.is_up
            assert "did not reply within" in client.trouble
            await signed(counters, "@later:b")  # it is not asked again
    finally:
        own_server.signal(signal.SIGCONT)


async def test_a_reservation_that_came_too_late_is_taken_back(moved, own_server):
    """A hung server goes on with what it was asked, and nobody settles that any more."""
    counters = await moved.counters(own_server.url)
    (client,) = moved.clients
    await until(lambda: client.is_up)
    own_server.signal(signal.SIGSTOP)
    event = make_event("too late")
    await counters.reserve(event, [LINK])
    own_server.signal(signal.SIGCONT)
    counters.settle(event.key, Settlement.SIGNED)
    await until(lambda: client.is_up)
    with own_server.client() as inspector:
        inspector.set("moved-ms", 10_500)

    crowd = await ask(counters, make_event("next"), LINK)

    assert crowd.by_sender == 0


@on_both
async def test_reservations_of_a_killed_process_are_given_up_without_another_event(
    moved, server, monkeypatch
):
    """They name the senders; nobody else may write in the community for days."""
    monkeypatch.setattr(counters_module, "EXPIRE_AFTER_SECONDS", 0.01)
    killed = await moved.counters(server.url)
    (client,) = moved.clients
    await until(lambda: client.is_up)
    for number in range(150):  # more than one call gives up
        await killed.reserve(make_event(f"{number}", f"@u{number}:b"), [RATE, LINK])
    reserved = f"{BEGINNING}{{default}}:reserved"
    with server.client() as inspector:
        kept_ms = inspector.pttl(reserved)
        assert any(b"@u7:b" in value for value in inspector.hvals(reserved))
        inspector.set("moved-ms", 10_500)

        started = await moved.counters(server.url, on_up=lambda: started.note_connected())
        await until(lambda: not inspector.exists(reserved))

        assert inspector.zcard(f"{reserved}:times") == 0
    assert kept_ms <= 3_600_000


class _Relay:
    """Passes bytes on to a server, so many seconds later, and speaks TLS if it is to."""

    def __init__(self, port, *, seconds=0.0, tls=None):
        self._to = port
        self._tls = tls
        self._tasks = set()
        self.seconds = seconds
        self.port = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, to_writer, is_slow=True))
                both.create_task(self._pass(to_reader, writer, is_slow=False))
        finally:
            writer.transport.abort()
            to_writer.transport.abort()

    async def _pass(self, reader, writer, *, is_slow):
        try:
            while data := await reader.read(65_536):
                await asyncio.sleep(self.seconds if is_slow else 0)
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()


async def test_a_slow_server_is_used_only_as_long_as_it_is_fast_enough(opened, server):
    async with _Relay(server.port, seconds=0.005) as relay:
        counters = await opened.counters(f"redis://127.0.0.1:{relay.port}")
        (client,) = opened.clients
        await until(lambda: client.is_up)
        assert [await signed(counters) for _ in range(3)] == [0, 1, 2]

        relay.seconds = 0.2
        assert await signed(counters) == 0
        assert not client.is_up
        relay.seconds = 0.001
        await until(lambda: client.is_up)

        # What came too late is pending there, which counts for its own sender for ten seconds.
        assert await signed(counters) in (3, 4)


async def test_nobody_waits_for_a_server_that_is_slow_from_the_start(opened, server, monkeypatch):
    tried = []
    monkeypatch.setattr(client_module, "BACKOFF", Tried(tried))
    async with _Relay(server.port, seconds=0.1) as relay:
        counters = await opened.counters(f"valkey://127.0.0.1:{relay.port}")
        (client,) = opened.clients
        was_up = []
        while len(tried) < 4:
            was_up.append(client.is_up)
            await signed(counters)
            await asyncio.sleep(0.01)

        assert not any(was_up)
        assert "40 ms" in client.trouble
        relay.seconds = 0.001
        await until(lambda: client.is_up)


class Tried:
    """Pauses of no length, which are noted."""

    def __init__(self, tried):
        self._tried = tried

    def seconds(self, failures):
        self._tried.append(failures)
        return 0.0


async def test_a_server_that_is_lost_each_time_is_tried_ever_more_slowly(
    opened, server, monkeypatch
):
    """Connecting succeeds, and the first operation fails."""
    backoff, in_a_row = client_module.BACKOFF, []

    class Recorded:
        def seconds(self, failures):
            in_a_row.append(backoff.seconds(failures))
            return 0.0

    monkeypatch.setattr(client_module, "BACKOFF", Recorded())
    async with _Relay(server.port) as relay:
        counters = await opened.counters(f"valkey://127.0.0.1:{relay.port}")
        (client,) = opened.clients
        while len(in_a_row) < 7:
            relay.seconds = 0.0
            await until(lambda: client.is_up)
            relay.seconds = 0.2
            await signed(counters)

    assert in_a_row[:4] == sorted(set(in_a_row[:4]))
    assert max(in_a_row) <= 1.0  # so that it is back within five seconds


async def test_operations_that_wait_meanwhile_leave_in_one_call(opened, server, patient):
    counters = await opened.counters(server.url)
    await until(lambda: opened.clients[0].is_up)
    with server.client() as inspector:
        inspector.config_resetstat()
        await asyncio.gather(*(signed(counters, f"@u{number}:b") for number in range(60)))
        await quiet(opened.clients)
        calls = inspector.info("commandstats")["cmdstat_fcall"]["calls"]

    assert calls <= 7  # of 120 operations, which one event after the other makes in 120


@on_both
async def test_an_event_alone_costs_one_round_trip(opened, server, patient):
    counters = await opened.counters(server.url)
    await until(lambda: opened.clients[0].is_up)
    with server.client() as inspector:
        before = inspector.info("stats")["total_writes_processed"]
        for number in range(20):
            assert await signed(counters) == number
            await quiet(opened.clients)
        replies = inspector.info("stats")["total_writes_processed"] - before

    assert replies <= 42  # one for each event, one for each time of waiting here, and `INFO`


async def test_a_wrong_password_is_said_and_never_shown(opened, tmp_path):
    with running_server(tmp_path, "--requirepass", "right-one") as server:
        counters = await opened.counters(f"valkey://:wrong-one@127.0.0.1:{server.port}/0")
        (client,) = opened.clients
        await until(lambda: "WRONGPASS" in (client.trouble or ""))
        assert "wrong-one" not in client.trouble
        assert await signed(counters) == 0

        await opened.open(f"valkey://:right-one@127.0.0.1:{server.port}/0")
        await until(lambda: opened.clients[1].is_up)
        await opened.open(f"valkey://127.0.0.1:{server.port}/0")
        await until(lambda: "NOAUTH" in (opened.clients[2].trouble or ""))


@on_both
async def test_a_user_with_the_documented_keys_and_commands_is_enough(opened, server, patient):
    (documented,) = fences("valkey")
    with server.client() as inspector:
        inspector.execute_command(*documented.text.replace(">PASSWORD", ">secret").split())
    counters = await opened.counters(f"valkey://countersign:secret@127.0.0.1:{server.port}/0")
    await until(lambda: opened.clients[0].is_up)

    assert [await signed(counters) for _ in range(2)] == [0, 1]


@on_both
async def test_a_user_who_may_not_do_without_replies_gets_them(opened, server, patient):
    with server.client() as inspector:
        rules = "on >secret ~* &* +@all -client|reply"
        inspector.execute_command("ACL", "SETUSER", "restricted", *rules.split())
    counters = await opened.counters(f"valkey://restricted:secret@127.0.0.1:{server.port}/0")
    await until(lambda: opened.clients[0].is_up)

    assert [await signed(counters) for _ in range(5)] == list(range(5))
    assert opened.clients[0].is_up


async def test_tls_needs_a_certificate_that_is_trusted(opened, server, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with_certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(with_certificate)
    async with _Relay(server.port, tls=with_certificate) as relay:
        url = f"valkeys://127.0.0.1:{relay.port}/1"
        counters = await opened.counters(url, tls=make_tls_context(tmp_path / "ca.pem"))
        trusting, doubting = opened.clients[0], await opened.open(url, tls=make_tls_context())
        await until(lambda: trusting.is_up)
        await until(lambda: "certificate" in (doubting.trouble or ""))
        plain = await opened.open(f"valkey://127.0.0.1:{relay.port}/1")
        await until(lambda: plain.trouble and "not connected yet" not in plain.trouble)

        assert [await signed(counters) for _ in range(2)] == [0, 1]
        assert not doubting.is_up
        assert not plain.is_up


@on_both
async def test_a_server_whose_memory_is_full_is_left_alone_until_it_is_not(opened, server, patient):
    counters = await opened.counters(server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    with server.client() as inspector:
        inspector.config_set("maxmemory", 1)
        try:
            alone = [await signed(counters) for _ in range(3)]
            await asyncio.sleep(0.3)
            assert not client.is_up
            assert "OOM" in client.trouble
        finally:
            inspector.config_set("maxmemory", 0)
    await until(lambda: client.is_up)

    assert alone == [0, 1, 2]
    assert await signed(counters) == 0


async def test_a_replica_that_takes_no_writes_is_left_alone(opened, server, tmp_path):
    with running_server(tmp_path, "--replicaof", "127.0.0.1", str(server.port)) as replica:
        counters = await opened.counters(replica.url)
        (client,) = opened.clients
        await until(
            lambda: "READONLY" in (client.trouble or "") or "replica" in (client.trouble or "")
        )

        assert not client.is_up
        assert [await signed(counters) for _ in range(2)] == [0, 1]


async def test_counting_continues_after_a_flush(opened, server, patient):
    counters = await opened.counters(server.url)
    await until(lambda: opened.clients[0].is_up)
    pending = make_event("pending")
    await ask(counters, pending, RATE)
    assert await signed(counters) == 1
    with server.client() as inspector:
        inspector.flushall()
    counters.settle(pending.key, Settlement.SIGNED)

    assert [await signed(counters) for _ in range(2)] == [0, 1]
    assert opened.clients[0].is_up


@on_both
async def test_a_library_that_the_server_forgot_is_loaded_again(opened, server, patient):
    counters = await opened.counters(server.url)
    await until(lambda: opened.clients[0].is_up)
    before = await signed(counters)
    with server.client() as inspector:
        inspector.function_flush()
    after = await asyncio.gather(*(signed(counters) for _ in range(5)))
    with server.client() as inspector:
        assert len(inspector.function_list(opened.library.name)) == 1

    assert (before, sorted(after)) == (0, [1, 2, 3, 4, 5])
    assert opened.clients[0].is_up


def until_busy(server):
    """Wait until the server runs nothing but one script."""
    with server.client() as inspector:
        while True:
            try:
                inspector.ping()
            except ResponseError:
                return


async def test_another_script_that_never_ends_makes_nobody_wait(opened, own_server):
    counters = await opened.counters(own_server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    with own_server.client() as inspector:
        inspector.config_set("busy-reply-threshold", 100)

    def never_ends():
        with own_server.client() as inspector, pytest.raises(Exception, match="killed"):
            inspector.eval("while true do end", 0)

    endless = asyncio.create_task(asyncio.to_thread(never_ends))
    await asyncio.to_thread(until_busy, own_server)
    assert await signed(counters) == 0
    await until(lambda: "BUSY" in (client.trouble or ""))
    with own_server.client() as inspector:
        inspector.script_kill()
    await endless
    await until(lambda: client.is_up)


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"ERROR\r\n",
        b"\x16\x03\x01" * 5_000,
        b"$99999999999\r\n",
        b"*1\r\n" * 5_000,
        b":1e9\r\n",
        b"$-1\r\n" * 100,
        b"",
    ],
)
async def test_a_server_of_another_kind_is_recognised(opened, says):
    async def talk(reader, writer):
        await reader.read(10)
        writer.write(says)
        writer.close()

    other = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    counters = await opened.counters(f"valkey://127.0.0.1:{port}")
    (client,) = opened.clients
    await until(lambda: client.trouble != "not connected yet")
    other.close()

    assert not client.is_up
    assert await signed(counters) == 0


async def test_nobody_listens_there(opened):
    counters = await opened.counters(f"valkey://127.0.0.1:{free_port()}")
    await until(lambda: "no connection" in (opened.clients[0].trouble or ""))

    assert await signed(counters) == 0


async def test_people_are_counted_alone_too_and_forgotten_as_soon_as_it_is_there(
    opened, own_server
):
    counters = await opened.counters(own_server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    counters.note_people("default", [came(ALICE, "a")])
    await until(lambda: not client.is_busy)
    with own_server.client() as inspector:
        inspector.client_kill_filter(_type="pubsub", skipme=True)
    await until(lambda: not client.is_up)
    told = []
    counters.note_people("default", [came("@b:b", "b")], told.extend)
    counters.forget_person(ALICE)
    await until(lambda: client.is_up)
    counters.note_connected()

    assert told == [{"b": 1}]
    assert await ask(counters, make_event("later"), CAME) == {}


@on_both
async def test_an_operation_that_fails_takes_no_other_with_it(opened, server, patient):
    counters = await opened.counters(server.url)
    (client,) = opened.clients
    await until(lambda: client.is_up)
    with server.client() as inspector:
        inspector.set(f"{BEGINNING}{{other}}:reserved", "no hash")
    event = make_event("fails", community="other")
    alone = counters.reserve(event, [RATE])
    together = counters.reserve(make_event("works"), [RATE])

    assert [list(each) for each in await asyncio.gather(alone, together)] == [[Total()]] * 2
    assert client.is_up
    for _ in range(20):
        await counters.reserve(make_event(f"fails {next(_names)}", community="other"), [RATE])
    assert await units(counters, RATE) == 0  # counted alone, and no error reached anybody


@on_both
async def test_every_key_expires_and_begins_with_the_servers_name(opened, server, patient):
    from tests.adapters.valkey.test_same_verdicts import every_question

    counters = await opened.counters(server.url)
    await until(lambda: opened.clients[0].is_up)
    for number, settlement in enumerate(Settlement):
        event = make_event(f"each {number}", f"@u{number}:b")
        await count(counters, event, *every_question(number), settlement=settlement)
    await counters.reserve(make_event("pending"), every_question(9))
    counters.note_people("default", [came(ALICE, "a")])
    await quiet(opened.clients)

    with server.client() as inspector:
        keys = list(inspector.scan_iter(count=1_000))
        endless = [key for key in keys if inspector.pttl(key) < 0]
        longest = max(inspector.pttl(key) for key in keys)

    assert len(keys) > 30
    assert not endless
    assert longest <= 2 * 86_400_000
    assert all(key.startswith(BEGINNING.encode()) for key in keys)


TEXT_HASHES = ("new", "old")


async def test_a_stranger_cannot_make_it_grow_without_end(server, patient):
    """Counters with limits of 20 in place of thousands."""
    source = re.sub(r"\b(MAX_[A-Z_]+|mentions) = \d{2,}", r"\1 = 20", counting_source())
    async with AsyncExitStack() as stack:
        opened = Opened(stack, source)
        counters = await opened.counters(server.url)
        await until(lambda: opened.clients[0].is_up)
        chance = Random(1)
        for number in range(100):
            event = make_event(f"{number}", f"@u{number}:b", room_id=f"!{number}:b")
            drawn = MinHash(tuple(chance.getrandbits(32) for _ in range(PLACES)))
            await counters.reserve(
                event,
                [
                    Count(Namespace.MENTIONS, (f"{number}",), 60_000),
                    SameThing(chance.randbytes(16), 60_000),
                    LINK,
                    SimilarText(drawn, 60, 60_000),
                    RecentMembers(event.room_id, 60_000, 3, is_added=True, is_listed=True),
                    Unsigned("words", 60_000),
                    RecentSayings(frozenset({number}), True, "b", 60_000, 3),
                ],
            )
            if number < 60:
                counters.settle(event.key, Settlement.SIGNED)
            elif number < 90:
                counters.settle(event.key, Settlement.REFUSED)
            counters.note_people("default", [came(event.sender, event.room_id)])
            person = Person((f"did {number}",), 60_000, event.sender, "b")
            counters.note_people("default", [person])
        await quiet(opened.clients)

    with server.client() as inspector:
        kinds = Counter(
            key.decode().split("}:")[1].split(":")[0] for key in inspector.scan_iter(count=1_000)
        )
        default = f"{BEGINNING}{{default}}:"
        of_one = inspector.zcard(f"{default}people:{short_name('came')}:60000:last")
        (texts,) = inspector.zrange(f"{default}index:kinds", 0, -1)
        in_texts = sum(inspector.hlen(f"{default}{texts.decode()}:{each}") for each in TEXT_HASHES)
        reserved = inspector.zcard(f"{default}reserved:times")
        kept_for_them = inspector.hlen(f"{default}reserved")
    # A text has 16 bands, a minhash and its sendings; each of two hashes says something of itself.
    assert in_texts <= 20 * (16 + 2) + 2
    assert of_one <= 20
    assert kinds["window"] == kinds["sent"] == kinds["members"] == 20
    assert kinds["texts"] == 2
    assert kinds["people"] == 3 * 20
    assert kinds["unsigned"] == 2 * 20
    # Ten are pending, each with its answers and with units of its sender; the others are settled.
    assert reserved == 20
    assert kept_for_them == 3 * 10 + 10
    assert kinds["sayings"] == 1


def test_an_address_says_what_it_is_and_no_password():
    address = SharedMemoryAddress.parse("rediss://user:p%40ss@[::1]:6380/3")

    assert (address.host, address.port, address.database) == ("::1", 6380, 3)
    assert (address.user, address.password, address.is_tls) == ("user", "p@ss", True)
    assert "p@ss" not in f"{address} {address!r}"
    assert str(address) == "valkeys://[::1]:6380/3"
    assert SharedMemoryAddress.parse("redis://localhost").port == 6379


@pytest.mark.parametrize(
    "url",
    [
        "",
        "valkey://",
        "http://host",
        "valkey://host:port",
        "valkey://host:0",
        "valkey://host/zero",
        "valkey://host/-1",
        "valkey://host/999999",
        "valkey://host?db=1",
        "valkey://ho st",
        "valkey://:secret@/0",
        "valkey://[::1",
    ],
)
def test_an_invalid_address_is_not_repeated(url):
    with pytest.raises(ValueError, match="valkey://host:6379/0") as raised:
        SharedMemoryAddress.parse(url)
    assert "secret" not in str(raised.value)
