"""Tests of the doctor's checks from outside: the name of each fault, and the advice."""

from dataclasses import dataclass, field, replace

import pytest

from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.keys.server_keys import server_keys_document
from countersign.service.health.doctor import Doctor, Outcome
from countersign.service.health.running_checks import (
    check_communities,
    check_redacting,
    check_rooms,
)
from countersign.testing.clocks import ManualClock
from countersign.testing.events import make_key
from countersign.testing.peers import Peer
from tests.service.health.conftest import NAME

DAY_MS = 24 * 3600 * 1000


@dataclass
class FakeFederation:
    """The federation's answers; those that are errors are raised."""

    keys: object = b""
    notary_answer: object = b'{"server_keys": []}'
    clocks: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    async def server_keys(self, server):
        return self._answer(server, self.keys)

    async def query_keys(self, notary, question):
        return self._answer(notary, self.notary_answer)

    async def clock_ts(self, server):
        return self._answer(server, self.clocks.get(server))

    def _answer(self, name, answer):
        self.asked.append(name)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def federation():
    return FakeFederation()


@pytest.fixture
def doctor(identity, federation, clock):
    return Doctor(identity, federation=federation, clock=clock)


class TestServerName:
    def document(self, clock, name=NAME, key=None):
        signed = server_keys_document(name, key or make_key(NAME), clock.now_ts() + DAY_MS)
        return encode_canonical(signed)

    async def test_is_well_when_our_key_answers(self, doctor, federation, clock):
        federation.keys = self.document(clock)

        check = await doctor.check_server_name()

        assert check.outcome is Outcome.OK
        assert federation.asked == [NAME]

    @pytest.mark.parametrize(
        ("trouble", "remedy"),
        [
            (Trouble.NAME, "DNS record (A or AAAA) for policy.example.com."),
            (Trouble.NAME_SERVERS, "/etc/resolv.conf"),
            (Trouble.ADDRESS, "allow_networks"),
            (Trouble.CONNECTION, "firewall"),
            (Trouble.TLS, "certificate for policy.example.com,"),
            (Trouble.ANSWER, "reverse proxy"),
        ],
    )
    async def test_each_trouble_has_its_remedy(self, doctor, federation, trouble, remedy):
        federation.keys = PeerUnavailable("it went so and so", trouble)

        check = await doctor.check_server_name()

        assert check.outcome is Outcome.FAIL
        assert check.message == "it went so and so."
        assert remedy in check.remedy

    async def test_a_homeserver_in_our_place_is_told(self, doctor, federation):
        federation.keys = PeerRefused(404, "M_UNRECOGNIZED", "no such thing")

        check = await doctor.check_server_name()

        assert check.outcome is Outcome.FAIL
        assert "404 M_UNRECOGNIZED" in check.message

    async def test_another_server_under_our_name_is_told(self, doctor, federation, clock):
        federation.keys = self.document(clock, name="other.example.com")

        check = await doctor.check_server_name()

        assert check.outcome is Outcome.FAIL
        assert "Another server answers" in check.message

    async def test_another_key_is_told(self, doctor, federation, clock):
        federation.keys = self.document(clock, key=make_key("former"))

        check = await doctor.check_server_name()

        assert check.outcome is Outcome.FAIL
        assert "another server key" in check.message


class TestClock:
    @pytest.mark.parametrize(
        ("theirs_ahead_ms", "outcome", "words"),
        [
            (0, Outcome.OK, "agrees"),
            (-29_000, Outcome.OK, "agrees"),
            (120_000, Outcome.WARN, "120 seconds behind"),
            (-120_000, Outcome.WARN, "119 seconds ahead of"),
            (2 * DAY_MS, Outcome.FAIL, "172,800 seconds behind"),
        ],
    )
    async def test_is_compared_with_a_peers(
        self, doctor, federation, clock, theirs_ahead_ms, outcome, words
    ):
        federation.clocks = {"example.org": clock.now_ts() + theirs_ahead_ms}

        check = await doctor.check_clock(["example.org"])

        assert check.outcome is outcome
        assert words in check.message

    async def test_the_next_server_is_asked_if_one_does_not_tell(self, doctor, federation, clock):
        federation.clocks = {"b": PeerUnavailable("away"), "c": clock.now_ts()}

        check = await doctor.check_clock(["a", "b", "c"])

        assert check.outcome is Outcome.OK
        assert federation.asked == ["a", "b", "c"]

    async def test_not_everybody_is_asked(self, doctor, federation):
        check = await doctor.check_clock(["a", "b", "c", "d"])

        assert check.outcome is Outcome.SKIP
        assert federation.asked == ["a", "b", "c"]

    async def test_without_rooms_there_is_nobody_to_ask(self, doctor):
        assert (await doctor.check_clock([])).outcome is Outcome.SKIP


class TestRooms:
    def room(self, *kinds, membership="joined"):
        alerts = [{"kind": kind, "message": f"is {kind}", "remedy": "do it"} for kind in kinds]
        return {
            "room_id": "!a:example.org",
            "membership": membership,
            "alerts": alerts,
            "is_list_only": False,
            "is_management_only": False,
        }

    def test_a_room_without_alerts_is_well(self):
        (check,) = check_rooms([self.room(), self.room(membership="left")])

        assert check.outcome is Outcome.OK

    @pytest.mark.parametrize("kind", ["key-mismatch", "acl-denied"])
    def test_rooms_in_which_messages_fail(self, kind):
        (check,) = check_rooms([self.room(kind)])

        assert check.outcome is Outcome.FAIL
        assert check.message == f"!a:example.org: is {kind}"
        assert check.remedy == "do it"

    @pytest.mark.parametrize("kind", ["not-named", "kicked", "banned", "partially-verified"])
    def test_rooms_that_chose_otherwise(self, kind):
        (check,) = check_rooms([self.room(kind)])

        assert check.outcome is Outcome.WARN

    def test_a_policy_list_needs_no_policy_server(self):
        (check,) = check_rooms([{**self.room(), "is_list_only": True}])

        assert check.outcome is Outcome.OK
        assert "followed as a policy list" in check.message

    def test_a_management_room_needs_no_policy_server(self):
        (check,) = check_rooms([{**self.room(), "is_management_only": True}])

        assert check.outcome is Outcome.OK
        assert "a management room" in check.message

    def test_no_room_yet(self):
        (check,) = check_rooms([])

        assert check.outcome is Outcome.SKIP
        assert "rooms join" in check.remedy


class TestNotary:
    PEER = Peer("notary.example")
    NOTARY = Notary(PEER.server_name, PEER.verify_keys)

    @pytest.fixture
    def notary(self, federation, clock):
        federation.keys = self.PEER.key_document_bytes(clock.now_ts())
        return self.NOTARY

    async def test_is_well_when_it_answers_with_a_pinned_key(self, doctor, notary):
        check = await doctor.check_notary(notary)

        assert check.outcome is Outcome.OK

    async def test_another_key_than_the_pinned_one_fails(self, doctor, notary):
        pinned = Peer("notary.example", key=make_key("liar", "paper")).verify_keys
        check = await doctor.check_notary(replace(notary, keys=pinned))

        assert check.outcome is Outcome.FAIL
        assert "signs with ed25519:paper" in check.message
        assert "somebody whom you trust" in check.remedy

    @pytest.mark.parametrize(
        "notary_answer",
        [PeerRefused(404, "M_UNRECOGNIZED", "no"), PeerUnavailable("timed out"), b"[]"],
        ids=["refuses", "silent", "rubbish"],
    )
    async def test_a_server_that_answers_no_notary_query_fails(
        self, doctor, federation, notary, notary_answer
    ):
        federation.notary_answer = notary_answer
        check = await doctor.check_notary(notary)

        assert check.outcome is Outcome.FAIL
        assert check.message.startswith("notary.example does not answer as a notary: ")


class TestCommunities:
    def room(self, community="default", **changed):
        room = {
            "room_id": "!a:example.org",
            "membership": "joined",
            "community": community,
            "raid": None,
            "dropped_steps": [],
            "may_redact": True,
        }
        return {**room, **changed}

    def test_peace_is_not_worth_a_line(self):
        left = self.room("other", membership="left", raid="joins", may_redact=False)

        assert list(check_communities([self.room(), left])) == []
        assert list(check_redacting([self.room(), left], "@policy:example.com")) == []

    def test_a_raid_and_a_dropped_step_are_told_once_a_community(self):
        raided = self.room(raid="40 joins", dropped_steps=["keyword"])
        quiet = self.room("other")

        raid, step = check_communities([raided, raided, quiet])

        assert (raid.name, raid.outcome) == ("raid", Outcome.WARN)
        assert "40 joins" in raid.message
        assert (step.name, step.outcome) == ("guard", Outcome.WARN)
        assert "keyword" in step.message

    def test_a_room_in_which_we_cannot_redact_is_named(self):
        (check,) = check_redacting([self.room(may_redact=False)], "@policy:example.com")

        assert check.outcome is Outcome.WARN
        assert "!a:example.org" in check.message
        assert "@policy:example.com" in check.remedy
