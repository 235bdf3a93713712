"""Hostile inputs to our own parsers, redaction and verification, in this process.

Nothing but `ProtocolError` may come out, however odd the input. Every few inputs the judge is asked
too: what one takes for an event and the other does not is a disagreement.
"""

import json
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a run can be repeated
from typing import Any, Final

from tests.blackbox import oracle

from campaigns import corpus, judge
from campaigns.homeservers import Homeserver, Room, make_homeservers, make_room
from campaigns.mutations import DEPTHS, VALUES, mutate_bytes, mutate_event
from campaigns.seeds import Seed, make_seed
from campaigns.server import NAME
from campaigns.tables import table
from countersign.policy.events import Event
from countersign.policy.exits import is_exit
from countersign.policy.facts import Facts
from countersign.policy.policies import parse_policy
from countersign.policy.registry import BUILTIN_FILTERS
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import ParsedJson, parse_object
from countersign.protocol.errors import ProtocolError
from countersign.protocol.event_signatures import (
    check_demand,
    check_third_party_invite,
    is_third_party_invite,
    signature_demands,
    third_party_invite_token,
)
from countersign.protocol.events import Pdu, event_size_bytes, parse_pdu, room_id_of
from countersign.protocol.hashes import content_hash, event_id_of, signed_bytes
from countersign.protocol.identifiers import server_name_of, split_server_name
from countersign.protocol.policy_servers import (
    carried_policy_signature_is_valid,
    is_exempt,
    parse_room_policy,
    parse_unstable_room_policy,
    policy_signature,
    size_with_signature_bytes,
)
from countersign.protocol.power_levels import PowerLevels
from countersign.protocol.redaction import redact
from countersign.protocol.room_state import RoomState, is_kept, trimmed
from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.protocol.server_acls import ServerAcl
from countersign.protocol.server_discovery import parse_well_known
from countersign.protocol.server_keys import key_for_event, parse_server_keys
from countersign.protocol.signing_keys import PolicySigningKey, VerifyKey
from countersign.protocol.x_matrix import parse_authorization

SEEDS: Final = 600
JUDGED_EVERY: Final = 8
MAX_SAVED: Final = 50
NOW_TS: Final = 1_760_000_000_000

_POLICY: Final = parse_policy(
    b"filters: [keyword: {words: [spam]}, mention-flood: {max_users: 5}, event-size: {}]",
    BUILTIN_FILTERS,
)
_POLICY_KEY: Final = PolicySigningKey(bytes(range(32)))


@dataclass
class InProcessResults:
    """What was put in, and what came out of it."""

    inputs: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    uncaught: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    saved: list[Path] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: "InProcessResults") -> None:
        """Take over what another process saw."""
        for name in ("inputs", "accepted", "uncaught", "disagreements", "judged"):
            getattr(self, name).update(getattr(other, name))
        self.saved += other.saved
        self.troubles += other.troubles
        self.seconds = max(self.seconds, other.seconds)

    def report(self) -> str:
        counters = (self.inputs, self.accepted, self.judged, self.uncaught, self.disagreements)
        rows = [[kind, *(counter[kind] for counter in counters)] for kind in self.inputs]
        rows.append(["all", *(sum(counter.values()) for counter in counters)])
        header = ["input", "inputs", "accepted", "judged", "uncaught", "disagreements"]
        return f"{table(header, rows)}\n\n{self.seconds:.0f} s in this process"


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
        rooms = [make_room(version, homeservers, "fuzz") for version in ROOM_VERSIONS]
        chance = self._chance
        self._seeds = [make_seed(chance, rooms[n % len(rooms)], n) for n in range(SEEDS)]
        self._states = {room.version: _room_state(room) for room in rooms}
        self._homeserver = homeservers[0]
        self._document = homeservers[0].key_document(NOW_TS)
        self._header = homeservers[0].authorization(NAME, b"{}").encode()
        self._keys = {one.server_name: _verify_keys(one) for one in homeservers}

    def run(self, count: int) -> InProcessResults:
        """Put in the corpus, and then that many inputs."""
        started = time.perf_counter()
        for raw in corpus.inputs():
            for room in ("1", "6", "12"):
                self._try("corpus", raw, lambda raw=raw, room=room: self._read_event(raw, room))
        while sum(self.results.inputs.values()) < count:
            self._one()
        self.results.seconds = time.perf_counter() - started
        return self.results

    def _one(self) -> None:
        chance = self._chance
        draw = chance.random()
        if draw < 0.80:
            depth = chance.choice(DEPTHS)
            seed = chance.choice(self._seeds)
            raw = self._raw(depth, seed)
            version = seed.room.version
            self._try(depth, raw, lambda: self._read_event(raw, version))
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

    def _raw(self, depth: str, seed: Seed) -> bytes:
        if depth == DEPTHS[0]:
            return mutate_bytes(self._chance, oracle.canonical(seed.event))
        event = mutate_event(self._chance, depth, seed.room, seed.homeserver, seed.event)
        return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")

    def _read_event(self, raw: bytes, version: str) -> None:
        parsed = parse_object(raw)
        _survive_any_object(parsed, version)
        pdu = parse_pdu(parsed.value, ROOM_VERSIONS[version], is_strict_json=parsed.is_strict)
        self._use(pdu)

    def _use(self, pdu: Pdu) -> None:
        """Do to an event all that is ever done to one; of errors only signatures' are expected."""
        state = self._states[pdu.rules.identifier]
        size_with_signature_bytes(pdu, NAME)
        carried_policy_signature_is_valid(pdu, NAME, _POLICY_KEY.verify_key)
        policy_signature(pdu, NAME, _POLICY_KEY)
        is_exempt(pdu)
        is_exit(pdu, state, our_user_id=f"@policy:{NAME}")
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
        for demand in signature_demands(pdu):
            check_demand(pdu, demand, self._keys.get(demand.server, {}))

    def _try(self, kind: str, raw: bytes, work: Callable[[], object]) -> None:
        results = self.results
        results.inputs[kind] += 1
        try:
            work()
        except ProtocolError:
            return
        except Exception as error:  # noqa: BLE001 - finding these is what it is for
            results.uncaught[kind] += 1
            self._save(kind, raw, traceback.format_exc(limit=-4))
            results.troubles.append(f"{kind}: {type(error).__name__}: {error}"[:300])
            return
        results.accepted[kind] += 1

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
    return InProcess(seed, failures).run(count)


def _survive_any_object(parsed: ParsedJson, version: str) -> None:
    """Call what is defined for any JSON object, in the wrong order and far too early."""
    event, rules = parsed.value, ROOM_VERSIONS[version]
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
        levels.of_user("@a:b")
        levels.to_send("m.room.name", is_state=True)
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
