"""Tests of the signing service: signed, refused, remembered and never-blocked events."""

import asyncio
import ssl
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
import structlog
from aiohttp import web

from countersign.adapters.federation import guarded_connect
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.posts.http_checkers import SettingsChecker, open_checkers
from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.server_keys import SqlServerKeyStore
from countersign.bootstrap.judgement import build_decide
from countersign.bootstrap.measures import build_measures
from countersign.policy.decisions import Verdict
from countersign.policy.filter import Filter
from countersign.policy.harms import Harm
from countersign.policy.judging.running_steps import FilterBroken
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS, make_registry
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import Topic
from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import BadJson, EventMalformed, SignatureInvalid, Unauthorized
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.keys.signatures import sign_json
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.rooms.policy_servers import (
    SigningFault,
    policy_signature,
    room_policy_content,
)
from countersign.service.answers import answers as answers_module
from countersign.service.errors import (
    AclDenied,
    EventRefused,
    Forbidden,
    NotAuthenticated,
    NotProtected,
    RateLimited,
    TryLater,
)
from countersign.service.evaluation.new_events import NewEvents
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.evaluation.step_costs import ONE_IN
from countersign.service.keys.key_ring import KeysUnavailable
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.limits.fair_queue import FairQueue
from countersign.service.limits.known_clients import KnownClients
from countersign.service.limits.token_buckets import RateLimit
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.policies.policies_in_force import Policies
from countersign.service.processes.change_feed import CatchUp, ChangeFeed, nothing_to_catch_up
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room_changes import RoomChanges
from countersign.service.signing.policy_keys import policy_key_uses
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.sign_event import SignEvent
from countersign.service.signing.sign_limits import SignLimits
from countersign.service.signing.sign_observers import SignObservers
from countersign.testing.events import make_key
from countersign.testing.peers import Peer
from tests.databases import make_database
from tests.service.conftest import OUR_NAME, OUR_USER, World, every_kind_of_version, every_version
from tests.service.fake_rooms import FakeRoom
from tests.service.made_limits import make_limits
from tests.service.watching import CEILING, make_leaks
from tests.waiting import LoopTime

URI = "/_matrix/policy/v1/sign"
SPAM = b'filters: [{keyword: {words: ["spam"]}, says: "No advertising, please."}]'


class Counting(Filter):
    """Counts how often it judges, and lets everything pass."""

    name: ClassVar[str] = "counting"
    harm: ClassVar[Harm] = Harm.NONE
    says: ClassVar[str] = ""
    runs: ClassVar[int] = 0

    def judge(self, event, facts):
        Counting.runs += 1


class Breaking(Filter):
    """Fails on every event while it is broken."""

    name: ClassVar[str] = "breaking"
    harm: ClassVar[Harm] = Harm.NONE
    says: ClassVar[str] = ""
    is_broken: ClassVar[bool] = True

    def judge(self, event, facts):
        if Breaking.is_broken:
            raise ZeroDivisionError


GENEROUS = RateLimit(per_second=1_000, burst=1_000)
REGISTRY = make_registry([*BUILTIN_FILTERS.values(), Counting, Breaking])


@dataclass
class Desk:
    """The signing service with a replaceable policy, as peers ask it."""

    world: World
    rooms: Rooms
    decisions: SqlDecisionStore
    database: SqliteDatabase
    limit: RateLimit = GENEROUS
    lane: RateLimit = GENEROUS
    decisions_per_day: int = 1_000_000
    ceiling: int = CEILING
    document: bytes = SPAM
    checkers: Any = None
    counters: Any = None
    catch_up: CatchUp = nothing_to_catch_up
    policies: Policies = field(init=False)
    sign_event: SignEvent = field(init=False)
    recent: RecentDecisions = field(init=False)
    signatures: PolicySignatures = field(init=False)

    def __post_init__(self) -> None:
        self.policies = Policies({"default": parse_policy(self.document, REGISTRY)})
        self.open()

    def open(self) -> None:
        """Build the service anew, as a restart of the program does."""
        world = self.world
        self.measures = build_measures(
            stores_in(self.database), world.clock, counters=self.counters
        )
        self.recent = RecentDecisions(self.decisions)
        self.signatures = PolicySignatures(world.identity)
        decide = build_decide(
            world.identity,
            policies=self.policies,
            measures=self.measures,
            find_room=self.rooms.get,
            checkers=self.checkers,
            decisions=self.recent,
            clock=world.clock,
            sign_ahead=self.signatures.sign_ahead,
            is_clock_in_doubt=world.key_ring.is_clock_in_doubt,
            know_settled=self.knows_settled,
        )
        leaks = make_leaks(world, ceiling=self.ceiling)
        limits = make_limits(
            world.clock,
            per_origin=self.limit,
            strangers=self.lane,
            decisions_per_day_per_origin=self.decisions_per_day,
        )
        self.sign_event = SignEvent(
            world.identity,
            auth=RequestAuth(OUR_NAME, world.key_ring),
            limits=SignLimits(
                limits,
                queue=FairQueue(world.clock, PrometheusMetrics()),
                known_clients=KnownClients(
                    world.clock, self.rooms.is_member_server, lambda name: name
                ),
                community_of=lambda _: "",
                check_unseen=leaks.check_unseen,
            ),
            rooms=self.rooms,
            key_ring=world.key_ring,
            decide=decide,
            signatures=self.signatures,
            observers=SignObservers(
                decided=(leaks.decided,), answered=(leaks.answered,), repeated=(leaks.repeated,)
            ),
            catch_up=self.catch_up,
            new_events=NewEvents(
                self.recent,
                world.clock,
                know_settled=self.knows_settled,
                is_clock_in_doubt=world.key_ring.is_clock_in_doubt,
            ),
        )

    def knows_settled(self) -> bool:
        return self.counters is not None

    def enforce(self, document: bytes) -> None:
        self.document = document
        self.policies.enforce({"default": parse_policy(document, REGISTRY)})

    async def ask(self, event: Any, *, by: Peer | None = None) -> Any:
        requester = by or self.world.alice
        header = requester.sign_request("POST", URI, OUR_NAME, event).encode()
        return await self.sign_event.sign(
            credentials=self.sign_event.check_authorization([header]),
            method="POST",
            target=URI.encode(),
            body=encode_canonical(event, strict=False),
        )

    async def stored(self) -> int:
        return await self.decisions.count()

    def message(self, body: str = "hello", **kwargs: Any) -> Any:
        return self.event("m.room.message", {"msgtype": "m.text", "body": body}, **kwargs)

    def event(self, event_type: str, content: Any, *, peer: Peer | None = None, **kwargs: Any):
        world = self.world
        kwargs.setdefault("state_key", None)
        return world.room.event(peer or world.alice, event_type, content, **kwargs)

    def is_signed(self, answer: Any, event: Any) -> bool:
        pdu = parse_pdu(event, self.world.room.rules)
        assert answer.keys() == {OUR_NAME}
        assert answer[OUR_NAME].keys() == {"ed25519:policy_server"}
        key = self.world.identity.policy_key.verify_key
        return key.verify_base64(pdu.signed_bytes, answer[OUR_NAME]["ed25519:policy_server"])


@pytest.fixture
async def decision_database(tmp_path):
    make_database(tmp_path / "decisions.db")
    database = SqliteDatabase(tmp_path / "decisions.db")
    yield database
    await database.close()


@pytest.fixture
async def desk(world, decision_database):
    await world.rooms.join(world.room.room_id, ["example.org"])
    Counting.runs, Breaking.is_broken = 0, True
    return Desk(world, world.rooms, SqlDecisionStore(decision_database), decision_database)


async def test_events_of_a_room_that_another_process_just_joined_are_signed(
    world, decision_database
):
    """Rooms take "not protected" as final, and soft-fail the event."""
    rooms = world.restarted()
    changes = ChangeFeed(world.stores.changes, is_shared=True)
    changes.listen(Topic.ROOMS, RoomChanges(rooms, world.store).apply)
    await changes.begin()
    await rooms.load()
    desk = Desk(
        world,
        rooms,
        SqlDecisionStore(decision_database),
        decision_database,
        catch_up=changes.catch_up_spaced,
    )
    with pytest.raises(NotProtected):
        await desk.ask(desk.message("too early"))

    await world.rooms.join(world.room.room_id, ["example.org"])

    ham = desk.message("hello")
    assert desk.is_signed(await desk.ask(ham), ham)


@every_version
async def test_ham_is_signed_and_spam_refused(desk):
    ham, spam = desk.message("hello"), desk.message("buy SPAM now")

    assert desk.is_signed(await desk.ask(ham), ham)
    with pytest.raises(EventRefused) as refused:
        await desk.ask(spam)

    assert str(refused.value) == "No advertising, please."
    assert refused.value.reference is not None
    assert await desk.stored() == 2


@every_kind_of_version
async def test_a_decision_stays_the_same_for_every_server_and_after_policy_changes(desk):
    ham, spam = desk.message("hello"), desk.message("spam")
    first = await desk.ask(ham)
    with pytest.raises(EventRefused) as refused:
        await desk.ask(spam)
    desk.enforce(b'filters: [{keyword: {words: ["hello"]}}]')
    desk.open()

    assert await desk.ask(ham, by=desk.world.bob) == first
    with pytest.raises(EventRefused) as again:
        await desk.ask(spam, by=desk.world.bob)

    assert (str(again.value), again.value.reference) == (
        str(refused.value),
        refused.value.reference,
    )


async def test_events_that_come_together_are_judged_once_each_whoever_asks_again(desk):
    """Rounds of several events, each asked about by two servers, go stage by stage side by side."""
    desk.enforce(b"filters: [counting]")
    events = [desk.message(f"message {number}") for number in range(24)]

    async def ask(some):
        requesters = (desk.world.alice, desk.world.bob)
        return await asyncio.gather(
            *(desk.ask(event, by=requester) for requester in requesters for event in some)
        )

    # More come while the first are being written.
    first = asyncio.ensure_future(ask(events[:4]))
    await asyncio.sleep(0)
    later, answers = await ask(events[4:]), await first

    assert Counting.runs == await desk.stored() == len(events)
    for some, given in ((events[:4], answers), (events[4:], later)):
        assert given[: len(some)] == given[len(some) :]
        assert all(map(desk.is_signed, given, some))


async def test_three_hundred_requests_are_one_run_and_one_row(desk):
    desk.enforce(b"filters: [counting]")
    event = desk.message()

    answers = await asyncio.gather(
        *(desk.ask(event, by=requester) for requester in [desk.world.alice, desk.world.bob] * 150)
    )

    assert Counting.runs == 1
    assert await desk.stored() == 1
    assert all(answer == answers[0] for answer in answers)


class TestCopies:
    """A signature covers the redacted form alone: no copy but the whole event may earn it."""

    @every_kind_of_version
    async def test_an_emptied_copy_is_refused_and_nothing_is_remembered(self, desk):
        spam = desk.message("spam")
        emptied = {**spam, "content": {}}

        with pytest.raises(SignatureInvalid):
            await desk.ask(emptied)

        assert await desk.stored() == 0
        with pytest.raises(EventRefused):
            await desk.ask(spam)

    @every_kind_of_version
    async def test_an_emptied_copy_cannot_censor_the_true_one(self, desk):
        ham = desk.message("hello")
        with pytest.raises(SignatureInvalid):
            await desk.ask({**ham, "content": {"body": "spam"}})

        assert desk.is_signed(await desk.ask(ham), ham)

    async def test_a_redacted_copy_is_told_the_decision_that_stands(self, desk):
        ham, spam = desk.message("hello"), desk.message("spam")
        answer = await desk.ask(ham)
        with pytest.raises(EventRefused):
            await desk.ask(spam)

        assert await desk.ask({**ham, "content": {}}) == answer
        with pytest.raises(EventRefused):
            await desk.ask({**spam, "content": {}})

    async def test_a_forged_copy_among_many_harms_nobody(self, desk):
        ham = desk.message("hello")
        forged = {**ham, "signatures": {"example.org": {"ed25519:paper": "A" * 86}}}

        answers = await asyncio.gather(
            *(desk.ask(copy) for copy in [forged, ham] * 50), return_exceptions=True
        )

        # The last ones may come when the true event's decision stands already.
        assert isinstance(answers[0], SignatureInvalid)
        assert all(
            isinstance(answer, SignatureInvalid) or desk.is_signed(answer, ham)
            for answer in answers[::2]
        )
        assert all(desk.is_signed(answer, ham) for answer in answers[1::2])
        assert await desk.stored() == 1

    @pytest.mark.parametrize("room_version", ["1", "2"], indirect=True)
    async def test_two_events_with_one_event_id_are_two_decisions(self, desk):
        ham = desk.message("hello", event_id="$chosen:example.org")
        spam = desk.message("spam", event_id="$chosen:example.org")

        assert desk.is_signed(await desk.ask(ham), ham)
        with pytest.raises(EventRefused):
            await desk.ask(spam)

    async def test_unsigned_and_foreign_signatures_change_nothing(self, desk):
        ham = desk.message("hello")
        answer = await desk.ask(ham)
        decorated = {**ham, "unsigned": {"age_ts": 5, "words": "spam"}}
        decorated["signatures"] = {**ham["signatures"], "other.example": {"ed25519:x": "AAAA"}}

        assert await desk.ask(decorated) == answer
        assert await desk.stored() == 1


class TestRepeatsOfACopy:
    """A copy that was answered is not read again; everything else is checked as before."""

    @pytest.fixture
    def reads(self, monkeypatch):
        read = []

        def parse(event, *args, **kwargs):
            read.append(event)
            return parse_pdu(event, *args, **kwargs)

        monkeypatch.setattr("countersign.service.signing.sign_event.parse_pdu", parse)
        return read

    @every_version
    async def test_the_same_copy_is_read_once_whoever_asks_and_whatever_is_unsigned(
        self, desk, reads
    ):
        ham = desk.message("hello")
        answer = await desk.ask(ham)
        with_age = {**ham, "unsigned": {"age_ts": 5}}

        assert await desk.ask(ham, by=desk.world.bob) == answer
        assert await desk.ask(with_age) == answer
        assert desk.is_signed(answer, ham)
        assert len(reads) == 1

    @every_version
    async def test_another_copy_is_read_and_has_to_have_the_shape_of_an_event(self, desk, reads):
        ham = desk.message("hello")
        answer = await desk.ask(ham)

        assert await desk.ask({**ham, "content": {}}) == answer
        with pytest.raises(EventMalformed):
            await desk.ask({**ham, "prev_events": "none"})
        assert len(reads) == 3

    async def test_a_number_that_the_room_version_forbids_is_refused_in_a_repeat_too(self, desk):
        ham = desk.message("hello")
        await desk.ask(ham)

        with pytest.raises(EventMalformed):
            await desk.ask({**ham, "unsigned": {"age": 1.5}})

    async def test_the_requesting_server_is_verified_each_time(self, desk):
        ham, other = desk.message("hello"), desk.message("hello again")
        await desk.ask(ham)
        foreign = desk.world.alice.sign_request("POST", URI, OUR_NAME, other).encode()

        with pytest.raises(NotAuthenticated):
            await desk.sign_event.sign(
                credentials=desk.sign_event.check_authorization([foreign]),
                method="POST",
                target=URI.encode(),
                body=encode_canonical(ham),
            )

    async def test_a_decision_that_is_not_in_memory_is_read_with_its_event(self, desk, reads):
        ham = desk.message("hello")
        answer = await desk.ask(ham)
        desk.recent.forget_all()

        assert await desk.ask(ham) == answer
        assert len(reads) == 2

    async def test_a_refusal_is_read_again_and_says_the_same(self, desk, reads):
        spam = desk.message("spam")
        for _ in range(2):
            with pytest.raises(EventRefused) as refused:
                await desk.ask(spam, by=desk.world.bob)
            assert str(refused.value) == "No advertising, please."
        assert len(reads) == 2

    async def test_a_room_that_we_left_does_not_answer_from_memory_of_copies(self, desk, reads):
        ham = desk.message("hello")
        answer = await desk.ask(ham)
        await desk.rooms.leave(desk.world.room.room_id)

        assert await desk.ask(ham) == answer  # servers that do not know it yet go on asking
        assert len(reads) == 2

    async def test_a_repeat_by_another_server_shows_that_the_event_is_out(self, desk):
        desk.ceiling = 1
        desk.open()
        first, second = desk.message("one"), desk.message("two")
        await desk.ask(first)
        await desk.ask(first)
        with pytest.raises(RateLimited):
            await desk.ask(second)

        await desk.ask(first, by=desk.world.bob)

        assert desk.is_signed(await desk.ask(second), second)


class TestWhoSigned:
    @every_kind_of_version
    async def test_an_event_that_its_sender_did_not_sign_is_refused_and_forgotten(self, desk):
        mallory = desk.world.federation.add_peer("mallory.example")
        event = desk.world.room.event(
            mallory, "m.room.message", {"body": "hi"}, state_key=None, sender="@alice:example.org"
        )

        with pytest.raises(SignatureInvalid):
            await desk.ask(event)

        assert await desk.stored() == 0

    async def test_our_own_name_cannot_be_forged_with_a_policy_signature(self, desk):
        event = desk.message(sender=OUR_USER, signer="example.org")
        pdu = parse_pdu(event, desk.world.room.rules)
        event["signatures"] = policy_signature(pdu, OUR_NAME, desk.world.identity.policy_key)

        with pytest.raises(SignatureInvalid):
            await desk.ask(event)

    async def test_a_sender_whose_key_server_is_down_is_no_reason_for_a_final_answer(self, desk):
        carol = desk.world.federation.add_peer("carol.example")
        desk.world.federation.offline.add("carol.example")
        event = desk.message(peer=carol)

        with pytest.raises(KeysUnavailable):
            await desk.ask(event)

        assert await desk.stored() == 0
        desk.world.federation.offline.clear()
        desk.world.clock.advance(3_600)
        assert desk.is_signed(await desk.ask(event), event)

    async def test_servers_that_an_event_only_names_are_strangers_to_us(self, desk):
        """A member may name any server it likes; that must not cost us what members' servers do."""
        world = desk.world
        named = [world.federation.add_peer(f"named{number}.example") for number in range(60)]
        for peer in named:
            invite = desk.event("m.room.member", {"membership": "invite"}, state_key=peer.user())
            await desk.ask(peer.hash_and_sign(invite))
        await world.key_ring.settle()

        asked = {server for method, server in world.federation.asked if method == "server_keys"}
        assert len(asked.intersection(peer.server_name for peer in named)) <= 50
        stored = {keys.server_name for keys in await SqlServerKeyStore(desk.database).load()}
        assert stored.isdisjoint(peer.server_name for peer in named)

    async def test_a_third_party_invite_out_of_thin_air_is_refused(self, desk):
        signed = {"mxid": "@x:y.example", "token": "t", "signatures": {"id.example": {}}}
        invite = desk.event(
            "m.room.member",
            {"membership": "invite", "third_party_invite": {"signed": signed}},
            state_key="@x:y.example",
            sender="@victim:elsewhere.example",
        )

        with pytest.raises(SignatureInvalid):
            await desk.ask(invite)

    async def test_a_third_party_invite_stands_for_the_one_who_made_it_alone(self, desk):
        """Its sender need not have signed it, so anybody's name could stand there."""
        world, identity_key = desk.world, make_key("id.example")
        content = {"public_key": identity_key.verify_key.to_base64(), "display_name": "d"}
        made = world.room.add(world.alice, "m.room.third_party_invite", content, state_key="token")
        await desk.rooms.follow(world.room.pdu_of(made))
        signed = sign_json({"mxid": "@x:y.example", "token": "token"}, "id.example", identity_key)
        content = {"membership": "invite", "third_party_invite": {"signed": signed}}
        rightful = desk.event("m.room.member", content, state_key="@x:y.example")
        forged = desk.event(
            "m.room.member",
            content,
            peer=world.bob,
            sender="@bob:bob.example",
            state_key="@x:y.example",
        )

        assert desk.is_signed(await desk.ask(rightful), rightful)
        with pytest.raises(SignatureInvalid, match="no third-party invite of this sender"):
            await desk.ask(forged, by=world.bob)


class TestWhoAsks:
    async def test_a_request_for_another_server_is_unauthorized(self, desk):
        event = desk.message()
        header = desk.world.alice.sign_request("POST", URI, "other.example", event).encode()

        with pytest.raises(Unauthorized):
            desk.sign_event.check_authorization([header])

    async def test_a_request_in_our_own_name_is_unauthorized(self, desk):
        ourselves = Peer(OUR_NAME, key=make_key(OUR_NAME))
        with pytest.raises(Unauthorized):
            await desk.ask(desk.message(), by=ourselves)

    async def test_a_body_above_the_limit_of_events_is_not_read(self, desk):
        """Reading is work, and who sent it is known only afterwards."""
        event = desk.message("hello")
        event["unsigned"] = {"x": [1] * 50_000}

        with pytest.raises(BadJson, match="more than 40000 values"):
            await desk.ask(event)

    @pytest.mark.parametrize("is_right_first", [True, False])
    async def test_each_of_several_signatures_has_to_be_right(self, desk, is_right_first):
        event = desk.message()
        right, wrong = (
            desk.world.alice.sign_request("POST", URI, OUR_NAME, body).encode()
            for body in (event, {**event, "depth": 3})
        )
        headers = [right, wrong] if is_right_first else [wrong, right]

        with pytest.raises(NotAuthenticated):
            await desk.sign_event.sign(
                credentials=desk.sign_event.check_authorization(headers),
                method="POST",
                target=URI.encode(),
                body=encode_canonical(event),
            )

    async def test_a_request_with_another_body_is_not_authenticated(self, desk):
        event = desk.message()
        header = desk.world.alice.sign_request("POST", URI, OUR_NAME, {**event, "depth": 3})

        with pytest.raises(NotAuthenticated):
            await desk.sign_event.sign(
                credentials=desk.sign_event.check_authorization([header.encode()]),
                method="POST",
                target=URI.encode(),
                body=encode_canonical(event),
            )
        assert await desk.stored() == 0

    async def test_an_unknown_room_costs_no_key_fetch(self, desk):
        stranger = desk.world.federation.add_peer("stranger.example")
        desk.world.federation.asked.clear()

        with pytest.raises(NotProtected):
            await desk.ask(desk.message(room_id="!elsewhere:example.org"), by=stranger)

        assert desk.world.federation.asked == []

    async def test_strangers_above_their_share_cost_no_key_fetch(self, desk):
        desk.lane = RateLimit(per_second=1, burst=3)
        desk.open()
        strangers = [desk.world.federation.add_peer(f"hs{n}.stranger.example") for n in range(6)]
        event = desk.message()
        desk.world.federation.asked.clear()

        answers = [
            await asyncio.gather(desk.ask(event, by=peer), return_exceptions=True)
            for peer in strangers
        ]

        assert [isinstance(answer, RateLimited) for (answer,) in answers] == [False] * 3 + [
            True
        ] * 3
        asked = {server for _, server in desk.world.federation.asked}
        assert asked == {peer.server_name for peer in strangers[:3]}
        assert desk.is_signed(await desk.ask(event), event)

    async def test_new_decisions_are_rationed_by_whose_events_they_are(self, desk):
        desk.decisions_per_day = 2
        desk.open()
        first, second, third = (desk.message(str(number)) for number in range(3))
        for event in (first, second):
            await desk.ask(event)

        with pytest.raises(RateLimited):
            await desk.ask(third, by=desk.world.bob)
        assert desk.is_signed(await desk.ask(first, by=desk.world.bob), first)
        assert await desk.stored() == 2

    async def test_a_server_that_the_acl_denies_is_told_so(self, desk):
        desk.world.room.add(
            desk.world.alice, "m.room.server_acl", {"allow": ["*"], "deny": ["bob.example"]}
        )
        await desk.world.rooms.join(desk.world.room.room_id, ["example.org"], force=True)

        with pytest.raises(AclDenied):
            await desk.ask(desk.message(), by=desk.world.bob)
        assert desk.is_signed(await desk.ask(event := desk.message()), event)

    async def test_a_server_over_its_limit_is_told_when_to_come_back(self, desk):
        desk.limit = RateLimit(per_second=2, burst=3)
        desk.open()
        for number in range(3):
            await desk.ask(desk.message(str(number)))

        with pytest.raises(RateLimited) as limited:
            await desk.ask(desk.message("one too many"))

        assert limited.value.retry_after_ms == 500
        assert desk.is_signed(await desk.ask(e := desk.message(), by=desk.world.bob), e)
        desk.world.clock.advance(0.5)
        assert desk.is_signed(await desk.ask(e := desk.message("again")), e)

    async def test_while_we_are_joining_nobody_hears_that_the_room_is_unknown(self, desk):
        world = desk.world
        world.room = world.federation.add_room(FakeRoom(world.room.version, world.alice, name="2"))
        heard = []

        async def ask():
            heard.append(await asyncio.gather(desk.ask(desk.message()), return_exceptions=True))

        world.federation.on_send_join = lambda: heard.append(asyncio.ensure_future(ask()))
        with pytest.raises(NotProtected):
            await desk.ask(desk.message())
        await world.rooms.join(world.room.room_id, ["example.org"])
        await heard[0]

        assert isinstance(heard[1][0], TryLater)

    async def test_while_the_rooms_are_loading_nobody_hears_that_they_are_unknown(self, desk):
        desk.rooms = desk.world.restarted()
        desk.open()

        with pytest.raises(TryLater):
            await desk.ask(desk.message())


class TestExits:
    """Events that remove our server or a person from a room are never blocked."""

    ALL = b'filters: [{keyword: {patterns: ["."]}}]\njudge_membership: true'

    @every_kind_of_version
    async def test_the_exempt_event_is_signed_and_not_stored(self, desk):
        desk.enforce(self.ALL)
        event = desk.event("m.room.policy", {"via": "spam"}, state_key="")

        assert desk.is_signed(await desk.ask(event), event)
        assert await desk.stored() == 0

    @pytest.mark.parametrize("state_key", [None, "x", "\u200b"])
    async def test_near_misses_of_the_exempt_event_are_judged(self, desk, state_key):
        desk.enforce(self.ALL)
        with pytest.raises(EventRefused):
            await desk.ask(desk.event("m.room.policy", {"via": "spam"}, state_key=state_key))

    async def test_a_forged_exempt_event_is_not_signed(self, desk):
        event = desk.event("m.room.policy", {"via": "spam"}, state_key="")

        with pytest.raises(SignatureInvalid):
            await desk.ask({**event, "content": {"via": "other"}})

    @pytest.mark.parametrize(
        ("event_type", "content", "state_key"),
        [
            ("m.room.member", {"membership": "leave", "reason": "spam"}, "@alice:example.org"),
            ("m.room.member", {"membership": "leave", "reason": "spam"}, "@bob:bob.example"),
            ("m.room.member", {"membership": "ban", "reason": "spam"}, "@bob:bob.example"),
            ("m.room.member", {"membership": "leave", "reason": "spam"}, OUR_USER),
            ("m.room.power_levels", {"users": {"@spam:example.org": 50}}, ""),
            ("m.room.server_acl", {"allow": ["*"], "deny": ["spam.example"]}, ""),
            ("m.room.tombstone", {"body": "spam", "replacement_room": "!x:y"}, ""),
        ],
    )
    async def test_moderators_are_never_blocked(self, desk, event_type, content, state_key):
        desk.enforce(self.ALL)
        event = desk.event(event_type, content, state_key=state_key)

        assert desk.is_signed(await desk.ask(event), event)

    async def test_those_who_may_not_are_judged(self, desk):
        desk.enforce(self.ALL)
        kick = desk.event(
            "m.room.member",
            {"membership": "leave", "reason": "spam"},
            peer=desk.world.bob,
            sender="@bob:bob.example",
            state_key="@alice:example.org",
        )
        with pytest.raises(EventRefused):
            await desk.ask(kick, by=desk.world.bob)

    async def test_joins_pass_unless_the_policy_judges_them(self, desk):
        join = {"membership": "join", "displayname": "spam"}
        event = desk.event("m.room.member", join, state_key="@alice:example.org")

        assert desk.is_signed(await desk.ask(event), event)


class TestRoomsThatWeWereIn:
    """Servers that do not know yet that we are gone go on asking."""

    async def kicked(self, desk):
        kick = desk.event("m.room.member", {"membership": "leave"}, state_key=OUR_USER)
        desk.world.room.accept(kick)
        await desk.rooms.follow(parse_pdu(kick, desk.world.room.rules))
        assert not desk.rooms.get(desk.world.room.room_id).is_joined
        return kick

    @every_kind_of_version
    async def test_the_event_that_removed_us_is_signed_there_too(self, desk):
        kick = await self.kicked(desk)

        assert desk.is_signed(await desk.ask(kick, by=desk.world.bob), kick)

    async def test_an_earlier_decision_is_answered_as_before(self, desk):
        ham, spam = desk.message("hello"), desk.message("spam")
        answer = await desk.ask(ham)
        with pytest.raises(EventRefused):
            await desk.ask(spam)
        await self.kicked(desk)

        assert await desk.ask(ham, by=desk.world.bob) == answer
        with pytest.raises(EventRefused):
            await desk.ask(spam, by=desk.world.bob)

    async def test_nothing_new_is_decided(self, desk):
        await self.kicked(desk)

        with pytest.raises(NotProtected):
            await desk.ask(desk.message("hello"))
        assert await desk.stored() == 0


class TestTrouble:
    """Trouble of ours is never final, and never remembered."""

    async def test_a_broken_filter_decides_nothing(self, desk):
        desk.enforce(b"filters: [breaking]")
        event = desk.message()

        with pytest.raises(FilterBroken):
            await desk.ask(event)
        assert await desk.stored() == 0

        Breaking.is_broken = False
        assert desk.is_signed(await desk.ask(event), event)

    async def test_a_decision_that_cannot_be_stored_is_not_answered(self, desk):
        def forbid(connection):
            connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'x'); END"
            )

        def allow(connection):
            connection.execute("DROP TRIGGER full")

        event = desk.message()
        await desk.database.write(forbid)

        with pytest.raises(StoreUnavailable):
            await desk.ask(event)
        assert await desk.stored() == 0

        await desk.database.write(allow)
        assert desk.is_signed(await desk.ask(event), event)

    async def test_a_wrong_signature_never_leaves_and_is_not_forgotten(self, world, desk):
        class Flipping(PolicySigningKey):
            def sign(self, message):
                good = super().sign(message)
                return good[:10] + bytes([good[10] ^ 1]) + good[11:]

        signatures = PolicySignatures(replace(world.identity, policy_key=Flipping(b"p" * 32)))
        pdu = parse_pdu(desk.message(), world.room.rules)
        assert signatures.find_trouble() is None

        with pytest.raises(SigningFault):
            signatures.sign(pdu, None)

        assert "1 wrong signatures" in signatures.find_trouble()

    async def test_a_signature_made_ahead_does_not_leave_if_another_decision_stands(
        self, desk, monkeypatch
    ):
        """Another process refuses the event while this one writes that it signs it."""
        event = desk.message()
        digest = parse_pdu(event, desk.world.room.rules).digest

        async def refused_by_another(recorded):
            while desk.signatures.peek(digest, None) is None:  # noqa: ASYNC110 - some rounds
                await asyncio.sleep(0)
            refusal = replace(recorded.decision, verdict=Verdict.REFUSE)
            return replace(recorded, decision=refusal)

        monkeypatch.setattr(desk.recent, "record", refused_by_another)

        with pytest.raises(EventRefused):
            await desk.ask(event)

    async def test_an_event_that_carries_our_signature_was_signed_before(self, desk):
        event = desk.message("spam that we signed before the backup was made")
        pdu = parse_pdu(event, desk.world.room.rules)
        ours = policy_signature(pdu, OUR_NAME, desk.world.identity.policy_key)
        event["signatures"] |= ours

        assert await desk.ask(event) == ours

    async def test_a_false_signature_of_ours_is_no_witness(self, desk):
        event = desk.message("spam")
        event["signatures"][OUR_NAME] = {"ed25519:policy_server": unpadded_base64.encode(b"x" * 64)}

        with pytest.raises(EventRefused):
            await desk.ask(event)

    async def test_an_event_that_our_signature_makes_too_large_is_malformed(self, desk):
        room_bytes = 65_536 - len(encode_canonical(desk.message("")))
        event = desk.message("x" * (room_bytes - 100))

        with pytest.raises(EventMalformed, match="65536"):
            await desk.ask(event)


class TestRates:
    LIMIT = b"filters: [{event-rate: {per: sender, max_events: 5, per_seconds: 60}}]"

    async def test_a_limit_of_five_lets_five_pass_however_many_ask_at_once(self, desk):
        desk.enforce(self.LIMIT)

        answers = await asyncio.gather(
            *(desk.ask(desk.message(str(number))) for number in range(20)), return_exceptions=True
        )

        assert sum(isinstance(answer, dict) for answer in answers) == 5
        assert sum(isinstance(answer, EventRefused) for answer in answers) == 15

    async def test_asking_again_uses_up_nothing(self, desk):
        desk.enforce(self.LIMIT)
        event = desk.message("once")
        for _ in range(50):
            await desk.ask(event)

        for number in range(4):
            await desk.ask(desk.message(str(number)))

    async def test_a_decision_that_could_not_be_stored_counts_for_nothing(self, desk):
        desk.enforce(self.LIMIT)
        await desk.database.write(
            lambda connection: connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'x'); END"
            )
        )
        for number in range(9):
            with pytest.raises(StoreUnavailable):
                await desk.ask(desk.message(str(number)))
        await desk.database.write(lambda connection: connection.execute("DROP TRIGGER full"))

        for number in range(5):
            await desk.ask(desk.message(f"later {number}"))

    async def test_only_the_process_whose_decision_stands_counts_it(self, desk, monkeypatch):
        """Two processes decide one event at the same time; one of them wins."""
        desk.enforce(b"filters: [{event-rate: {per: sender, max_events: 1, per_seconds: 60}}]")
        first, told = desk.sign_event, []
        monkeypatch.setattr(
            RunawayGuard, "settled", lambda self, asked, recorded: told.append(recorded.key)
        )
        desk.open()
        second, event = desk.sign_event, desk.message("asked of both")

        async def ask(process, event):
            desk.sign_event = process
            return await desk.ask(event)

        answers = await asyncio.gather(ask(first, event), ask(second, event))
        later = [
            await asyncio.gather(ask(process, desk.message(f"later {n}")), return_exceptions=True)
            for n, process in enumerate((first, second))
        ]

        assert [desk.is_signed(answer, event) for answer in answers] == [True, True]
        assert sorted(type(answer).__name__ for (answer,) in later) == ["EventRefused", "dict"]
        assert len(told) == len(set(told)) == 3

    async def test_a_sender_may_write_again_after_waiting(self, desk):
        desk.enforce(self.LIMIT)
        for number in range(5):
            await desk.ask(desk.message(str(number)))
        with pytest.raises(EventRefused):
            await desk.ask(desk.message("sixth"))

        desk.world.clock.advance(61)
        await desk.ask(desk.message("later"))


async def test_the_decision_keeps_what_a_moderator_wants_to_know(desk):
    with pytest.raises(EventRefused) as refused:
        await desk.ask(desk.message("spam"), by=desk.world.bob)

    (recorded,) = await desk.decisions.find_by_reference(refused.value.reference)

    assert recorded.decision.verdict is Verdict.REFUSE
    assert recorded.asked_by == "bob.example"
    assert recorded.sender == "@alice:example.org"
    (finding,) = recorded.decision.findings
    assert "'spam' in body" in finding.reason


@pytest.mark.parametrize("jump_ms", [-3_600_000, 3_600_000, -315_360_000_000, 315_360_000_000])
async def test_while_our_clock_is_in_doubt_nobodys_time_is_judged(desk, jump_ms):
    desk.enforce(b"filters: [clock-drift: {max_ahead_seconds: 900, max_behind_seconds: 900}]")
    true_ts = desk.world.clock.now_ts()
    desk.world.clock.set_wall_clock(true_ts + jump_ms)
    event = desk.message(origin_server_ts=true_ts)

    assert desk.is_signed(await desk.ask(event), event)

    desk.world.clock.set_wall_clock(true_ts)
    late = desk.message("late", origin_server_ts=true_ts + 3_600_000)
    with pytest.raises(EventRefused):
        await desk.ask(late)


class TestSeveralPolicyKeys:
    CURRENT, FORMER, LEAKED, RETIRED, FOREIGN = (
        PolicySigningKey(bytes([number]) * 32) for number in range(5)
    )

    @pytest.fixture
    def identity(self, identity):
        return replace(
            identity,
            policy_key=self.CURRENT,
            former_policy_keys=(self.FORMER,),
            leaked_policy_keys=(self.LEAKED,),
            retired_policy_keys=(self.RETIRED.verify_key,),
        )

    async def list_key(self, desk, key, via=OUR_NAME):
        content = room_policy_content(via, key.verify_key)
        event = desk.event("m.room.policy", content, state_key="")
        pdu = parse_pdu(event, desk.world.room.rules)
        desk.world.room.accept(event)
        await desk.rooms.follow(pdu)

    def signed_by(self, key, event, world):
        return policy_signature(parse_pdu(event, world.room.rules), OUR_NAME, key)

    async def test_each_room_gets_signatures_of_the_key_that_it_lists(self, desk, world):
        decided_before = desk.message("hello")
        for key in (self.CURRENT, self.FORMER, self.LEAKED, self.CURRENT):
            await self.list_key(desk, key)
            for event in (decided_before, desk.message(repr(key))):
                expected = self.signed_by(key, event, world)
                assert await desk.ask(event) == expected
                assert await desk.ask(event, by=world.bob) == expected

    async def test_a_room_that_lists_none_of_ours_gets_those_of_the_current_key(self, desk, world):
        event = desk.message()
        expected = self.signed_by(self.CURRENT, event, world)
        assert await desk.ask(event) == expected

        for key, via in [
            (self.FOREIGN, OUR_NAME),
            (self.RETIRED, OUR_NAME),
            (self.FORMER, "other.example"),
        ]:
            await self.list_key(desk, key, via)
            assert await desk.ask(event) == expected

    async def test_our_leave_is_signed_with_the_key_that_the_room_lists(self, desk, world):
        await self.list_key(desk, self.FORMER)
        await desk.rooms.leave(world.room.room_id)

        event = world.federation.sent[-1]
        expected = self.signed_by(self.FORMER, event, world)[OUR_NAME]["ed25519:policy_server"]
        assert event["signatures"][OUR_NAME]["ed25519:policy_server"] == expected

    async def test_signatures_by_former_or_retired_keys_count_as_earlier_signatures(
        self, desk, world
    ):
        for key in (self.CURRENT, self.FORMER, self.RETIRED):
            event = desk.message(f"spam that {key!r} signed before the backup was made")
            event["signatures"] |= self.signed_by(key, event, world)

            assert await desk.ask(event) == self.signed_by(self.CURRENT, event, world)

    async def test_a_signature_of_a_leaked_key_is_no_witness(self, desk, world):
        await self.list_key(desk, self.LEAKED)
        event = desk.message("spam")
        event["signatures"] |= self.signed_by(self.LEAKED, event, world)

        with pytest.raises(EventRefused):
            await desk.ask(event)

    @pytest.mark.parametrize(
        ("key", "kind"),
        [
            (CURRENT, None),
            (FORMER, "former-key"),
            (LEAKED, "leaked-key"),
            (RETIRED, "key-mismatch"),
            (FOREIGN, "key-mismatch"),
        ],
    )
    async def test_the_operator_is_told_which_rooms_list_another_key(self, desk, key, kind):
        await self.list_key(desk, key)

        (room,) = desk.rooms.all()
        assert [alert.kind.value for alert in room.alerts] == [kind] * (kind is not None)
        uses = policy_key_uses(desk.world.identity, desk.rooms.all())
        assert [use.standing.value for use in uses] == ["current", "former", "leaked"]
        listed = {use.public_key: use.rooms for use in uses if use.rooms}
        ours = kind != "key-mismatch"
        assert listed == ({key.verify_key.to_base64(): (room.room_id,)} if ours else {})


class TestPolicyLists:
    """A list room is a room like any other; what it says counts where a policy follows it."""

    @pytest.fixture
    async def list_room(self, desk):
        room = FakeRoom("11", desk.world.alice, name="list")
        desk.world.federation.add_room(room)
        self.add(room, desk, "@bob:bob.example")
        await desk.rooms.join(room.room_id, ["example.org"])
        desk.enforce(f"filters: [policy-list: {{lists: ['{room.room_id}']}}]".encode())
        return room

    def add(self, room, desk, entity, recommendation="m.ban"):
        content = {"entity": entity, "recommendation": recommendation, "reason": "spam"}
        if entity is None:
            content = {}
        return room.add(desk.world.alice, "m.policy.rule.user", content, state_key="rule")

    async def test_a_rule_of_the_state_that_we_joined_refuses(self, desk, list_room):
        ham = desk.message()
        assert desk.is_signed(await desk.ask(ham), ham)

        with pytest.raises(EventRefused, match="follows a list of bans"):
            await desk.ask(desk.message(peer=desk.world.bob, sender="@bob:bob.example"))

    async def test_a_rule_that_is_taken_back_counts_no_more_nor_after_a_restart(
        self, desk, list_room
    ):
        await desk.rooms.follow(list_room.pdu_of(self.add(list_room, desk, None)))
        ham = desk.message(peer=desk.world.bob, sender="@bob:bob.example")
        assert desk.is_signed(await desk.ask(ham), ham)

        await desk.rooms.follow(list_room.pdu_of(self.add(list_room, desk, "@b*:bob.example")))
        desk.rooms = desk.world.restarted()
        await desk.rooms.load()
        desk.open()
        assert desk.is_signed(await desk.ask(ham), ham)
        with pytest.raises(EventRefused):
            await desk.ask(desk.message("more", peer=desk.world.bob, sender="@bob:bob.example"))

    async def test_unauthorised_rules_are_not_added_to_a_list(self, desk, list_room):
        list_room.join(desk.world.bob, "bob")
        content = {"entity": "@alice:example.org", "recommendation": "m.ban"}
        forged = list_room.event(
            desk.world.bob,
            "m.policy.rule.user",
            content,
            state_key="mine",
            sender="@bob:bob.example",
        )

        with pytest.raises(Forbidden):
            await desk.rooms.follow(list_room.pdu_of(forged))


class Program:
    """A program on loopback that policies ask, and that does as it is told."""

    def __init__(self):
        self.asked = []
        self.answer = {"action": "sign"}
        self.refused_senders = set()
        self.status = 200
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.url = ""
        self._asked_by = asyncio.Condition()

    async def is_asked_by(self, count):
        async with self._asked_by:
            await self._asked_by.wait_for(lambda: len(self.asked) >= count)

    async def handle(self, request):
        asked = await request.json()
        self.asked.append(asked)
        async with self._asked_by:
            self._asked_by.notify_all()
        await self.goes_on.wait()
        if asked.get("event", {}).get("sender") in self.refused_senders:
            return web.json_response({"action": "refuse"})
        return web.json_response(self.answer, status=self.status)


LONG_MS = 2_000


class Unhurried:
    """Waits long for programs that have `LONG_MS`: a busy machine makes quick ones slow."""

    def __init__(self, checkers):
        self._checkers = checkers

    async def ask(self, request):
        if request.timeout_ms == LONG_MS:
            request = replace(request, timeout_ms=60_000)
        return await self._checkers.ask(request)


@pytest.fixture
async def program():
    program = Program()
    application = web.Application()
    application.router.add_post("/", program.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    program.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield program
    program.goes_on.set()
    await runner.cleanup()


class TestProgramsOutside:
    """External checkers can refuse; they neither delay answers nor make failures final."""

    @pytest.fixture
    async def asking(self, desk, program, monkeypatch):
        monkeypatch.setattr(answers_module, "SLOW_ANSWERS_SECONDS", 600.0)
        monkeypatch.setattr(guarded_connect, "CONNECT_TIMEOUT_SECONDS", 60.0)
        settings = {"program": SettingsChecker(program.url)}
        async with open_checkers(settings, ssl.create_default_context()) as checkers:
            desk.checkers = Unhurried(checkers)
            desk.open()

            def ask_about(on_error="refuse", more=""):
                desk.enforce(
                    f"filters: [{more}{{http-check: {{checker: program, "
                    f"timeout_ms: {LONG_MS}}}, on_error: {on_error}}}]".encode()
                )

            yield ask_about

    async def test_the_program_decides_in_its_own_words(self, desk, program, asking):
        asking()
        ham, spam = desk.message("hello"), desk.message("worse")
        assert desk.is_signed(await desk.ask(ham), ham)
        program.answer = {"action": "refuse", "reason": "score 9", "says": "Not like this."}

        with pytest.raises(EventRefused, match="Not like this"):
            await desk.ask(spam)

        assert program.asked[0]["event"]["content"]["body"] == "hello"
        assert program.asked[0]["sender"]["trust"] == "moderator"
        assert program.asked[0]["community"] == "default"

    async def test_checkers_are_not_asked_about_refused_or_decided_events(
        self, desk, program, asking
    ):
        asking(more="{keyword: {words: [spam]}}, ")
        ham = desk.message("hello")
        for _ in range(2):
            assert desk.is_signed(await desk.ask(ham), ham)
        with pytest.raises(EventRefused):
            await desk.ask(desk.message("spam"))

        assert len(program.asked) == 1

    @pytest.mark.parametrize("is_burst_refused", [True, False])
    async def test_a_burst_of_one_sender_refuses_nothing_of_others(
        self, desk, program, asking, is_burst_refused
    ):
        """Whoever fills a room's rate with events that are still being decided."""
        asking(more="{event-rate: {per: room, max_events: 2, per_seconds: 60}}, ")
        program.goes_on.clear()
        burst = [asyncio.create_task(desk.ask(desk.message(f"hello {n}"))) for n in range(9)]
        await program.is_asked_by(2)
        honest = desk.message("hello", peer=desk.world.bob)
        other = asyncio.create_task(desk.ask(honest))
        await program.is_asked_by(3)
        if is_burst_refused:
            program.refused_senders = {"@alice:example.org"}
        program.goes_on.set()

        answers = await asyncio.gather(*burst, return_exceptions=True)

        assert desk.is_signed(await other, honest)
        assert len(program.asked) == 3, "the sender's own pending events count"
        signed = [answer for answer in answers if isinstance(answer, dict)]
        assert len(signed) == (0 if is_burst_refused else 2)
        following = desk.ask(desk.message("again", peer=desk.world.bob))
        if is_burst_refused:
            await following
        else:
            with pytest.raises(EventRefused):
                await following

    async def test_a_slow_program_holds_up_nobody_else(self, desk, program, asking):
        asking(more="{keyword: {words: [spam]}}, ")
        program.goes_on.clear()
        slow = [asyncio.create_task(desk.ask(desk.message(f"hello {n}"))) for n in range(20)]
        await program.is_asked_by(20)

        with pytest.raises(EventRefused):
            await desk.ask(desk.message("spam"))
        exempt = desk.event("m.room.policy", {}, state_key="")
        assert desk.is_signed(await desk.ask(exempt), exempt)
        assert not any(task.done() for task in slow)
        program.goes_on.set()
        assert len(await asyncio.gather(*slow)) == 20

    @pytest.mark.parametrize(
        ("status", "answer"),
        [
            (500, {"action": "refuse"}),
            (400, {"errcode": "M_FORBIDDEN"}),
            (200, {"action": "maybe"}),
            (200, ["refuse"]),
            (200, {"action": "refuse", "reason": "x" * 20_000}),
        ],
    )
    async def test_no_answer_is_no_refusal_and_nothing_is_remembered(
        self, desk, program, asking, status, answer
    ):
        asking(on_error="refuse")
        program.status, program.answer = status, answer
        event = desk.message()
        with pytest.raises(FilterBroken):
            await desk.ask(event)
        assert await desk.stored() == 0

        program.status, program.answer = 200, {"action": "sign"}
        assert desk.is_signed(await desk.ask(event), event)

    async def test_a_policy_may_let_pass_what_the_program_does_not_answer(
        self, desk, program, asking
    ):
        asking(on_error="pass")
        program.goes_on.clear()
        event = desk.message()
        loop_time = LoopTime()

        asked = asyncio.create_task(desk.ask(event))
        await program.is_asked_by(1)
        loop_time.advance(60)
        assert desk.is_signed(await asked, event)
        (decided,) = await desk.decisions.latest(limit=5)
        assert "timed out" in decided.decision.findings[0].reason

    async def test_a_dead_program_stops_costing_time(self, desk, program, asking):
        asking(on_error="pass")
        program.goes_on.clear()
        loop_time = LoopTime()
        for number in range(5):
            slow = asyncio.create_task(desk.ask(desk.message(f"slow {number}")))
            await program.is_asked_by(number + 1)
            loop_time.advance(60)
            await slow

        await desk.ask(desk.message("quick"))
        assert len(program.asked) == 5
        desk.world.clock.advance(16)
        program.goes_on.set()
        program.answer = {"action": "refuse"}
        with pytest.raises(EventRefused):
            await desk.ask(desk.message("asked again"))

    async def test_early_refusals_are_measured_too(self, desk, program, asking):
        asking(more="{keyword: {words: [spam]}}, ")
        for number in range(ONE_IN):
            with pytest.raises(EventRefused):
                await desk.ask(desk.message(f"spam {number}"))

        assert program.asked == []
        policy = desk.policies.for_room(desk.world.room.room_id).policy
        costs = desk.measures.costs.of_policy("default", policy.revision)
        assert {(each.filter, each.events) for each in costs} == {("keyword", 1), ("http-check", 1)}

    async def test_scores_of_a_model_refuse(self, desk, program, asking):
        desk.enforce(b"filters: [{ai-moderation: {checker: program}}]")
        program.answer = {"results": [{"category_scores": {"hate": 0.2, "harassment": 0.95}}]}

        with pytest.raises(EventRefused, match="looks hurtful"):
            await desk.ask(desk.message("words"))
        assert program.asked == [{"input": ["words"]}]
        program.answer = {"results": []}
        with pytest.raises(FilterBroken):
            await desk.ask(desk.message("other words"))


async def test_an_observer_that_fails_is_not_in_the_way_of_an_answer(desk, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    failing = SignObservers(decided=(fail,), answered=(fail,))
    monkeypatch.setattr(desk.sign_event, "_observers", failing)

    with structlog.testing.capture_logs() as logs:
        message = desk.message()
        assert desk.is_signed(await desk.ask(message), message)

    assert [entry["event"] for entry in logs] == ["an observer failed"] * 2
