"""Tests of the key ring: which keys it has, when it requests more, and its limits on requests."""

import asyncio
from collections import Counter
from contextlib import suppress
from ipaddress import ip_network

import pytest

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.server_keys import SqlServerKeyStore
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable, Trouble
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.keys.signatures import sign_json
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.room_versions import get_room_version
from countersign.service.identity import Identity
from countersign.service.keys import key_fetches, key_ring, notaries
from countersign.service.keys.key_ring import KeyRing, KeysUnavailable
from countersign.testing.clocks import ManualClock
from countersign.testing.events import make_key
from countersign.testing.peers import DAY_MS, Peer
from tests.databases import make_database
from tests.waiting import until

HOUR = 3600.0
YEAR_MS = 365 * DAY_MS
JUMPS_MS = [-10 * YEAR_MS, -int(DAY_MS / 24), int(DAY_MS / 24), 10 * YEAR_MS]
DAY = 24 * HOUR
STRICT, LENIENT = get_room_version("11"), get_room_version("4")
US = "policy.example.org"
WITNESS = Peer("notary.example")
NOTARY = Notary(WITNESS.server_name, WITNESS.verify_keys)


class FakeFederation:
    """Answers with the key documents of simulated homeservers; notes who was asked."""

    def __init__(self, clock):
        self.clock = clock
        self.peers = {}
        self.trouble = {}
        self.asked = Counter()
        self.in_flight = 0
        self.most_in_flight = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.valid_for_ms = DAY_MS
        self.clock_behind_ms = 0
        self.old_keys = None
        self.testimonies = {}
        self.questions = []
        self.poison = None

    def set_our_clock_off(self, off_ms):
        """Have our wall clock jump; theirs go on."""
        true_ts = self.now_ts()
        self.clock.set_wall_clock(true_ts + off_ms)
        self.clock_behind_ms = -off_ms

    def now_ts(self):
        """Return the true time."""
        return self.clock.now_ts() + self.clock_behind_ms

    def add(self, peer):
        self.peers[peer.server_name] = peer
        return peer

    async def server_keys(self, server):
        self.asked[server] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.may_answer.wait()
        finally:
            self.in_flight -= 1
        if server in self.trouble:
            raise self.trouble[server]
        if server not in self.peers:
            raise PeerUnavailable(f"{server}: DNS: no such name")
        return self.peers[server].key_document_bytes(
            self.now_ts(), valid_for_ms=self.valid_for_ms, old_keys=self.old_keys
        )

    def tell(self, *documents):
        """Let the notary know key documents."""
        for document in documents:
            self.testimonies.setdefault(document["server_name"], []).append(document)

    async def query_keys(self, notary, question):
        assert notary == WITNESS.server_name
        wanted = question["server_keys"]
        self.questions.append(wanted)
        await self.may_answer.wait()
        await asyncio.sleep(0.005)
        if notary in self.trouble:
            raise self.trouble[notary]
        if self.poison in wanted:
            raise PeerUnavailable("too large: more than 1048576 bytes")
        documents = [
            sign_json(document, notary, WITNESS.key)
            for server in wanted
            for document in self.testimonies.get(server, ())
        ]
        return encode_canonical({"server_keys": documents})


class BreakableStore:
    """The real store, which fails when it is told to."""

    def __init__(self, store):
        self.store = store
        self.is_broken = False

    async def load(self):
        return await self.store.load()

    async def save(self, keys, document):
        if self.is_broken:
            raise StoreUnavailable
        await self.store.save(keys, document)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def federation(clock):
    return FakeFederation(clock)


@pytest.fixture
async def store(tmp_path):
    make_database(tmp_path / "countersign.db")
    database = SqliteDatabase(tmp_path / "countersign.db")
    yield BreakableStore(SqlServerKeyStore(database))
    await database.close()


@pytest.fixture
def identity():
    return Identity(
        server_name=US,
        user_id=f"@policy:{US}",
        server_key=make_key(US, "auto"),
        policy_key=PolicySigningKey(bytes(range(32))),
    )


@pytest.fixture
async def open_ring(identity, federation, store, clock):
    rings = []

    def open_ring(notaries=()):
        rings.append(
            KeyRing(identity, federation=federation, store=store, clock=clock, notaries=notaries)
        )
        return rings[-1]

    yield open_ring
    for ring in rings:
        await ring.close()


@pytest.fixture
def ring(open_ring):
    return open_ring()


@pytest.fixture
def peer(federation):
    return federation.add(Peer("example.org"))


async def test_our_own_keys_need_no_network(ring, federation, identity, clock):
    key = identity.server_key
    ids = [key.key_id, "ed25519:policy_server"]

    assert await ring.request_keys(US, ids) == {key.key_id: key.verify_key}
    assert await ring.event_keys(US, ids, 0, STRICT) == {key.key_id: key.verify_key}
    ring.prefetch([US])
    await ring.settle()
    assert not federation.asked


async def test_keys_are_fetched_once_and_then_remembered(ring, federation, peer, clock):
    for _ in range(3):
        assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
        found = await ring.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)
        assert found == peer.verify_keys

    assert federation.asked == {"example.org": 1}


async def test_only_the_keys_that_were_named_are_given(ring, peer):
    assert await ring.request_keys("example.org", [peer.key.key_id, "ed25519:x"]) == (
        peer.verify_keys
    )
    assert await ring.request_keys("example.org", ["ed25519:x"]) == {}


async def test_all_who_ask_at_once_share_one_fetch(ring, federation, peer):
    federation.may_answer.clear()
    requesters = [
        asyncio.create_task(ring.request_keys("example.org", [peer.key.key_id])) for _ in range(20)
    ]
    await asyncio.sleep(0.01)
    requesters[0].cancel()
    federation.may_answer.set()

    answers = await asyncio.gather(*requesters[1:])

    assert answers == [peer.verify_keys] * 19
    assert federation.asked == {"example.org": 1}


@pytest.mark.parametrize(
    "trouble",
    [
        PeerUnavailable("example.org: timed out"),
        PeerRefused(404, "M_NOT_FOUND", "no keys here"),
    ],
)
async def test_trouble_is_no_answer_and_backs_off(ring, federation, peer, clock, trouble):
    federation.trouble["example.org"] = trouble
    waited = []
    for _ in range(14):
        before = federation.asked["example.org"]
        seconds = 0
        while federation.asked["example.org"] == before:
            with pytest.raises(KeysUnavailable):
                await ring.request_keys("example.org", [peer.key.key_id])
            clock.advance(1)
            seconds += 1
        waited.append(seconds)
        assert seconds <= HOUR + 1

    assert waited[:5] == [1, 2, 4, 8, 16]
    assert waited[-1] == HOUR


async def test_a_success_ends_the_back_off(ring, federation, peer, clock):
    federation.trouble["example.org"] = PeerUnavailable("timed out")
    for _ in range(6):
        clock.advance(HOUR)
        with pytest.raises(KeysUnavailable):
            await ring.request_keys("example.org", [peer.key.key_id])
    federation.trouble.clear()
    clock.advance(HOUR)

    assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys


async def test_a_server_of_our_rooms_is_asked_again_soon(ring, federation, peer, clock):
    federation.trouble["example.org"] = PeerUnavailable("timed out")
    ring.prefetch(["example.org"])
    await ring.settle()
    for _ in range(20):
        clock.advance(301)
        with pytest.raises(KeysUnavailable):
            await ring.request_keys("example.org", [peer.key.key_id])

    assert federation.asked["example.org"] == 21


async def test_a_document_that_does_not_verify_is_trouble(ring, federation, peer):
    federation.peers["example.net"] = peer  # answers with the keys of example.org

    with pytest.raises(KeysUnavailable) as caught:
        await ring.request_keys("example.net", [peer.key.key_id])

    assert isinstance(caught.value.__cause__, ProtocolError)


async def test_an_expired_key_signs_no_request_but_still_its_events(ring, federation, peer, clock):
    key_id = peer.key.key_id
    made_ts = clock.now_ts()
    await ring.request_keys("example.org", [key_id])
    federation.trouble["example.org"] = PeerUnavailable("timed out")
    clock.advance(2 * DAY)

    with pytest.raises(KeysUnavailable):
        await ring.request_keys("example.org", [key_id])
    assert await ring.event_keys("example.org", [key_id], made_ts, STRICT) == peer.verify_keys
    assert await ring.event_keys("example.org", [key_id], clock.now_ts(), LENIENT) == (
        peer.verify_keys
    )
    with pytest.raises(KeysUnavailable):
        await ring.event_keys("example.org", [key_id], clock.now_ts(), STRICT)


async def test_an_expired_document_is_fetched_again(ring, federation, peer, clock):
    key_id = peer.key.key_id
    await ring.request_keys("example.org", [key_id])
    clock.advance(2 * DAY)

    assert await ring.request_keys("example.org", [key_id]) == peer.verify_keys
    clock.advance(2 * DAY)
    assert await ring.event_keys("example.org", [key_id], clock.now_ts(), STRICT) == (
        peer.verify_keys
    )
    assert federation.asked == {"example.org": 3}


async def test_a_document_out_of_date_at_once_is_not_fetched_for_each_request(
    ring, federation, peer, clock
):
    federation.valid_for_ms = -1000
    for _ in range(5):
        try:
            assert await ring.request_keys("example.org", [peer.key.key_id]) == {}
        except KeysUnavailable:
            clock.advance(1)

    assert federation.asked == {"example.org": 1}


async def test_an_unknown_key_is_asked_for_once_in_a_period(ring, federation, peer, clock):
    await ring.request_keys("example.org", [peer.key.key_id])
    for _ in range(10):
        assert await ring.request_keys("example.org", ["ed25519:new"]) == {}
    assert federation.asked == {"example.org": 2}

    clock.advance(key_ring.ASK_AGAIN_SECONDS)
    newer = federation.add(Peer("example.org", key_version="new"))
    assert await ring.request_keys("example.org", [newer.key.key_id]) == newer.verify_keys
    assert federation.asked == {"example.org": 3}


async def test_all_unknown_keys_of_a_server_share_one_question(ring, federation, peer, clock):
    ring.prefetch(["example.org"])
    await ring.settle()
    for period in range(3):
        for number in range(100):
            ids = [f"ed25519:made_up_{period}_{number}"]
            assert await ring.request_keys("example.org", ids) == {}
            with suppress(KeysUnavailable):
                await ring.event_keys("example.org", [f"{ids[0]}x"], clock.now_ts(), STRICT)
        assert federation.asked == {"example.org": 2 + period}
        clock.advance(key_ring.ASK_AGAIN_SECONDS)


async def test_unknown_keys_of_one_server_do_not_use_up_anothers_budget(ring, federation, peer):
    other = federation.add(Peer("other.example"))
    for server in ("example.org", "other.example"):
        await ring.request_keys(server, [federation.peers[server].key.key_id])
    assert await ring.request_keys("example.org", ["ed25519:made_up"]) == {}

    newer = federation.add(Peer("other.example", key_version="new"))

    assert newer.verify_keys != other.verify_keys
    assert await ring.request_keys("other.example", [newer.key.key_id]) == newer.verify_keys


async def test_the_policy_keys_id_is_no_reason_to_ask(ring, federation, peer):
    await ring.request_keys("example.org", [peer.key.key_id])
    assert await ring.request_keys("example.org", [PolicySigningKey.KEY_ID]) == {}

    assert federation.asked == {"example.org": 1}


async def test_made_up_keys_do_not_have_a_new_one_refused(ring, federation, peer, clock):
    """Anybody can use up a server's share; what is signed with its new key must not be judged."""
    ring.prefetch(["example.org"])
    await ring.settle()
    for number in range(8):
        assert await ring.request_keys("example.org", [f"ed25519:made_up_{number}"]) == {}
    newer = federation.add(Peer("example.org", key_version="new"))

    for _ in range(20):
        with pytest.raises(KeysUnavailable):
            await ring.event_keys("example.org", [newer.key.key_id], clock.now_ts(), STRICT)
    assert await ring.request_keys("example.org", ["ed25519:made_up_0"]) == {}
    assert federation.asked == {"example.org": 2}

    # However long it goes on: the next question brings the new key, whoever asks it.
    clock.advance(key_ring.ASK_AGAIN_SECONDS)
    assert await ring.request_keys("example.org", ["ed25519:made_up_once_more"]) == {}
    found = await ring.event_keys("example.org", [newer.key.key_id], clock.now_ts(), STRICT)
    assert found == newer.verify_keys
    assert await ring.request_keys("example.org", [newer.key.key_id]) == newer.verify_keys
    assert federation.asked == {"example.org": 3}


async def test_waiting_for_an_unknown_key_uses_one_share(ring, federation, peer):
    await ring.request_keys("example.org", [peer.key.key_id])
    federation.may_answer.clear()
    requesters = [
        asyncio.create_task(ring.request_keys("example.org", ["ed25519:made_up"]))
        for _ in range(50)
    ]
    await asyncio.sleep(0.01)
    federation.may_answer.set()

    assert await asyncio.gather(*requesters) == [{}] * 50
    assert federation.asked == {"example.org": 2}


async def test_missing_keys_are_remembered_within_a_limit(ring, federation, peer, clock):
    ring.prefetch(["example.org"])
    await ring.settle()
    for number in range(100):
        clock.advance(60)
        await ring.request_keys("example.org", [f"ed25519:made_up_{number}"])

    assert len(ring._known["example.org"].lacking) == 16


async def test_a_new_key_is_found_by_all_who_wait_for_it(ring, federation, peer):
    await ring.request_keys("example.org", [peer.key.key_id])
    newer = federation.add(Peer("example.org", key_version="new"))
    federation.may_answer.clear()
    requesters = [
        asyncio.create_task(ring.request_keys("example.org", [newer.key.key_id])) for _ in range(5)
    ]
    await asyncio.sleep(0.01)
    federation.may_answer.set()

    assert await asyncio.gather(*requesters) == [newer.verify_keys] * 5
    assert federation.asked == {"example.org": 2}


async def test_trouble_while_asking_for_an_unknown_key_is_no_answer(ring, federation, peer):
    await ring.request_keys("example.org", [peer.key.key_id])
    federation.trouble["example.org"] = PeerUnavailable("timed out")

    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys("example.org", ["ed25519:new"])
    assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
    assert federation.asked == {"example.org": 2}


async def test_old_events_with_unlisted_keys_cause_no_fetch(ring, federation, peer, clock):
    made_ts = clock.now_ts() - 30 * DAY_MS
    for _ in range(5):
        assert await ring.event_keys("example.org", ["ed25519:gone"], made_ts, STRICT) == {}

    assert federation.asked == {"example.org": 1}


async def test_events_of_the_far_future_cause_no_fetch(ring, federation, peer, clock):
    await ring.request_keys("example.org", [peer.key.key_id])
    far_ts = clock.now_ts() + 8 * DAY_MS
    for _ in range(5):
        assert await ring.event_keys("example.org", [peer.key.key_id], far_ts, STRICT) == {}

    assert federation.asked == {"example.org": 1}


async def test_old_keys_verify_events_of_their_time_and_no_requests(ring, federation, peer, clock):
    retired = make_key("example.org", "retired")
    gone_ts = clock.now_ts() - DAY_MS
    federation.old_keys = {retired.key_id: (retired.verify_key, gone_ts)}

    ids = [retired.key_id]
    good = await ring.event_keys("example.org", ids, gone_ts, STRICT)
    assert good == {retired.key_id: retired.verify_key}
    assert await ring.event_keys("example.org", ids, gone_ts + 1, STRICT) == {}
    assert await ring.request_keys("example.org", ids) == {}


async def test_a_key_that_vanished_stays_good_for_the_events_of_its_time(
    ring, federation, peer, clock
):
    made_ts = clock.now_ts()
    await ring.request_keys("example.org", [peer.key.key_id])
    newer = federation.add(Peer("example.org", key_version="new"))
    clock.advance(0.75 * DAY)
    await ring.request_keys("example.org", [newer.key.key_id])

    found = await ring.event_keys("example.org", [peer.key.key_id], made_ts, STRICT)

    assert found == peer.verify_keys
    assert await ring.request_keys("example.org", [peer.key.key_id]) == {}
    clock.advance(key_ring.ASK_AGAIN_SECONDS)
    late = await ring.event_keys("example.org", [peer.key.key_id], made_ts + 2 * DAY_MS, STRICT)
    assert late == {}


async def test_documents_are_renewed_in_the_background_at_half_their_life(
    ring, federation, peer, clock
):
    key_id = peer.key.key_id
    await ring.request_keys("example.org", [key_id])
    clock.advance(0.4 * DAY)
    await ring.request_keys("example.org", [key_id])
    await ring.settle()
    assert federation.asked == {"example.org": 1}

    clock.advance(0.2 * DAY)
    federation.may_answer.clear()
    assert await ring.request_keys("example.org", [key_id]) == peer.verify_keys
    assert await ring.request_keys("example.org", [key_id]) == peer.verify_keys
    federation.may_answer.set()
    await ring.settle()

    assert federation.asked == {"example.org": 2}
    clock.advance(0.6 * DAY)  # the first document is over, the second is not
    federation.trouble["example.org"] = PeerUnavailable("timed out")
    assert await ring.request_keys("example.org", [key_id]) == peer.verify_keys


async def test_a_failed_renewal_costs_nothing(ring, federation, peer, clock):
    await ring.request_keys("example.org", [peer.key.key_id])
    federation.trouble["example.org"] = PeerUnavailable("timed out")
    clock.advance(0.6 * DAY)

    for _ in range(3):
        assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
        await ring.settle()

    assert federation.asked == {"example.org": 2}


async def test_servers_of_our_rooms_outlive_a_restart(open_ring, federation, peer, store):
    ring = open_ring()
    ring.prefetch(["example.org"])
    await ring.settle()
    federation.trouble["example.org"] = PeerUnavailable("timed out")

    restarted = open_ring()
    await restarted.load()

    assert await restarted.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
    assert federation.asked == {"example.org": 1}


async def test_strangers_are_not_stored(ring, peer, store):
    await ring.request_keys("example.org", [peer.key.key_id])

    assert await store.load() == []


async def test_a_broken_store_does_not_stop_verification(ring, peer, store, clock):
    store.is_broken = True

    found = await ring.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)

    assert found == peer.verify_keys


async def test_prefetching_asks_few_servers_at_a_time(ring, federation):
    servers = [federation.add(Peer(f"s{number}.example")).server_name for number in range(40)]
    federation.may_answer.clear()
    ring.prefetch(servers)
    ring.prefetch(servers)
    await until(lambda: federation.in_flight == key_ring.PREFETCHES_AT_ONCE)
    federation.may_answer.set()
    await ring.settle()

    assert federation.asked == dict.fromkeys(servers, 1)
    ring.prefetch(servers)
    await ring.settle()
    assert sum(federation.asked.values()) == len(servers)


@pytest.mark.parametrize("rounds", range(6))
async def test_a_server_met_as_the_last_fetches_end_is_asked_too(ring, federation, rounds):
    """In whichever round of the event loop it is met."""
    *servers, last = (f"s{number}.example" for number in range(key_ring.PREFETCHES_AT_ONCE + 1))
    federation.may_answer.clear()
    ring.prefetch(servers)
    await until(lambda: federation.in_flight == len(servers))
    federation.may_answer.set()
    for _ in range(rounds):
        await asyncio.sleep(0)
    ring.prefetch([last])
    await ring.settle()

    assert federation.asked == dict.fromkeys([*servers, last], 1)


async def test_strangers_share_a_small_budget(ring, federation, clock):
    for number in range(200):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(f"s{number}.example", ["ed25519:a"])
    assert sum(federation.asked.values()) == key_fetches.STRANGERS_LIMIT.burst

    clock.advance(2)
    for number in range(200, 400):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(f"s{number}.example", ["ed25519:a"])
    assert sum(federation.asked.values()) == key_fetches.STRANGERS_LIMIT.burst + 10


async def test_servers_in_our_own_network_have_no_budget(identity, federation, store, clock):
    ring = KeyRing(
        identity,
        federation=federation,
        store=store,
        clock=clock,
        own_networks=[ip_network("10.0.0.0/8"), ip_network("fd00::/8")],
    )
    names = [f"10.1.2.3:{port}" for port in range(1, 100)] + ["[fd00::1]"]
    for name in names:
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(name, ["ed25519:a"])

    assert sum(federation.asked.values()) == len(names)


async def test_one_host_has_one_budget_whatever_its_ports_and_letters(ring, federation):
    names = [f"example.org:{port}" for port in range(1, 20)] + ["EXAMPLE.org", "Example.Org"]
    for name in names:
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(name, ["ed25519:a"])

    assert sum(federation.asked.values()) == key_fetches.STRANGER_HOST_LIMIT.burst


@pytest.mark.parametrize(
    "spellings",
    [
        [f"[2001:db8:{'0' * zeros}:0::{'0' * more}7]" for zeros in (1, 2, 3) for more in range(3)],
        ["192.0.2.7", "[::ffff:192.0.2.7]", "[::FFFF:c000:207]", "[0:0:0:0:0:ffff:c000:0207]"] * 2,
        ["example.org", "example.org.", "example.org..", "EXAMPLE.ORG."] * 2,
    ],
    ids=["ipv6", "mapped", "dots"],
)
async def test_one_host_has_one_budget_however_it_is_spelled(ring, federation, spellings):
    for number, host in enumerate(spellings):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(f"{host}:{number + 1}", ["ed25519:a"])

    assert sum(federation.asked.values()) == key_fetches.STRANGER_HOST_LIMIT.burst


@pytest.mark.parametrize(
    "name", ["s{}.evil.example:1", "[2a00:1:2:{:x}::1]", "9.1.1.{}"], ids=["domain", "/48", "/24"]
)
async def test_each_domain_and_each_network_has_one_budget(
    identity, federation, store, clock, name
):
    ring = KeyRing(
        identity,
        federation=federation,
        store=store,
        clock=clock,
        registrable_domain=lambda host: ".".join(host.split(".")[-2:]),
    )
    for number in range(100):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(name.format(number), ["ed25519:a"])
    assert sum(federation.asked.values()) == key_fetches.STRANGER_DOMAIN_LIMIT.burst

    peer = federation.add(Peer("honest.org"))
    assert await ring.request_keys("honest.org", [peer.key.key_id]) == peer.verify_keys


async def test_strangers_leave_room_for_servers_that_we_know(ring, federation, peer):
    federation.may_answer.clear()
    strangers = [
        asyncio.create_task(ring.request_keys(f"s{number}.example", ["ed25519:a"]))
        for number in range(40)
    ]
    await until(lambda: federation.in_flight == key_fetches.MAX_STRANGER_FETCHES)

    ring.prefetch(["example.org"])
    await until(lambda: federation.asked.get("example.org") == 1)
    federation.may_answer.set()
    await asyncio.gather(*strangers, return_exceptions=True)


async def test_fetches_of_known_servers_wait_their_turn(ring, federation, clock):
    peers = [federation.add(Peer(f"s{number}.example")) for number in range(100)]
    found = await asyncio.gather(
        *(
            ring.event_keys(peer.server_name, [peer.key.key_id], clock.now_ts(), STRICT)
            for peer in peers
        )
    )

    assert found == [peer.verify_keys for peer in peers]
    assert federation.most_in_flight <= key_fetches.MAX_FETCHES


async def test_strangers_do_not_push_out_servers_that_we_know(
    ring, federation, peer, clock, monkeypatch
):
    monkeypatch.setattr(ring, "_strangers", BoundedMapping(10))
    ring.prefetch(["example.org"])
    await ring.settle()
    for number in range(50):
        with pytest.raises(KeysUnavailable):
            await ring.request_keys(f"s{number}.example", ["ed25519:a"])

    assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
    assert federation.asked["example.org"] == 1
    assert len(ring._strangers) == 10


async def test_a_stranger_that_joins_a_room_is_known_from_then_on(ring, federation, peer, clock):
    await ring.request_keys("example.org", [peer.key.key_id])
    ring.prefetch(["example.org"])
    await ring.settle()

    assert "example.org" not in ring._strangers
    assert await ring.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
    assert federation.asked == {"example.org": 1}


@pytest.mark.parametrize("off_ms", JUMPS_MS)
async def test_a_clock_jump_keeps_known_servers(ring, federation, peer, clock, off_ms):
    ring.prefetch(["example.org"])
    await ring.settle()
    key_id = peer.key.key_id
    federation.set_our_clock_off(off_ms)
    federation.trouble["example.org"] = PeerUnavailable("timed out")

    for _ in range(2):
        assert await ring.request_keys("example.org", [key_id]) == peer.verify_keys
        made_ts = federation.now_ts()
        assert await ring.event_keys("example.org", [key_id], made_ts, STRICT) == peer.verify_keys
        await ring.settle()
        clock.advance(HOUR)
    clock.advance(7 * DAY)
    with pytest.raises(KeysUnavailable):
        await ring.request_keys("example.org", [key_id])


@pytest.mark.parametrize("off_ms", JUMPS_MS)
async def test_a_clock_jump_keeps_keys_available(ring, federation, peer, clock, off_ms):
    ring.prefetch(["example.org"])
    await ring.settle()
    other = federation.add(Peer("new.example"))
    federation.set_our_clock_off(off_ms)

    for _ in range(8):
        for server in (peer, other):
            ids = [server.key.key_id]
            assert await ring.request_keys(server.server_name, ids) == server.verify_keys
            keys = await ring.event_keys(server.server_name, ids, federation.now_ts(), STRICT)
            assert keys == server.verify_keys
        await ring.settle()
        clock.advance(0.3 * DAY)
    assert federation.asked["example.org"] <= 6


async def test_a_clock_that_was_slow_from_the_start_has_no_event_refused(
    open_ring, federation, peer, clock
):
    federation.set_our_clock_off(-10 * YEAR_MS)
    ring = open_ring()
    other = federation.add(Peer("other.example"))
    ids = [peer.key.key_id]
    ring.prefetch(["example.org", "other.example"])
    await ring.settle()

    for _ in range(12):
        with pytest.raises(KeysUnavailable, match="clock is in doubt"):
            await ring.event_keys("example.org", ids, federation.now_ts(), STRICT)
        clock.advance(DAY)
    assert await ring.request_keys("other.example", [other.key.key_id]) == other.verify_keys

    federation.set_our_clock_off(0)
    assert await ring.event_keys("example.org", ids, federation.now_ts(), STRICT) == (
        peer.verify_keys
    )


async def test_a_slow_clock_at_a_restart_has_no_event_refused(open_ring, federation, peer, clock):
    ring = open_ring()
    ring.prefetch(["example.org"])
    await ring.settle()
    clock.advance(2 * DAY)
    federation.set_our_clock_off(-10 * YEAR_MS)
    ring = open_ring()
    await ring.load()

    with pytest.raises(KeysUnavailable):
        await ring.event_keys("example.org", [peer.key.key_id], federation.now_ts(), STRICT)


async def test_a_servers_long_promises_do_not_put_our_clock_in_doubt(ring, federation, peer, clock):
    federation.add(Peer("other.example"))
    ring.prefetch(["other.example"])
    await ring.settle()
    federation.valid_for_ms = 10 * YEAR_MS
    far_ts = clock.now_ts() + YEAR_MS

    assert await ring.event_keys("example.org", [peer.key.key_id], far_ts, STRICT) == {}


async def test_a_document_fetched_when_our_clock_was_ahead_does_not_hide_a_new_key(
    open_ring, federation, peer, clock
):
    federation.set_our_clock_off(10 * YEAR_MS)
    ring = open_ring()
    ring.prefetch(["example.org"])
    await ring.settle()
    federation.set_our_clock_off(0)
    newer = federation.add(Peer("example.org", key_version="new"))
    clock.advance(60)
    restarted = open_ring()
    await restarted.load()

    for each in (ring, restarted):
        ids = [newer.key.key_id]
        found = await each.event_keys("example.org", ids, clock.now_ts(), STRICT)
        assert found == newer.verify_keys


async def test_a_key_that_vanished_while_our_clock_was_slow_stays_good_for_its_events(
    open_ring, federation, peer, clock
):
    ring = open_ring()
    ring.prefetch(["example.org"])
    await ring.settle()
    made_ts = clock.now_ts()
    federation.set_our_clock_off(-10 * YEAR_MS)
    ring = open_ring()
    await ring.load()
    newer = federation.add(Peer("example.org", key_version="new"))

    assert await ring.request_keys("example.org", [newer.key.key_id]) == newer.verify_keys
    assert await ring.event_keys("example.org", [peer.key.key_id], made_ts, STRICT) == (
        peer.verify_keys
    )


@pytest.mark.parametrize("off_ms", [-10 * YEAR_MS, 10 * YEAR_MS])
async def test_a_clock_that_most_servers_keys_speak_against_is_in_doubt(
    open_ring, federation, clock, off_ms
):
    for number in range(3):
        federation.add(Peer(f"{number}.example"))
    ring = open_ring()
    assert not ring.is_clock_in_doubt()
    ring.prefetch(federation.peers)
    await ring.settle()
    clock.advance(60)
    assert not ring.is_clock_in_doubt()

    federation.set_our_clock_off(off_ms)
    assert ring.is_clock_in_doubt()
    ring = open_ring()
    ring.prefetch(federation.peers)
    await ring.settle()
    assert ring.is_clock_in_doubt()
    federation.set_our_clock_off(0)
    ring.prefetch(federation.peers)
    clock.advance(60)
    ring.prefetch(federation.peers)
    await ring.settle()
    assert not ring.is_clock_in_doubt()


@pytest.fixture
def witnessed(open_ring):
    """A key ring that has a notary."""
    return open_ring([NOTARY])


GONE = PeerUnavailable("DNS: no such name")


async def test_a_server_that_answers_makes_no_question_to_a_notary(witnessed, federation, peer):
    ids = [peer.key.key_id]
    assert await witnessed.request_keys("example.org", ids) == peer.verify_keys
    assert await witnessed.request_keys("example.org", ["ed25519:made_up"]) == {}

    assert federation.questions == []


async def test_without_notaries_nobody_else_is_asked(ring, federation, peer, clock):
    federation.trouble["example.org"] = GONE
    federation.tell(peer.key_document(clock.now_ts()))

    with pytest.raises(KeysUnavailable):
        await ring.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)
    assert federation.questions == []


@pytest.mark.parametrize(
    ("rules", "needed_ms"), [(STRICT, -DAY_MS), (LENIENT, None)], ids=["strict", "lenient"]
)
async def test_a_notary_tells_the_keys_of_a_server_that_is_away(
    witnessed, federation, peer, clock, rules, needed_ms
):
    federation.trouble["example.org"] = GONE
    made_ts = clock.now_ts() - DAY_MS
    federation.tell(peer.key_document(clock.now_ts()))

    ids = [peer.key.key_id]
    assert await witnessed.event_keys("example.org", ids, made_ts, rules) == peer.verify_keys
    assert await witnessed.request_keys("example.org", ids) == peer.verify_keys

    needed_ts = 0 if needed_ms is None else clock.now_ts() + needed_ms
    assert federation.questions == [
        {"example.org": {peer.key.key_id: {"minimum_valid_until_ts": needed_ts}}}
    ]


async def test_a_server_that_comes_back_has_the_last_word(witnessed, federation, peer, clock):
    liar = Peer("example.org", key_version="liar")
    federation.trouble["example.org"] = GONE
    federation.tell(liar.key_document(clock.now_ts()))
    await witnessed.request_keys("example.org", [liar.key.key_id])
    federation.trouble.clear()
    clock.advance(0.6 * DAY)
    await witnessed.request_keys("example.org", [liar.key.key_id])
    await witnessed.settle()

    assert await witnessed.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
    assert await witnessed.request_keys("example.org", [liar.key.key_id]) == {}
    now_ts = clock.now_ts() + 1
    assert await witnessed.event_keys("example.org", [liar.key.key_id], now_ts, STRICT) == {}


async def test_a_notary_does_not_replace_what_the_server_said(witnessed, federation, peer, clock):
    ids = [peer.key.key_id]
    await witnessed.request_keys("example.org", ids)
    federation.trouble["example.org"] = GONE
    clock.advance(2 * DAY)
    liar = Peer("example.org", key_version="liar")
    federation.tell(liar.key_document(clock.now_ts()))

    with pytest.raises(KeysUnavailable):
        await witnessed.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)
    with pytest.raises(KeysUnavailable):
        await witnessed.request_keys("example.org", [liar.key.key_id])
    assert len(federation.questions) == 1

    clock.advance(HOUR)
    federation.testimonies.clear()
    federation.tell(peer.key_document(clock.now_ts()))
    now_ts = clock.now_ts()
    assert await witnessed.event_keys("example.org", ids, now_ts, STRICT) == peer.verify_keys


async def test_a_key_that_its_server_dropped_is_asked_of_a_notary_once(
    witnessed, federation, peer, clock
):
    dropped = Peer("example.org", key_version="dropped")
    long_ago_ts = clock.now_ts() - 3_000 * DAY_MS
    federation.tell(dropped.key_document(long_ago_ts))
    await witnessed.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)

    ids = [dropped.key.key_id]
    assert await witnessed.event_keys("example.org", ids, long_ago_ts, STRICT) == (
        dropped.verify_keys
    )
    assert await witnessed.request_keys("example.org", ids) == {}
    for _ in range(5):
        assert await witnessed.event_keys("example.org", ["ed25519:x"], long_ago_ts, STRICT) == {}
    assert len(federation.questions) == 2
    assert federation.asked["example.org"] == 2  # the second time for the request


async def test_made_up_keys_make_no_hammer_of_a_notary(witnessed, federation, peer, clock):
    made_ts = clock.now_ts() - 30 * DAY_MS
    await witnessed.event_keys("example.org", [peer.key.key_id], made_ts, STRICT)
    unanswered = 0
    for number in range(100):
        try:
            await witnessed.event_keys("example.org", [f"ed25519:m{number}"], made_ts, STRICT)
        except KeysUnavailable:
            unanswered += 1

    assert len(federation.questions) == key_ring.ASK_NOTARIES_LIMIT.burst
    assert unanswered == 100 - key_ring.ASK_NOTARIES_LIMIT.burst


async def test_a_silent_notary_is_no_final_word_on_a_dropped_key(
    witnessed, federation, peer, clock
):
    made_ts = clock.now_ts() - 30 * DAY_MS
    await witnessed.event_keys("example.org", [peer.key.key_id], made_ts, STRICT)
    federation.trouble[WITNESS.server_name] = PeerUnavailable("timed out")

    for _ in range(notaries.FAILURES_IN_A_ROW + 3):
        with pytest.raises(KeysUnavailable):
            await witnessed.event_keys("example.org", ["ed25519:old"], made_ts, STRICT)
    assert len(federation.questions) == notaries.FAILURES_IN_A_ROW


async def test_an_oversized_answer_affects_others_once(witnessed, federation, clock):
    peers = [Peer(f"s{number}.example") for number in range(20)]
    federation.tell(*(peer.key_document(clock.now_ts()) for peer in peers))
    federation.poison = "s7.example"

    async def ask(peer):
        try:
            return await witnessed.event_keys(
                peer.server_name, [peer.key.key_id], clock.now_ts(), STRICT
            )
        except KeysUnavailable:
            return {}

    await asyncio.gather(*map(ask, peers))
    clock.advance(5)
    found = await asyncio.gather(*map(ask, peers))

    assert [keys == peer.verify_keys for keys, peer in zip(found, peers, strict=True)] == [
        peer.server_name != "s7.example" for peer in peers
    ]


async def test_a_notary_that_is_down_is_left_alone_for_a_while(witnessed, federation, clock):
    federation.trouble[WITNESS.server_name] = PeerUnavailable("no", Trouble.CONNECTION)
    for number in range(20):
        with pytest.raises(KeysUnavailable):
            await witnessed.event_keys(f"s{number}.example", ["ed25519:a"], 0, LENIENT)
    assert len(federation.questions) == 1

    clock.advance(notaries.BACKOFF.first)
    federation.trouble.clear()
    peer = Peer("example.net")
    federation.tell(peer.key_document(clock.now_ts()))
    found = await witnessed.event_keys("example.net", [peer.key.key_id], clock.now_ts(), STRICT)
    assert found == peer.verify_keys


async def test_questions_to_a_notary_go_in_groups(witnessed, federation, clock):
    peers = [Peer(f"s{number}.example") for number in range(200)]
    federation.tell(*(peer.key_document(clock.now_ts()) for peer in peers))

    found = await asyncio.gather(
        *(
            witnessed.event_keys(peer.server_name, [peer.key.key_id], clock.now_ts(), STRICT)
            for peer in peers
        )
    )

    assert found == [peer.verify_keys for peer in peers]
    assert len(federation.questions) < 40
    assert max(map(len, federation.questions)) <= notaries.SERVERS_A_QUESTION


async def test_strangers_have_the_same_budget_where_there_is_a_notary(witnessed, federation, clock):
    for number in range(200):
        with pytest.raises(KeysUnavailable):
            await witnessed.request_keys(f"s{number}.example", ["ed25519:a"])

    assert sum(map(len, federation.questions)) == key_fetches.STRANGERS_LIMIT.burst


async def test_strangers_share_no_question_with_servers_that_we_know(
    witnessed, federation, peer, clock
):
    federation.trouble["example.org"] = GONE
    federation.tell(peer.key_document(clock.now_ts()))
    strangers = [witnessed.request_keys(f"s{number}.example", ["ed25519:a"]) for number in range(9)]
    known = witnessed.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)

    *_, found = await asyncio.gather(*strangers, known, return_exceptions=True)

    assert found == peer.verify_keys
    assert [set(wanted) for wanted in federation.questions if "example.org" in wanted] == [
        {"example.org"}
    ]


async def test_keys_from_a_notary_outlive_a_restart(open_ring, federation, clock):
    gone, now = Peer("gone.example", key_version="1"), Peer("gone.example", key_version="2")
    long_ago_ts = clock.now_ts() - 3_000 * DAY_MS
    federation.tell(gone.key_document(long_ago_ts), now.key_document(clock.now_ts()))
    ring = open_ring([NOTARY])
    ids = [gone.key.key_id, now.key.key_id]
    found = await ring.event_keys("gone.example", ids, long_ago_ts, LENIENT)
    assert found == gone.verify_keys | now.verify_keys

    restarted = open_ring()
    await restarted.load()

    assert await restarted.event_keys("gone.example", ids, long_ago_ts, LENIENT) == found
    assert len(federation.questions) == 1


async def test_a_key_that_vanished_stays_good_after_a_restart(open_ring, federation, peer, clock):
    made_ts = clock.now_ts()
    ring = open_ring()
    ring.prefetch(["example.org"])
    await ring.settle()
    federation.add(Peer("example.org", key_version="new"))
    clock.advance(0.75 * DAY)
    ring.prefetch(["example.org"])
    await ring.settle()

    restarted = open_ring()
    await restarted.load()

    ids = [peer.key.key_id]
    assert await restarted.event_keys("example.org", ids, made_ts, STRICT) == peer.verify_keys
    assert federation.asked == {"example.org": 2}


class TestSilence:
    """A server of our rooms is believed for a while although its key server is down."""

    @pytest.fixture
    async def known(self, ring, peer):
        ring.prefetch(["example.org"])
        await ring.settle()
        return ring

    async def test_its_requests_are_believed_for_a_week_in_all(
        self, known, federation, peer, clock
    ):
        federation.trouble["example.org"] = GONE
        ids = [peer.key.key_id]
        for _ in range(6):
            clock.advance(DAY)
            assert await known.request_keys("example.org", ids) == peer.verify_keys
            await known.settle()
        clock.advance(DAY)

        with pytest.raises(KeysUnavailable):
            await known.request_keys("example.org", ids)

    async def test_a_restart_in_the_middle_changes_nothing(
        self, known, open_ring, federation, peer, clock
    ):
        federation.trouble["example.org"] = GONE
        clock.advance(2 * DAY)
        restarted = open_ring()
        await restarted.load()

        ids = [peer.key.key_id]
        assert await restarted.request_keys("example.org", ids) == peer.verify_keys

    async def test_it_is_not_asked_before_each_answer(self, known, federation, peer, clock):
        federation.trouble["example.org"] = GONE
        clock.advance(2 * DAY)
        for _ in range(20):
            await known.request_keys("example.org", [peer.key.key_id])

        assert federation.asked["example.org"] == 2

    async def test_its_events_are_not_believed_beyond_what_it_promised(
        self, known, federation, peer, clock
    ):
        federation.trouble["example.org"] = GONE
        clock.advance(2 * DAY)

        for _ in range(2):
            with pytest.raises(KeysUnavailable):
                await known.event_keys("example.org", [peer.key.key_id], clock.now_ts(), STRICT)

    @pytest.mark.parametrize(
        "trouble",
        [
            pytest.param(PeerRefused(404, "M_NOT_FOUND", "no keys here"), id="refuses"),
            pytest.param(None, id="has another key"),
        ],
    )
    async def test_any_answer_ends_a_servers_silence(self, known, federation, peer, clock, trouble):
        ids = [peer.key.key_id]
        federation.trouble["example.org"] = GONE
        clock.advance(2 * DAY)
        assert await known.request_keys("example.org", ids) == peer.verify_keys
        federation.add(Peer("example.org", key_version="new"))
        federation.trouble = {"example.org": trouble} if trouble else {}
        clock.advance(HOUR)
        await known.request_keys("example.org", ids)  # it is asked behind this one
        await known.settle()

        try:
            assert await known.request_keys("example.org", ids) == {}
        except KeysUnavailable:
            assert trouble is not None

    async def test_strangers_are_not_believed_for_longer(self, ring, federation, peer, clock):
        await ring.request_keys("example.org", [peer.key.key_id])
        federation.trouble["example.org"] = GONE
        clock.advance(2 * DAY)

        with pytest.raises(KeysUnavailable):
            await ring.request_keys("example.org", [peer.key.key_id])

    async def test_a_notarys_validity_is_not_prolonged(self, witnessed, federation, peer, clock):
        federation.trouble["example.org"] = GONE
        federation.tell(peer.key_document(clock.now_ts()))
        witnessed.prefetch(["example.org"])
        await witnessed.settle()
        assert await witnessed.request_keys("example.org", [peer.key.key_id]) == peer.verify_keys
        clock.advance(2 * DAY)

        with pytest.raises(KeysUnavailable):
            await witnessed.request_keys("example.org", [peer.key.key_id])


class TestRenewing:
    @pytest.fixture
    async def names(self, ring, federation):
        names = [federation.add(Peer(f"s{number}.example")).server_name for number in range(40)]
        ring.prefetch(names)
        await ring.settle()
        return names

    async def test_nothing_is_due_before_half_a_life(self, ring, federation, names, clock):
        clock.advance(0.49 * DAY)
        ring.renew_due([*names, US])
        await ring.settle()

        assert set(federation.asked.values()) == {1}

    async def test_servers_of_our_rooms_are_renewed_without_being_needed(
        self, ring, federation, names, clock
    ):
        clock.advance(0.55 * DAY)
        ring.renew_due(names)
        await ring.settle()
        assert 0 < sum(federation.asked.values()) - len(names) < len(names), "not all at once"
        clock.advance(0.05 * DAY)
        ring.renew_due(names)
        await ring.settle()

        assert set(federation.asked.values()) == {2}
        assert federation.most_in_flight <= key_ring.PREFETCHES_AT_ONCE

    async def test_servers_that_left_our_rooms_are_not_asked(self, ring, federation, names, clock):
        clock.advance(0.7 * DAY)
        ring.renew_due([])
        await ring.settle()

        assert set(federation.asked.values()) == {1}

    async def test_an_unreachable_server_is_asked_less_and_less_often(
        self, ring, federation, clock
    ):
        federation.trouble["example.org"] = GONE
        for _ in range(3 * 24 * 12):
            ring.renew_due(["example.org"])
            await ring.settle()
            clock.advance(key_ring.RENEWAL_TURN_SECONDS)

        assert 15 < federation.asked["example.org"] < 30

    async def test_keys_that_could_not_be_stored_are_stored_later(
        self, ring, open_ring, federation, peer, store, clock
    ):
        store.is_broken = True
        ring.prefetch(["example.org"])
        await ring.settle()
        store.is_broken = False
        clock.advance(key_ring.RENEWAL_TURN_SECONDS)
        ring.renew_due(["example.org"])
        await ring.settle()

        assert [keys.server_name for keys in await store.load()] == ["example.org"]

    async def test_it_goes_on_until_it_is_cancelled(self, ring, federation, peer):
        turns = []
        task = asyncio.create_task(ring.keep_fresh(lambda: turns.append(1) or ["example.org"]))
        async with ring._clock.passing():
            while len(turns) <= 2:  # noqa: ASYNC110 - the clock is ours
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()
        assert federation.asked == {"example.org": 1}
