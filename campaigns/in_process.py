"""Hostile inputs to our own parsers, redaction and verification, in this process.

Nothing but `ProtocolError` may come out, however odd the input. Every few inputs the judge is asked
too: what one takes for an event and the other does not is a disagreement.
"""

import gc
import json
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a run can be repeated
from resource import RUSAGE_SELF, getrusage
from typing import Any, Final

from tests.blackbox import oracle

from campaigns import corpus, judge
from campaigns.homeservers import Homeserver, Room, make_homeservers, make_room
from campaigns.mutations import BYTES, DEPTHS, VALUES, mutate_bytes, mutate_event, swell
from campaigns.seeds import Seed, make_seed
from campaigns.server import NAME
from campaigns.tables import table
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.never_blocked import is_never_blocked
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import parse_object
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.event_signatures import (
    check_demand,
    check_third_party_invite,
    is_third_party_invite,
    signature_demands,
    third_party_invite_token,
)
from countersign.protocol.events.hashes import content_hash, event_id_of, signed_bytes
from countersign.protocol.events.pdu import Pdu, event_size_bytes, parse_pdu, room_id_of
from countersign.protocol.events.redaction import redact
from countersign.protocol.identifiers import server_name_of, split_server_name
from countersign.protocol.keys.server_keys import key_for_event, parse_server_keys
from countersign.protocol.keys.signing_keys import PolicySigningKey, VerifyKey
from countersign.protocol.keys.x_matrix import parse_authorization
from countersign.protocol.room_versions import ROOM_VERSIONS, RoomVersionRules
from countersign.protocol.rooms.policy_servers import (
    carried_policy_signature_is_valid,
    is_exempt,
    parse_room_policy,
    parse_unstable_room_policy,
    policy_signature,
    size_with_signature_bytes,
)
from countersign.protocol.rooms.power_levels import PowerLevels
from countersign.protocol.rooms.room_state import RoomState, is_kept, trimmed
from countersign.protocol.rooms.server_acls import ServerAcl
from countersign.protocol.server_discovery import parse_well_known

SEEDS: Final = 600
SEED_LIVES: Final = 100
"""Number of inputs after which a new seed replaces one, so that they stay different."""
JUDGED_EVERY: Final = 8
MAX_SAVED: Final = 50
NOW_TS: Final = 1_760_000_000_000
SLOW_SECONDS: Final = 0.25
"""CPU time that no input may take; one Ed25519 verification takes a two thousandth of it."""
PROGRESS_SECONDS: Final = 30.0
LARGE_CHARS: Final = 20_000
SWOLLEN: Final = "swollen"
_DISTINCT_BITS: Final = 28

_POLICY: Final = parse_policy(
    b"filters: [keyword: {words: [spam]}, mention-flood: {max_users: 5}, event-size: {}]",
    BUILTIN_FILTERS,
)
_POLICY_KEY: Final = PolicySigningKey(bytes(range(32)))


@dataclass
class InProcessResults:
    """Inputs and results, by kind of input.

    Attributes:
        inputs: how many.
        distinct: how many different ones at least, in each process.
        objects: of these were JSON objects, and were redacted.
        events: of these had an event's shape, and had all done to them that is done to an event.
        verified: of these had signatures to be verified.
        accepted: of these had all signatures that they need, and content as it was hashed; of
            inputs that are no events: these were read.
        judged: how many the judge was asked about.
        disagreements: where the judge had another opinion.
        uncaught: what came out besides `ProtocolError`.
        slow: took longer than any input may.
        slowest_seconds: the CPU time that the slowest took.
    """

    inputs: Counter[str] = field(default_factory=Counter)
    distinct: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    verified: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    uncaught: Counter[str] = field(default_factory=Counter)
    slow: Counter[str] = field(default_factory=Counter)
    slowest_seconds: dict[str, float] = field(default_factory=dict)
    saved: list[Path] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak_memory_mb: float = 0.0

    def add(self, other: "InProcessResults") -> None:
        """Take over what another process saw."""
        for mine, theirs in zip(self.counters(), other.counters(), strict=True):
            mine.update(theirs)
        for kind, seconds in other.slowest_seconds.items():
            self.slowest_seconds[kind] = max(seconds, self.slowest_seconds.get(kind, 0.0))
        self.saved += other.saved
        self.troubles += other.troubles
        self.seconds = max(self.seconds, other.seconds)
        self.peak_memory_mb = max(self.peak_memory_mb, other.peak_memory_mb)

    def report(self) -> str:
        counters, slowest = self.counters(), self.slowest_seconds
        rows: list[list[object]] = [
            [kind, *(counter[kind] for counter in counters), slowest[kind] * 1000]
            for kind in self.inputs
        ]
        totals = [counter.total() for counter in counters]
        rows.append(["all", *totals, max(slowest.values(), default=0.0) * 1000])
        header = ["input", "inputs", "distinct", "redacted", "events", "verified", "accepted"]
        header += ["judged", "disagreements", "uncaught", "slow", "slowest ms"]
        return (
            f"{table(header, rows)}\n\n{self.seconds:.0f} s in this process, "
            f"{self.inputs.total() / (self.seconds or 1):,.0f} inputs a second, "
            f"peak memory {self.peak_memory_mb:.0f} MB"
        )

    def counters(self) -> list[Counter[str]]:
        return [
            *[self.inputs, self.distinct, self.objects, self.events, self.verified, self.accepted],
            *[self.judged, self.disagreements, self.uncaught, self.slow],
        ]


class _Seen:
    """Remembers inputs by a bit each: among millions it takes a few in a thousand for known."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << _DISTINCT_BITS - 3)

    def is_new(self, raw: bytes) -> bool:
        place = int.from_bytes(blake2b(raw, digest_size=4).digest(), "big") >> 32 - _DISTINCT_BITS
        byte, bit = place >> 3, 1 << (place & 7)
        is_new = not self._bits[byte] & bit
        self._bits[byte] |= bit
        return is_new


class InProcess:
    """Puts inputs in and counts what comes out.

    Args:
        seed: of the campaign.
        failures: the folder for inputs that went wrong.
    """

    def __init__(self, seed: str, failures: Path) -> None:
        self.results = InProcessResults()
        self._failures = failures
        self._chance = Random(f"{seed} in process")
        homeservers = make_homeservers(4)
        self._seeds_made = 0
        self._rooms = rooms = [make_room(version, homeservers, "fuzz") for version in ROOM_VERSIONS]
        self._seeds = [self._new_seed() for _ in range(SEEDS)]
        self._texts = [oracle.canonical(seed.event) for seed in self._seeds]
        self._seen = _Seen()
        self._states = {room.version: _room_state(room) for room in rooms}
        self._homeserver = homeservers[0]
        self._document = homeservers[0].key_document(NOW_TS)
        self._header = homeservers[0].authorization(NAME, b"{}").encode()
        self._keys = {one.server_name: _verify_keys(one) for one in homeservers}

    def run(self, count: int) -> InProcessResults:
        """Put in the corpus, and then as many inputs as are left of that many."""
        started = time.perf_counter()
        told = started
        for raw in corpus.inputs():
            for room in ("1", "6", "12"):
                self._try(
                    "corpus", raw, lambda raw=raw, room=room: self._read_event("corpus", raw, room)
                )
        for number in range(self.results.inputs.total(), count):
            self._one()
            now = time.perf_counter()
            if now - told > PROGRESS_SECONDS:
                told = now
                self._tell(number + 1, count, now - started)
        self.results.seconds = time.perf_counter() - started
        self.results.peak_memory_mb = getrusage(RUSAGE_SELF).ru_maxrss / 1024
        return self.results

    def _tell(self, done: int, count: int, seconds: float) -> None:
        slowest = max(self.results.slowest_seconds.values())
        print(
            f"{done:,} of {count:,} inputs, {done / seconds:,.0f} a second, "
            f"the slowest in {slowest * 1000:.0f} ms, {len(self.results.troubles)} troubles",
            flush=True,
        )

    def _one(self) -> None:
        chance = self._chance
        if self.results.inputs.total() % SEED_LIVES == 0:
            number = chance.randrange(SEEDS)
            self._seeds[number] = self._new_seed()
            self._texts[number] = oracle.canonical(self._seeds[number].event)
        draw = chance.random()
        if draw < 0.80:
            depth = SWOLLEN if draw < 0.005 else chance.choice((BYTES, *DEPTHS))
            number = chance.randrange(SEEDS)
            raw = self._raw(depth, number)
            version = self._seeds[number].room.version
            self._try(depth, raw, lambda: self._read_event(depth, raw, version))
            if self.results.inputs[depth] % JUDGED_EVERY == 0:
                self._compare(depth, raw, version)
        elif draw < 0.90:
            header = mutate_bytes(chance, self._header)
            self._try("header", header, lambda: parse_authorization([header]))
        elif draw < 0.95:
            document = mutate_bytes(chance, self._document)
            name = self._homeserver.server_name
            self._try("key document", document, lambda: _read_keys(document, name))
        else:
            value = _content(chance)
            self._try("content", json.dumps(value).encode(), lambda: _read_content(value))

    def _new_seed(self) -> Seed:
        """Return a seed that never was; a large one is rare, since `swell` makes those."""
        while True:
            self._seeds_made += 1
            room = self._rooms[self._seeds_made % len(self._rooms)]
            seed = make_seed(self._chance, room, self._seeds_made)
            is_large = len(str(seed.event["content"])) > LARGE_CHARS
            if not is_large or self._chance.random() < 0.1:
                return seed

    def _raw(self, depth: str, number: int) -> bytes:
        chance, seed = self._chance, self._seeds[number]
        if depth == BYTES:
            return mutate_bytes(chance, self._texts[number])
        if depth == SWOLLEN:
            event = swell(chance, seed.room, seed.homeserver, seed.event)
        else:
            event = mutate_event(
                chance, depth, seed.room, seed.homeserver, seed.event, names_anybody=True
            )
        return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")

    def _read_event(self, kind: str, raw: bytes, version: str) -> bool:
        """Do to an input all that is ever done to one; tell whether it may be signed."""
        parsed = parse_object(raw)
        rules = ROOM_VERSIONS[version]
        self.results.objects[kind] += 1
        try:
            pdu = parse_pdu(parsed.value, rules, is_strict_json=parsed.is_strict)
        except ProtocolError:
            _survive_no_event(parsed.value, rules)
            raise
        self._use(pdu)
        self.results.events[kind] += 1
        demands = signature_demands(pdu)
        self.results.verified[kind] += 1
        for demand in demands:
            check_demand(pdu, demand, self._keys.get(demand.server, {}))
        policy_signature(pdu, NAME, _POLICY_KEY)
        return pdu.has_intact_content

    def _use(self, pdu: Pdu) -> None:
        """Do to an event all that is ever done to one, but for its signatures."""
        state = self._states[pdu.rules.identifier]
        size_with_signature_bytes(pdu, NAME)
        carried_policy_signature_is_valid(pdu, NAME, _POLICY_KEY.verify_key)
        is_exempt(pdu)
        is_never_blocked(pdu, state, our_user_id=f"@policy:{NAME}")
        state.may_send(pdu)
        if is_kept(pdu):
            fresh = RoomState(pdu.room_id, pdu.rules)
            fresh.apply(trimmed(pdu))
            list(fresh.joined_servers())
            _ = (fresh.room_policy, fresh.join_rule, fresh.is_encrypted, fresh.creators)
        _POLICY.pipeline.judge(Event.of(pdu), Facts(), _POLICY.revision)
        parse_pdu(redact(pdu.json, pdu.rules), pdu.rules)
        if is_third_party_invite(pdu):
            third_party_invite_token(pdu)
            check_third_party_invite(pdu, pdu.content)

    def _try(self, kind: str, raw: bytes, work: Callable[[], object]) -> None:
        """Put in one input; count it as accepted unless `work` says no, or says so by an error."""
        results = self.results
        results.inputs[kind] += 1
        results.distinct[kind] += self._seen.is_new(raw)
        started = time.thread_time()
        try:
            results.accepted[kind] += work() is not False
        except ProtocolError:
            pass
        except Exception as error:  # noqa: BLE001 - finding these is what it is for
            results.uncaught[kind] += 1
            self._save(kind, raw, traceback.format_exc(limit=-4))
            results.troubles.append(f"{kind}: {type(error).__name__}: {error}"[:300])
        seconds = time.thread_time() - started
        if seconds > results.slowest_seconds.get(kind, 0.0):
            results.slowest_seconds[kind] = seconds
        if seconds > SLOW_SECONDS:
            results.slow[kind] += 1
            self._save(kind, raw, f"took {seconds:.3f} s of CPU time")
            results.troubles.append(f"{kind}: an input took {seconds:.3f} s")

    def _compare(self, kind: str, raw: bytes, version: str) -> None:
        """Hold our reading of an event against the judge's."""
        self.results.judged[kind] += 1
        ours, theirs = _our_reading(raw, version), _their_reading(raw, version)
        if ours != theirs:
            self.results.disagreements[kind] += 1
            self._save(kind, raw, f"room version {version}\nours   {ours}\njudge  {theirs}")
            self.results.troubles.append(f"{kind}: ours {ours}, the judge's {theirs}"[:300])

    def _save(self, kind: str, raw: bytes, words: str) -> None:
        if len(self.results.saved) >= MAX_SAVED:
            return
        self._failures.mkdir(parents=True, exist_ok=True)
        path = self._failures / f"{kind.replace(' ', '-')}-{len(self.results.saved)}.input"
        path.write_bytes(raw)
        path.with_suffix(".txt").write_text(words)
        self.results.saved.append(path)


def run(count: int, seed: int, failures: Path, *, jobs: int = 1) -> InProcessResults:
    """Put in `count` inputs, in several processes if there are to be several jobs."""
    if jobs == 1:
        return _job(count, f"{seed}", failures)
    results = InProcessResults()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        started = [
            pool.submit(_job, count // jobs, f"{seed}.{job}", failures / f"job-{job}")
            for job in range(jobs)
        ]
        for future in started:
            results.add(future.result())
    return results


def _job(count: int, seed: str, failures: Path) -> InProcessResults:
    campaign = InProcess(seed, failures)
    gc.freeze()  # other people's modules need not be searched for garbage a thousand times
    try:
        return campaign.run(count)
    finally:
        gc.unfreeze()


def _survive_no_event(event: dict[str, Any], rules: RoomVersionRules) -> None:
    """Call what is defined for any JSON object, and what `parse_pdu` calls, far too early."""
    for work in (room_id_of, _room_policies):
        _quietly(lambda work=work: work(event))
    redact(event, rules)
    for measure in (signed_bytes, content_hash, event_id_of, event_size_bytes):
        _quietly(lambda measure=measure: measure(event, rules))


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except ProtocolError:
        return


def _room_policies(event: dict[str, Any]) -> None:
    parse_room_policy(event)
    parse_unstable_room_policy(event)


def _our_reading(raw: bytes, version: str) -> object:
    try:
        parsed = parse_object(raw)
        pdu = parse_pdu(parsed.value, ROOM_VERSIONS[version], is_strict_json=parsed.is_strict)
    except ProtocolError:
        return None
    return pdu.digest.hex(), pdu.has_intact_content


def _their_reading(raw: bytes, version: str) -> object:
    try:
        parsed = judge.parse(raw)
        judge.check_shape(parsed, version)
        _check_size(parsed.event)
    except judge.Settled:
        return None
    event = parsed.event
    claim, _ = judge.read_base64(event["hashes"]["sha256"])
    is_intact = claim == oracle.decode_base64(oracle.content_hash(event))
    return judge.digest_of(event, version).hex(), is_intact


def _check_size(event: dict[str, Any]) -> None:
    sized = {key: value for key, value in event.items() if key != "unsigned"}
    if len(oracle.canonical(sized)) > judge.MAX_EVENT_BYTES:
        raise judge.Settled(judge.Verdict.INVALID, "too large")


def _read_keys(document: bytes, server_name: str) -> None:
    keys = parse_server_keys(document, server_name, NOW_TS)
    for key_id in (*keys.verify_keys, *keys.old_verify_keys):
        key_for_event(keys, key_id, NOW_TS, ROOM_VERSIONS["6"])


def _content(chance: Random) -> dict[str, Any]:
    names = ["allow", "deny", "allow_ip_literals", "users", "events", "ban", "users_default", "via"]
    names += ["public_keys", "public_key", "m.server", "notifications", "state_default"]
    return {
        name: chance.choice([chance.choice(VALUES), [chance.choice(VALUES)], {"a": 1, "@a:b": "5"}])
        for name in chance.sample(names, 4)
    }


def _read_content(content: dict[str, Any]) -> None:
    """Read any content as each of the state events whose content we read."""
    acl = ServerAcl.parse(content)
    for name in ("a", "127.0.0.1:1", "[::1]", "*"):
        acl.allows(name)
    for rules in ROOM_VERSIONS.values():
        levels = PowerLevels.parse(content, ["@a:b"], rules)
        levels.user_level("@a:b")
        levels.send_level("m.room.name", is_state=True)
        _ = (levels.ban, levels.invite, levels.kick, levels.redact)
    _room_policies(content)
    for value in content.values():
        if isinstance(value, str):
            for work in (unpadded_base64.decode, server_name_of, split_server_name):
                _quietly(lambda work=work, value=value: work(value))
    parse_well_known(json.dumps(content).encode())


def _verify_keys(homeserver: Homeserver) -> dict[str, VerifyKey]:
    return {
        key_id: VerifyKey.from_base64(key_id, text)
        for key_id, text in homeserver.public_keys.items()
    }


def _room_state(room: Room) -> RoomState:
    state = RoomState(room.room_id, ROOM_VERSIONS[room.version])
    for event in room.stored(f"@policy:{NAME}", NOW_TS).state:
        state.apply(event)
    return state
