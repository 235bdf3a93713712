"""Tests of other servers' keys: fetched on demand, cached; a missing key is no final refusal."""

import time

from tests.blackbox import oracle
from tests.blackbox.fake_homeserver import DAY_MS
from tests.blackbox.fake_room import now_ts
from tests.blackbox.wire import assert_error, assert_refused, assert_signed
from tests.waiting import PATIENCE_SECONDS


def test_a_server_that_was_never_seen_is_asked_for_its_keys_once(
    modern, make_homeserver, first, program, requester
):
    server = make_homeserver()
    for _ in range(5):
        event = modern.event(server)
        assert_signed(requester.ask(event, server), modern, event, program)
        assert_signed(requester.ask(event, first), modern, event, program)

    assert len(server.requests_to("/_matrix/key/")) == 1


def test_a_known_server_may_be_away(modern, make_homeserver, program, requester):
    server = make_homeserver()
    assert requester.ask(modern.event(server), server).status == 200
    server.stop()

    event = modern.event(server)
    assert_signed(requester.ask(event, server), modern, event, program)


def test_a_new_key_is_noticed(modern, make_homeserver, program, requester):
    server = make_homeserver()
    assert requester.ask(modern.event(server), server).status == 200

    server.old_keys = [(server.key, now_ts())]
    old_key, server.key = server.key, oracle.Key(server.server_name, "rotated")

    event = modern.event(server)
    assert_signed(requester.ask(event, server), modern, event, program)
    before = modern.event(server, origin_server_ts=now_ts() - DAY_MS)
    before["signatures"] = {}
    before = oracle.add_signature(modern.version, before, server.server_name, old_key)
    assert_signed(requester.ask(before, server), modern, before, program)


def test_made_up_key_ids_do_not_make_us_a_hammer(modern, make_homeserver, first, requester):
    server = make_homeserver()
    assert requester.ask(modern.event(server), server).status == 200
    for number in range(20):
        event = modern.event(server)
        signature = event["signatures"][server.server_name].popitem()[1]
        event["signatures"][server.server_name][f"ed25519:made_up_{number}"] = signature
        response = requester.ask(event, first)
        # Once it asks no more, none of these keys may be called unknown for good.
        if response.status == 503:
            assert_error(response, 503, "M_UNKNOWN")
        else:
            assert_refused(response)

    assert len(server.requests_to("/_matrix/key/")) <= 9


def test_unknown_rooms_make_us_ask_nobody(make_homeserver, rooms, requester):
    server = make_homeserver()
    event = rooms["11"].event(server, add={"room_id": "!unknown:example.org"})

    assert_error(requester.ask(event, server), 404, "M_NOT_FOUND")
    assert server.received == []


def test_one_address_may_have_many_servers(modern, make_homeserver, first, program, requester):
    """On a network that the operator has opened; elsewhere it would make us a hammer."""
    event = modern.event(first)
    for server in [make_homeserver("127.0.66.200") for _ in range(20)]:
        assert_signed(requester.ask(event, server), modern, event, program)


def test_missing_keys_are_no_final_refusal(modern, make_homeserver, first, program, requester):
    room = modern
    sender, origin = make_homeserver(), make_homeserver()
    sender.stop()
    origin.stop()
    from_absent = room.event(sender)
    asked_by_absent = room.event(first)
    asks = ((from_absent, first), (asked_by_absent, origin))
    for _ in range(3):
        for event, server in asks:
            response = requester.ask(event, server)
            assert_error(response, 503, "M_UNKNOWN")
            assert int(response.headers["Retry-After"]) > 0
    sender.start()
    origin.start()

    deadline = time.monotonic() + PATIENCE_SECONDS  # noqa: TID251
    for event, server in asks:
        while requester.ask(event, server).status == 503 and time.monotonic() < deadline:  # noqa: TID251
            time.sleep(0.5)
        assert_signed(requester.ask(event, server), room, event, program)


def test_a_silent_server_does_not_delay_others(modern, make_homeserver, first, program, requester):
    server = make_homeserver()
    server.is_hanging = True
    event = modern.event(server)

    # While the other is silent still: some homeservers wait 5 s.
    assert_error(requester.ask(event, first), 503, "M_UNKNOWN")

    others = modern.event(first)
    assert_signed(requester.ask(others, first), modern, others, program)


def test_since_version_5_a_key_signs_up_to_its_end(
    rooms, make_homeserver, first, program, requester
):
    server = make_homeserver()
    server.valid_for_ms = -1000
    for version, room in rooms.items():
        late = room.event(server)
        early = room.event(server, origin_server_ts=now_ts() - DAY_MS)
        assert_signed(requester.ask(early, first), room, early, program)
        for _ in range(2):
            response = requester.ask(late, first)
            if version in ("1", "2", "3", "4"):
                assert_signed(response, room, late, program)
            else:
                assert_refused(response)


def test_an_absent_authorising_server_does_not_hold_up_a_join(
    modern, make_homeserver, second, program, requester
):
    absent = make_homeserver()
    absent.stop()
    user = second.user("restricted")
    content = {"membership": "join", "join_authorised_via_users_server": absent.user()}
    event = modern.event(second, "m.room.member", content, sender=user, state_key=user)
    event = oracle.add_signature(modern.version, event, absent.server_name, absent.key)

    assert_signed(requester.ask(event, second), modern, event, program)
