"""The contracts of the stores as test suites, for any adapter: ours or a stranger's.

Derive a test class and give it the fixture `open_store`, a factory whose every call opens a new
store over the same, at first empty, storage: what a restart or a second process would see.

    class TestMyDecisions(DecisionStoreContract):
        @pytest.fixture
        def open_store(self, tmp_path):
            return lambda: MyDecisionStore(tmp_path)

The tests are coroutines: run them with pytest-asyncio in automatic mode.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Verdict
from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, Trust, TrustRecord
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.ports.stores.found_rooms import FoundRooms, FoundRoomsStore
from countersign.ports.stores.leaks import (
    LeakCounts,
    LeakReport,
    LeakStore,
    OutboxEntry,
    OutboxState,
)
from countersign.ports.stores.own_user.own_events import OwnEventStore
from countersign.ports.stores.policies import (
    EarlierPolicy,
    PolicyChange,
    PolicyInForce,
    PolicyStore,
)
from countersign.ports.stores.rooms import RoomStore
from countersign.ports.stores.server_keys import ServerKeyStore
from countersign.ports.stores.trust import Learned, Seen, TrustStore
from countersign.protocol import unpadded_base64
from countersign.protocol.keys.server_keys import OldKey
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.testing.records import (
    ALICE,
    BOB,
    DECIDED_TS,
    DECISIONS,
    REFUSE,
    ROOM,
    SIGN,
    SIGN_WITH_A_SHADOW,
    make_leak,
    make_member,
    make_recorded,
    make_redaction,
    make_server_keys,
    make_stored_room,
)

OpenDecisions: TypeAlias = Callable[[], DecisionStore]
OpenFoundRooms: TypeAlias = Callable[[], FoundRoomsStore]
OpenLeaks: TypeAlias = Callable[[], LeakStore]
OpenPolicies: TypeAlias = Callable[[], PolicyStore]
OpenRedactions: TypeAlias = Callable[[], OwnEventStore]
OpenRooms: TypeAlias = Callable[[], RoomStore]
OpenServerKeys: TypeAlias = Callable[[], ServerKeyStore]
OpenTrust: TypeAlias = Callable[[], TrustStore]


class DecisionStoreContract:
    """Contract tests that every `DecisionStore` must pass."""

    async def test_an_empty_store_knows_nothing(self, open_store: OpenDecisions) -> None:
        store = open_store()

        assert await store.find(make_recorded().key) is None
        assert await store.find_by_reference(make_recorded().reference) == []
        assert await store.latest() == []
        assert await store.count() == 0

    async def test_every_class_of_decision_comes_back_as_it_was_recorded(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        recorded = [make_recorded(number, decision) for number, decision in enumerate(DECISIONS)]

        assert [await store.record(decision) for decision in recorded] == recorded

        assert [await store.find(decision.key) for decision in recorded] == recorded
        assert await store.count() == len(recorded)

    async def test_decisions_outlive_a_restart(self, open_store: OpenDecisions) -> None:
        recorded = [make_recorded(number, decision) for number, decision in enumerate(DECISIONS)]
        for decision in recorded:
            await open_store().record(decision)

        reopened = open_store()

        assert [await reopened.find(decision.key) for decision in recorded] == recorded

    async def test_event_ids_of_every_room_version_come_back(
        self, open_store: OpenDecisions
    ) -> None:
        key = make_recorded().key
        standard = f"${unpadded_base64.encode(key)}"
        for number, event_id in enumerate(["$chosen:example.org", "$", standard, "$" + "x" * 254]):
            recorded = make_recorded(number, event_id=event_id)
            await open_store().record(recorded)

            assert await open_store().find(recorded.key) == recorded

    async def test_the_first_decision_stands(self, open_store: OpenDecisions) -> None:
        store = open_store()
        first = make_recorded(decision=SIGN)
        second = replace(first, decision=REFUSE, asked_by="example.com", decided_ts=DECIDED_TS + 9)
        await store.record(first)

        assert await store.record(second) == first

        assert await store.find(first.key) == first
        assert await store.latest() == [first]

    async def test_the_first_decision_stands_across_processes(
        self, open_store: OpenDecisions
    ) -> None:
        ours, theirs = open_store(), open_store()
        first = make_recorded(decision=REFUSE)
        assert await ours.find(first.key) is None
        await theirs.record(first)

        assert await ours.find(first.key) == first
        assert await ours.record(replace(first, decision=SIGN)) == first

    async def test_all_who_record_at_once_are_told_the_same(
        self, open_store: OpenDecisions
    ) -> None:
        stores = [open_store(), open_store()]
        rivals = [
            replace(make_recorded(number // 8), decision=DECISIONS[number % len(DECISIONS)])
            for number in range(80)
        ]

        standing = await asyncio.gather(
            *(stores[number % 2].record(rival) for number, rival in enumerate(rivals))
        )

        assert len({(stored.key, repr(stored)) for stored in standing}) == len(rivals) // 8
        for stored in standing:
            assert [await store.find(stored.key) for store in stores] == [stored, stored]
        assert await stores[0].count() == len(rivals) // 8

    async def test_a_cancelled_caller_harms_nobody(self, open_store: OpenDecisions) -> None:
        store = open_store()
        recorded = [make_recorded(number) for number in range(30)]
        tasks = [asyncio.create_task(store.record(decision)) for decision in recorded]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()

        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert results[1::3] == recorded[1::3]
        assert results[2::3] == recorded[2::3]

    async def test_a_person_may_name_a_decision_in_many_ways(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        mine = make_recorded(1, REFUSE)
        await store.record(mine)
        await store.record(make_recorded(2))

        for name in (
            mine.reference,
            mine.reference.lower(),
            mine.reference.replace("-", ""),
            mine.event_id,
            mine.key.hex(),
            mine.key.hex().upper(),
        ):
            assert await store.find_by_reference(name) == [mine], name

    async def test_an_event_id_that_a_sender_chose_names_each_of_its_events(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        twins = [make_recorded(number, event_id="$twin:example.org") for number in (1, 2)]
        for twin in twins:
            await store.record(twin)

        found = await store.find_by_reference("$twin:example.org")

        assert sorted(found, key=lambda decision: decision.decided_ts) == twins

    async def test_what_names_nothing_finds_nothing(self, open_store: OpenDecisions) -> None:
        store = open_store()
        await store.record(make_recorded())

        for name in ("", "-", "$", "7F3K9", "7F3K9-QX2MU", "%", "ß" * 10, "0" * 64, "$" + "A" * 43):
            assert await store.find_by_reference(name) == [], name

    async def test_the_latest_come_newest_first_and_in_pages(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        recorded = [make_recorded(number) for number in range(5)]
        for decision in recorded:
            await store.record(decision)
        newest_first = recorded[::-1]

        assert await store.latest() == newest_first
        assert await store.latest(limit=2) == newest_first[:2]
        assert await store.latest(limit=0) == []
        oldest_seen = newest_first[1].decided_ts
        assert (
            await store.latest(DecisionQuery(before_ts=oldest_seen), limit=2) == newest_first[2:4]
        )

    async def test_the_latest_can_be_narrowed_by_all_filters_together(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        recorded = [
            make_recorded(number, decision, room_id=room_id, sender=sender)
            for number, (decision, room_id, sender) in enumerate(
                (decision, room_id, sender)
                for decision in (SIGN, REFUSE)
                for room_id in (ROOM, "!other:example.org")
                for sender in (ALICE, BOB)
            )
        ]
        for one in recorded:
            await store.record(one)

        for room_id in (None, ROOM):
            for sender in (None, BOB):
                for verdict in (None, Verdict.SIGN, Verdict.REFUSE):
                    expected = [
                        one
                        for one in recorded[::-1]
                        if room_id in (None, one.room_id)
                        and sender in (None, one.sender)
                        and verdict in (None, one.decision.verdict)
                    ]
                    query = DecisionQuery(
                        rooms=None if room_id is None else frozenset([room_id]),
                        sender=sender,
                        verdict=verdict,
                    )
                    found = await store.latest(query)

                    assert found == expected
        assert await store.latest(DecisionQuery(rooms=frozenset(["!unknown:example.org"]))) == []

    async def test_the_latest_can_be_narrowed_to_a_moment_and_a_step(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        named = replace(
            REFUSE, findings=tuple(replace(each, step="adverts") for each in REFUSE.findings)
        )
        plain, other, first, second = (
            make_recorded(1, SIGN),
            make_recorded(2, REFUSE),
            make_recorded(3, named),
            make_recorded(4, named, room_id="!other:example.org", sender=BOB),
        )
        for one in (plain, other, first, second):
            await store.record(one)

        here = frozenset([first.room_id])
        for query, expected in (
            (DecisionQuery(since_ts=first.decided_ts), [second, first]),
            (DecisionQuery(step="adverts"), [second, first]),
            (DecisionQuery(step="adverts", before_ts=second.decided_ts), [first]),
            (DecisionQuery(step="adverts", rooms=here), [first]),
            (DecisionQuery(step="adverts", sender=BOB), [second]),
            (DecisionQuery(step="adverts", verdict=Verdict.SIGN), []),
            (DecisionQuery(step=REFUSE.findings[0].filter), [other]),
            (DecisionQuery(filter=REFUSE.findings[0].filter), [second, first, other]),
            (DecisionQuery(step="unknown"), []),
            (DecisionQuery(has_findings=True), [second, first, other]),
            (DecisionQuery(has_findings=True, since_ts=first.decided_ts), [second, first]),
            (DecisionQuery(rooms=frozenset()), []),
        ):
            assert await store.latest(query) == expected, query
        assert await store.latest(DecisionQuery(step="adverts"), limit=1) == [second]

    async def test_the_latest_can_be_narrowed_to_a_server_a_score_and_keys(
        self, open_store: OpenDecisions
    ) -> None:
        store = open_store()
        recorded = [
            make_recorded(number, replace(SIGN_WITH_A_SHADOW, score=score), sender=sender)
            for number, (score, sender) in enumerate(
                ((0, ALICE), (5, ALICE), (9, BOB), (12, "@alice:other.example.org"))
            )
        ]
        for one in recorded:
            await store.record(one)

        async def places(query: DecisionQuery) -> list[int]:
            return [recorded.index(one) for one in await store.latest(query)]

        assert await places(DecisionQuery(server="example.org")) == [1, 0]
        assert await places(DecisionQuery(server="org")) == []
        assert await places(DecisionQuery(min_score=5)) == [3, 2, 1]
        assert await places(DecisionQuery(min_score=5, max_score=9)) == [2, 1]
        assert await places(DecisionQuery(max_score=4)) == [0]
        keys = frozenset(recorded[number].key for number in (0, 3)) | {b"\0" * 32}
        assert await places(DecisionQuery(keys=keys)) == [3, 0]
        assert await places(DecisionQuery(keys=keys, sender=ALICE)) == [0]

    async def test_a_search_goes_on_where_it_ended(self, open_store: OpenDecisions) -> None:
        store = open_store()
        rooms = (ROOM, "!other:example.org", "!third:example.org")
        recorded = [
            make_recorded(number, (SIGN, REFUSE)[number % 2], room_id=rooms[number % 3])
            for number in range(12)
        ]
        for one in recorded:
            await store.record(one)

        for query in (
            DecisionQuery(),
            DecisionQuery(rooms=frozenset(rooms[:2])),
            DecisionQuery(verdict=Verdict.REFUSE),
            DecisionQuery(rooms=frozenset(rooms[:2]), verdict=Verdict.REFUSE),
            DecisionQuery(server="example.org", since_ts=recorded[3].decided_ts),
            DecisionQuery(filter=REFUSE.findings[0].filter),
        ):
            in_pages = page = await store.latest(query, limit=2)
            while page:
                page = await store.latest(query, limit=2, before_key=page[-1].key)
                in_pages = in_pages + page
            assert in_pages == list(filter(query.matches, recorded[::-1])), query
        assert await store.latest(before_key=b"\0" * 32) == []


class RoomStoreContract:
    """Contract tests that every `RoomStore` must pass."""

    async def test_an_empty_store_has_no_rooms(self, open_store: OpenRooms) -> None:
        assert await open_store().load() == []

    async def test_a_room_outlives_a_restart(self, open_store: OpenRooms) -> None:
        room = make_stored_room([make_member(ALICE)])
        await open_store().save(room)

        assert await open_store().load() == [room]

    async def test_rooms_come_by_room_id(self, open_store: OpenRooms) -> None:
        store = open_store()
        rooms = [make_stored_room(room_id=room_id) for room_id in ("!c:x.org", "!a:x.org", "!b")]
        for room in rooms:
            await store.save(room)

        assert await store.load() == sorted(rooms, key=lambda room: room.room_id)

    async def test_rooms_come_some_at_a_time(self, open_store: OpenRooms) -> None:
        store = open_store()
        rooms = [
            make_stored_room([make_member(ALICE)], room_id=room_id)
            for room_id in ("!B:x.org", "!a:x.org", "!b:x.org")
        ]
        for room in rooms:
            await store.save(room)

        assert await store.load_after("", 2) == rooms[:2]
        assert await store.load_after("!a:x.org", 2) == rooms[2:]
        assert await store.load_after("!b:x.org", 2) == []

    async def test_saving_a_room_replaces_all_of_it(self, open_store: OpenRooms) -> None:
        store = open_store()
        other = make_stored_room([make_member(ALICE)], room_id="!a:example.org")
        await store.save(other)
        await store.save(make_stored_room([make_member(ALICE), make_member(BOB)]))
        anew = replace(
            make_stored_room([make_member(BOB, "leave")]), room_version="12", via=(), note="again"
        )

        await store.save(anew)

        assert await store.load() == [other, anew]

    async def test_state_replaces_only_its_like(self, open_store: OpenRooms) -> None:
        store = open_store()
        await store.save(make_stored_room([make_member(ALICE), make_member(BOB)]))
        banned = make_member(BOB, "ban", depth=2**63)
        topic = replace(banned, type="m.room.topic", state_key="", content={})

        await store.save_state(ROOM, [topic, make_member(BOB, "leave"), banned])

        (room,) = await open_store().load()
        by_key = sorted(room.state, key=lambda event: (event.type, event.state_key))
        assert by_key == [make_member(ALICE), banned, topic]

    async def test_rooms_are_called_by_their_name_or_else_their_alias(
        self, open_store: OpenRooms
    ) -> None:
        store = open_store()
        said = replace(
            make_member(ALICE), type="m.room.name", state_key="", content={"name": " A "}
        )
        alias = replace(said, type="m.room.canonical_alias", content={"alias": "#b:example.org"})
        unnamed = replace(said, content={})
        for room_id, state in (
            ("!a:x.org", [said, alias]),
            ("!b:x.org", [unnamed, alias]),
            ("!c:x.org", [unnamed]),
            ("!d:x.org", []),
        ):
            await store.save(make_stored_room(state, room_id=room_id))

        assert await store.names() == {"!a:x.org": "A", "!b:x.org": "#b:example.org"}

    async def test_membership_changes_alone(self, open_store: OpenRooms) -> None:
        store = open_store()
        room = make_stored_room([make_member(ALICE)])
        await store.save(room)

        await store.set_membership(ROOM, "kicked", "by @alice:example.org: “bye”")

        (kept,) = await open_store().load()
        assert kept == replace(room, membership="kicked", note="by @alice:example.org: “bye”")

    async def test_what_is_not_verified_yet_is_kept_with_its_room(
        self, open_store: OpenRooms
    ) -> None:
        events = {f"${number}": {"depth": number, "odd": [1.5, None]} for number in range(3)}
        await open_store().save(make_stored_room(), events)

        assert await open_store().load_unverified(ROOM) == list(events.values())
        await open_store().forget_unverified(ROOM, ["$0", "$2", "$unknown"])
        assert await open_store().load_unverified(ROOM) == [events["$1"]]
        await open_store().save(make_stored_room())
        assert await open_store().load_unverified(ROOM) == []

    async def test_joins_under_way_outlive_a_restart(self, open_store: OpenRooms) -> None:
        await open_store().begin_join("!b:x.org", ["x.org", "y.org"])
        await open_store().begin_join("!a:x.org", ())
        await open_store().begin_join("!b:x.org", ["z.org"])

        assert await open_store().joins_under_way() == [("!a:x.org", ()), ("!b:x.org", ("z.org",))]
        await open_store().end_join("!b:x.org")
        await open_store().end_join("!unknown:x.org")
        assert await open_store().joins_under_way() == [("!a:x.org", ())]

    async def test_an_unknown_room_stays_unknown(self, open_store: OpenRooms) -> None:
        store = open_store()

        await store.save_state(ROOM, [make_member(ALICE)])
        await store.set_membership(ROOM, "left", "")
        await store.forget_unverified(ROOM, ["$a"])

        assert await store.load() == []
        assert await store.load_unverified(ROOM) == []


class ServerKeyStoreContract:
    """Contract tests that every `ServerKeyStore` must pass."""

    async def test_an_empty_store_has_no_keys(self, open_store: OpenServerKeys) -> None:
        assert await open_store().load() == []

    async def test_keys_outlive_a_restart(self, open_store: OpenServerKeys) -> None:
        keys, document = make_server_keys()
        await open_store().save(keys, document)

        assert await open_store().load() == [keys]

    async def test_a_servers_new_keys_replace_its_old_ones(
        self, open_store: OpenServerKeys
    ) -> None:
        store = open_store()
        other, other_document = make_server_keys("example.com")
        newer, newer_document = make_server_keys(seed=b"2" * 32, fetched_ts=DECIDED_TS + 1)
        await store.save(other, other_document)
        await store.save(*make_server_keys())

        await store.save(newer, newer_document)

        assert await open_store().load() == [other, newer]

    async def test_old_keys_of_earlier_documents_are_kept(self, open_store: OpenServerKeys) -> None:
        store = open_store()
        newer, document = make_server_keys(fetched_ts=DECIDED_TS + 1)
        former = ServerSigningKey("former", b"3" * 32).verify_key
        old_keys = {former.key_id: OldKey(former, DECIDED_TS, DECIDED_TS + 1)}
        keys = replace(newer, old_verify_keys=old_keys)
        await store.save(keys, document)
        assert await open_store().load() == [keys]

        await store.save(replace(keys, old_verify_keys={}), None)

        assert await open_store().load() == [newer]

    async def test_what_only_notaries_told_is_not_taken_for_the_servers_word(
        self, open_store: OpenServerKeys
    ) -> None:
        keys, document = make_server_keys()
        keys = replace(keys, told_ts=None)
        await open_store().save(keys, document)

        assert await open_store().load() == [keys]

    async def test_a_document_that_no_longer_verifies_is_left_out(
        self, open_store: OpenServerKeys
    ) -> None:
        store = open_store()
        good, document = make_server_keys()
        bad, _ = make_server_keys("example.com")
        await store.save(bad, document)
        await store.save(good, document)

        assert await open_store().load() == [good]


class RedactionStoreContract:
    """Contract tests that every `OwnEventStore` must pass; named for the first events of ours."""

    async def test_an_empty_store_has_no_redactions(self, open_store: OpenRedactions) -> None:
        store = open_store()

        assert await store.find_by_key(b"k" * 32) is None
        assert await store.find_by_event_id("$none") is None
        assert await store.following(0, room_ids=[ROOM], since_ts=0, limit=10) == []
        assert await store.newest(0) == {}
        assert await store.sent() == {}

    async def test_redactions_outlive_a_restart_in_order(self, open_store: OpenRedactions) -> None:
        first, second = make_redaction(1), make_redaction(2, room_id="!other:example.org")
        one, two = [await open_store().add(each) for each in (first, second)]
        assert (one.own, two.own) == (first, second)
        assert one.number < two.number

        store = open_store()
        assert await store.find_by_key(first.key) == one
        assert await store.find_by_event_id(second.event_id) == second
        both = [ROOM, second.room_id]
        assert await store.following(0, room_ids=both, since_ts=0, limit=10) == [one, two]
        assert await store.following(0, room_ids=both, since_ts=0, limit=1) == [one]
        assert await store.following(one.number, room_ids=both, since_ts=0, limit=9) == [two]
        assert await store.following(0, room_ids=[ROOM], since_ts=0, limit=10) == [one]
        since_ts = second.made_ts
        assert await store.following(0, room_ids=both, since_ts=since_ts, limit=10) == [two]
        assert await store.newest(0) == {
            ROOM: (one.number, first.made_ts),
            second.room_id: (two.number, second.made_ts),
        }
        assert list(await store.newest(since_ts)) == [second.room_id]

    async def test_a_leak_has_one_redaction(self, open_store: OpenRedactions) -> None:
        store = open_store()
        first = await store.add(make_redaction())

        again = await store.add(replace(make_redaction(), event_id="$another"))

        assert again == first
        assert await store.find_by_event_id("$another") is None

    async def test_what_was_sent_is_known_and_never_less(self, open_store: OpenRedactions) -> None:
        store = open_store()
        await store.note_sent("example.org", 7)
        await store.note_sent("example.org", 3)
        await store.note_sent("example.com", 2)
        assert await open_store().sent() == {"example.org": 7, "example.com": 2}

        await store.forget_sent(7)

        assert await open_store().sent() == {"example.org": 7}

    async def test_messages_are_forgotten_and_redactions_stay(
        self, open_store: OpenRedactions
    ) -> None:
        store = open_store()
        redaction = await store.add(make_redaction(1))
        made = make_redaction(2)
        message = replace(made, event={**made.event, "type": "m.room.message"})
        newer = replace(message, key=b"n" * 32, event_id="$newer", made_ts=message.made_ts + 1)
        for each in (message, newer):
            await store.add(each)

        await store.forget_messages(newer.made_ts)

        assert await open_store().find_by_key(redaction.own.key) == redaction
        assert await open_store().find_by_event_id(message.event_id) is None
        assert await open_store().find_by_event_id(newer.event_id) == newer

    async def test_a_number_that_servers_have_is_given_to_no_other(
        self, open_store: OpenRedactions
    ) -> None:
        store = open_store()
        made = make_redaction(1)
        first = await store.add(replace(made, event={**made.event, "type": "m.room.message"}))
        await store.note_sent("example.org", first.number)
        await store.forget_messages(made.made_ts + 1)
        assert await store.newest(0) == {}

        assert (await open_store().add(make_redaction(2))).number > first.number


BOT = "@bot:example.org"
HOOK = "https://example.org/leaks"


class LeakStoreContract:
    """Contract tests that every `LeakStore` must pass."""

    async def test_an_empty_store_has_no_leaks(self, open_store: OpenLeaks) -> None:
        store = open_store()

        assert await store.latest() == []
        assert await store.waiting(BOT, 10) == []
        assert await store.counts(0) == LeakCounts(leaks=0, waiting=0, given_up=0)

    async def test_leaks_and_what_waits_outlive_a_restart(self, open_store: OpenLeaks) -> None:
        first, second = make_leak(1), make_leak(2, room_id="!other:example.org")
        for leak in (first, second):
            assert await open_store().record(leak, [BOT, HOOK], max_waiting=10)

        store = open_store()

        waiting = (OutboxEntry(recipient=BOT), OutboxEntry(recipient=HOOK))
        assert await store.latest() == [
            LeakReport(leak=second, outbox=waiting),
            LeakReport(leak=first, outbox=waiting),
        ]
        assert [report.leak for report in await store.latest(rooms=[ROOM])] == [first]
        assert [report.leak for report in await store.latest(limit=1)] == [second]
        assert [report.leak for report in await store.latest(before_key=second.key)] == [first]
        assert await store.latest(rooms=[ROOM], before_key=first.key) == []
        assert await store.latest(rooms=[]) == []
        assert await store.latest(before_key=make_leak(3).key) == []
        assert await store.find(first.key) == LeakReport(leak=first, outbox=waiting)
        assert await store.find(make_leak(3).key) is None
        assert await store.waiting(BOT, 10) == [first, second]
        assert await store.waiting(BOT, 1) == [first]
        assert await store.waiting("@other:example.org", 10) == []

    async def test_a_leak_is_recorded_once(self, open_store: OpenLeaks) -> None:
        store = open_store()
        leak = make_leak()
        assert await store.record(leak, [BOT], max_waiting=10)

        again = replace(leak, brought_by="example.net", noticed_ts=DECIDED_TS + 1)
        assert not await open_store().record(again, [BOT, HOOK], max_waiting=10)

        (report,) = await store.latest()
        assert report == LeakReport(leak=leak, outbox=(OutboxEntry(recipient=BOT),))

    async def test_what_is_settled_waits_no_more(self, open_store: OpenLeaks) -> None:
        store = open_store()
        leaks = [make_leak(number) for number in range(3)]
        for leak in leaks:
            await store.record(leak, [BOT, HOOK], max_waiting=10)

        await store.settle(
            [leaks[0].key, leaks[1].key],
            BOT,
            state=OutboxState.WAITING,
            outcome="away",
            tried_ts=DECIDED_TS + 1,
        )
        done = OutboxEntry(
            recipient=BOT,
            state=OutboxState.DONE,
            attempts=2,
            outcome="taken",
            tried_ts=DECIDED_TS + 2,
        )
        await store.settle(
            [leaks[0].key], BOT, state=done.state, outcome=done.outcome, tried_ts=DECIDED_TS + 2
        )

        reopened = open_store()
        assert await reopened.waiting(BOT, 10) == leaks[1:]
        assert await reopened.waiting(HOOK, 10) == leaks
        (*_, report) = await reopened.latest()
        assert report.outbox == (done, OutboxEntry(recipient=HOOK))

    async def test_so_many_wait_for_one_recipient_and_no_more(self, open_store: OpenLeaks) -> None:
        store = open_store()
        for number in range(3):
            await store.record(make_leak(number), [BOT], max_waiting=2)

        assert await store.waiting(BOT, 10) == [make_leak(0), make_leak(1)]
        assert await store.counts(0) == LeakCounts(leaks=3, waiting=2, given_up=1)
        assert (await store.latest())[0].outbox[0].outcome

    async def test_former_recipients_are_given_up(self, open_store: OpenLeaks) -> None:
        store = open_store()
        await store.record(make_leak(), [BOT, HOOK], max_waiting=10)

        await store.abandon_other_recipients([HOOK], "gone")

        assert await store.waiting(BOT, 10) == []
        assert await store.waiting(HOOK, 10) == [make_leak()]
        (report,) = await store.latest()
        assert (report.outbox[0].state, report.outbox[0].outcome) == (
            OutboxState.GIVEN_UP,
            "gone",
        )

    async def test_counts_from_a_moment_on(self, open_store: OpenLeaks) -> None:
        store = open_store()
        await store.record(make_leak(1), [BOT], max_waiting=10)
        await store.record(make_leak(2, noticed_ts=DECIDED_TS + 10), [BOT], max_waiting=10)

        assert await store.counts(DECIDED_TS + 10) == LeakCounts(leaks=1, waiting=1, given_up=0)


class TrustStoreContract:
    """Contract tests that every `TrustStore` must pass."""

    async def test_nothing_is_known_of_a_stranger(self, open_store: OpenTrust) -> None:
        store = open_store()

        assert await store.find("default", ALICE) is None
        assert await store.list_given() == []

    async def test_what_was_learned_adds_up_over_a_restart(self, open_store: OpenTrust) -> None:
        once = LearnedTrust.once(DECIDED_TS)
        next_day = LearnedTrust.once(DECIDED_TS + DAY_MS)

        await open_store().add_learned([Learned("default", ALICE, once.after(once))])
        await open_store().add_learned([Learned("default", ALICE, next_day)])

        assert await open_store().find("default", ALICE) == TrustRecord(
            first_seen_ts=DECIDED_TS,
            accepted_events=3,
            active_days=2,
            last_active_day=DECIDED_TS // DAY_MS + 1,
        )

    async def test_much_is_learned_at_once_about_users_of_all_names(
        self, open_store: OpenTrust
    ) -> None:
        names = [
            "@\ufdd0:example.org", '@"]\\u0041:example.org', "@\U0001f600\u00fc '%:example.org",
            *[f"@user{number}:example.org" for number in range(60)],
        ]  # fmt: skip
        users = [(community, name) for community in ("default", "oth'er") for name in names]
        once = LearnedTrust.once(DECIDED_TS)
        given = GivenTrust(level=Trust.TRUSTED, reason="known well")
        store = open_store()
        for user in users:
            await store.set_given(*user, given)

        for _ in range(2):
            await open_store().add_learned([Learned(*user, once) for user in users])
        await open_store().add_learned([Learned(*users[0], once)] * 3)

        store = open_store()
        for user in users:
            known = await store.find(*user)
            assert known is not None
            assert known.given is Trust.TRUSTED, user
            assert known.accepted_events == (5 if user == users[0] else 2), user

    async def test_communities_and_users_are_kept_apart(self, open_store: OpenTrust) -> None:
        store = open_store()

        await store.add_learned([Learned("default", ALICE, LearnedTrust.once(DECIDED_TS))])

        assert await store.find("other", ALICE) is None
        assert await store.find("default", BOB) is None

    async def test_a_level_comes_and_goes_by_itself(self, open_store: OpenTrust) -> None:
        store = open_store()
        await store.add_learned([Learned("default", ALICE, LearnedTrust.once(DECIDED_TS))])
        seen = await store.find("default", ALICE)
        assert seen is not None
        given = GivenTrust(level=Trust.TRUSTED, until_ts=DECIDED_TS + 9, reason="known well")

        trusted = await store.set_given("default", ALICE, given)

        assert trusted == seen.with_given(given)
        assert await open_store().find("default", ALICE) == trusted
        assert await open_store().list_given() == [Seen("default", ALICE, trusted)]
        assert await open_store().list_given("other") == []
        assert await store.set_given("default", ALICE, None) == seen
        assert await open_store().list_given() == []

    async def test_everyone_with_a_level_is_listed_in_order(self, open_store: OpenTrust) -> None:
        store = open_store()
        given = GivenTrust(level=Trust.BANNED)
        for community, user_id in (("b", BOB), ("b", ALICE), ("a", BOB)):
            await store.set_given(community, user_id, given)

        assert [each[:2] for each in await store.list_given()] == [
            ("a", BOB),
            ("b", ALICE),
            ("b", BOB),
        ]

    async def test_people_with_a_signed_event_are_counted_by_when_they_came(
        self, open_store: OpenTrust
    ) -> None:
        store, given = open_store(), GivenTrust(level=Trust.BANNED)
        windows = (("@a:b", 0), ("@c:b", 0), ("@d:b", 3), ("@e:b", -9))
        await store.add_learned(
            Learned("default", user_id, LearnedTrust.once(DECIDED_TS + number * DAY_MS))
            for user_id, number in windows
        )
        await store.add_learned([Learned("other", ALICE, LearnedTrust.once(DECIDED_TS))])
        await store.set_given("default", BOB, given)

        day = DECIDED_TS // DAY_MS
        counted = await open_store().people_by_time(
            "default", since_ts=DECIDED_TS - DAY_MS, window_ms=DAY_MS
        )
        assert counted == {day: 2, day + 3: 1}

    async def test_processes_that_learn_at_once_lose_nothing(self, open_store: OpenTrust) -> None:
        stores = [open_store(), open_store()]
        once = LearnedTrust.once(DECIDED_TS)

        await asyncio.gather(
            *(
                stores[number % 2].add_learned([Learned("default", ALICE, once)])
                for number in range(20)
            )
        )

        for store in stores:
            known = await store.find("default", ALICE)
            assert known is not None
            assert (known.accepted_events, known.active_days) == (20, 1)

    async def test_counting_does_not_undo_what_a_moderator_says(
        self, open_store: OpenTrust
    ) -> None:
        ours, theirs = open_store(), open_store()
        once = LearnedTrust.once(DECIDED_TS)
        await ours.add_learned([Learned("default", ALICE, once)])
        assert await theirs.find("default", ALICE) is not None

        await ours.set_given("default", ALICE, GivenTrust(level=Trust.BANNED))
        await theirs.add_learned([Learned("default", ALICE, once)])

        for store in (ours, theirs):
            known = await store.find("default", ALICE)
            assert known is not None
            assert (known.given, known.accepted_events) == (Trust.BANNED, 2)


class PolicyStoreContract:
    """Contract tests that every `PolicyStore` must pass."""

    async def test_at_first_nothing_is_in_force(self, open_store: OpenPolicies) -> None:
        store = open_store()

        assert await store.in_force() == []
        assert await store.changes("default") == []
        assert await store.document("default", "r1") is None
        assert not await store.has_history()

    async def test_what_is_in_force_outlives_a_restart(self, open_store: OpenPolicies) -> None:
        rest, own = _in_force("default", "r1"), _in_force("own", "r2", file_revision=None)

        await open_store().put_in_force([own, rest], [_change(rest), _change(own)])

        reopened = open_store()
        assert await reopened.in_force() == [rest, own]
        assert await reopened.changes("default") == [_change(rest)]
        assert await reopened.document("own", "r2") == own.document
        assert await reopened.has_history()

    async def test_the_later_policy_stands_and_the_earlier_one_can_be_had(
        self, open_store: OpenPolicies
    ) -> None:
        ours, theirs = open_store(), open_store()
        first, second = _in_force("default", "r1"), _in_force("default", "r2")

        await ours.put_in_force([first], [_change(first)])
        await theirs.put_in_force([second], [_change(second)])

        for store in (ours, theirs):
            assert await store.in_force() == [second]
            assert await store.changes("default") == [_change(second), _change(first)]
            assert await store.changes("default", limit=1) == [_change(second)]
            assert await store.document("default", "r1") == first.document

    async def test_processes_that_change_at_once_are_both_in_the_history(
        self, open_store: OpenPolicies
    ) -> None:
        stores = [open_store(), open_store()]
        policies = [_in_force("default", f"r{number}") for number in range(10)]

        await asyncio.gather(
            *(
                stores[number % 2].put_in_force([each], [_change(each)])
                for number, each in enumerate(policies)
            )
        )

        changes = await stores[0].changes("default")
        assert {each.revision for each in changes} == {each.revision for each in policies}
        (standing,) = await stores[1].in_force()
        assert standing.revision == changes[0].revision

    async def test_processes_that_find_one_policy_at_once_say_so_once(
        self, open_store: OpenPolicies
    ) -> None:
        found, given = _in_force("default", "r1"), _in_force("default", "r2")
        stores = [open_store(), open_store()]
        change = replace(_change(found), actor="")

        await asyncio.gather(*(store.put_in_force([found], [change]) for store in stores))
        for store in stores:
            await store.put_in_force([given], [_change(given)])

        assert await stores[0].changes("default") == [_change(given), _change(given), change]

    async def test_a_community_that_is_gone_keeps_its_history(
        self, open_store: OpenPolicies
    ) -> None:
        store = open_store()
        rest, own = _in_force("default", "r1"), _in_force("own", "r2")
        await store.put_in_force([rest, own], [_change(rest), _change(own)])

        await store.put_in_force([], [], gone=["own"])

        assert await open_store().in_force() == [rest]
        assert await open_store().changes("own") == [_change(own)]
        assert await open_store().document("own", "r2") == own.document

    async def test_of_one_revision_the_last_document_is_kept(
        self, open_store: OpenPolicies
    ) -> None:
        store = open_store()
        first = _in_force("default", "r1")
        await store.put_in_force([first], [_change(first)])
        commented = replace(first, document=b"# why\n" + first.document)

        await store.put_in_force([commented], [])

        assert await store.in_force() == [commented]
        assert await store.changes("default") == [_change(first)]

    async def test_earlier_policies_are_history_and_not_in_force(
        self, open_store: OpenPolicies
    ) -> None:
        store = open_store()
        first, lost = _in_force("default", "r1"), _in_force("default", "r2")

        await store.add_earlier(
            [
                EarlierPolicy(change=_change(first), document=first.document),
                EarlierPolicy(change=_change(lost), document=None),
            ]
        )

        assert await store.in_force() == []
        assert await open_store().changes("default") == [_change(lost), _change(first)]
        assert await open_store().document("default", "r1") == first.document
        assert await open_store().document("default", "r2") is None


def _in_force(
    community: str, revision: str, *, file_revision: str | None = "of the file"
) -> PolicyInForce:
    return PolicyInForce(
        community=community,
        revision=revision,
        document=f"filters: []  # {revision}".encode(),
        file_revision=file_revision,
        actor="alice",
        ts=DECIDED_TS,
        note="spam since Monday",
    )


def _change(policy: PolicyInForce) -> PolicyChange:
    return PolicyChange(
        ts=policy.ts,
        community=policy.community,
        revision=policy.revision,
        what="activated",
        actor=policy.actor,
        note=policy.note,
    )


class FoundRoomsStoreContract:
    """Contract tests that every `FoundRoomsStore` must pass."""

    async def test_at_first_no_room_was_found(self, open_store: OpenFoundRooms) -> None:
        assert await open_store().load() == {}

    async def test_what_was_found_outlives_a_restart(self, open_store: OpenFoundRooms) -> None:
        found = {
            "#club:example.org": FoundRooms(frozenset({ROOM}), ("example.org", "b.example")),
            "!space:example.org": FoundRooms(frozenset({ROOM, "!other:example.org"})),
            "#empty:example.org": FoundRooms(frozenset()),
        }

        await open_store().save(found)

        assert await open_store().load() == found

    async def test_what_is_saved_later_takes_the_place_of_all(
        self, open_store: OpenFoundRooms
    ) -> None:
        ours, theirs = open_store(), open_store()
        await ours.save({"#old:example.org": FoundRooms(frozenset({ROOM}))})
        now = {"#new:example.org": FoundRooms(frozenset({ROOM}), ("example.org",))}

        await theirs.save(now)

        assert await ours.load() == now
        await ours.save({})
        assert await theirs.load() == {}
