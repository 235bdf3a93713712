"""A server's life: its start, signals, its end, and every reason not to start."""

import json
import resource
import signal
import socket
import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import COMMAND, NAME, make_home, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.memory import gives_huge_pages, huge_page_bytes


def test_the_start_prints_names_addresses_and_next_steps(home, start):
    server = start(home)

    said = "".join(server.out)
    pasted = json.loads(said[said.index("{") :])
    assert said.startswith(f"Countersign is ready as {NAME}\n")
    assert f"http://127.0.0.1:{server.port}\n" in said
    assert f"@policy:{NAME}" in said
    assert pasted["via"] == NAME
    assert f"public policy key {pasted['public_keys']['ed25519']}\n" in said


def test_its_memory_is_on_huge_pages_where_the_system_makes_them(home, start):
    # Forks leave it out: this has to be a process of its own.
    server = start(home, PYTHONUNBUFFERED="1")

    assert not gives_huge_pages() or huge_page_bytes(server.pid) > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_on_a_signal_and_starts_again(home, start, number):
    first = start(home)

    assert first.terminate(number) == 0
    assert home.run("rooms", "list").status == 1

    start(home)
    assert home.run("rooms", "list").status == 0


def test_told_to_end_it_stores_whom_it_met_a_moment_ago(home, start):
    put_in_room(home)
    server = start(home)
    for depth in (11, 12, 13):
        assert server.ask("lunch?", depth=depth)[0] == 200

    assert server.terminate() == 0

    with closing(sqlite3.connect(home.folder / "countersign.db")) as database:
        known = database.execute("SELECT user_id, accepted_events FROM acquaintances").fetchall()
    assert known == [("@alice:example.org", 3)]


def test_a_crashed_one_stands_in_nobodys_way(home, start):
    start(home).kill()

    stale = home.run("rooms", "list")
    assert stale.status == 1
    assert "is not running" in stale.err
    start(home)
    assert home.run("rooms", "list").status == 0


class TestReload:
    @pytest.fixture
    def server(self, home, start):
        home.refuse_words("cheap watches")
        put_in_room(home)
        return start(home)

    def test_a_good_policy_changes_what_is_refused(self, home, server):
        assert server.ask("cheap watches here")[0] == 400
        assert server.ask("free lunch here")[0] == 200

        home.refuse_words("free lunch")
        server.hang_up()
        server.wait_for_log("policy in force")

        assert server.ask("cheap watches there")[0] == 200
        status, answer = server.ask("free lunch there")
        assert status == 400
        assert answer["errcode"] == "M_FORBIDDEN"
        assert answer["error"].startswith("No adverts, please.")

    def test_a_bad_one_is_told_with_its_lines_and_the_last_good_one_stays(self, home, server):
        home.policy.write_text("filters:\n  - keywords: {words: [a]}\n  - event-size: {max: 1}\n")
        server.hang_up()
        logged = server.wait_for_log("the last good policy stays")

        assert [mistake.partition(":")[0] for mistake in logged["mistakes"]] == ["line 2", "line 3"]
        assert server.ask("cheap watches here")[0] == 400

        home.policy.unlink()
        server.hang_up()
        server.wait_for_log("cannot be read")
        assert server.ask("cheap watches, still")[0] == 400

    def test_decisions_can_be_listed_shown_and_explained_meanwhile(self, home, server):
        _, refusal = server.ask("cheap watches here")
        server.ask("hello")

        listed = json.loads(home.run("decisions", "list", "--json").out)
        assert [one["verdict"] for one in listed] == ["sign", "refuse"]
        reference = listed[1]["reference"]
        assert reference in json.dumps(refusal)

        why = home.run("decisions", "why", reference)
        assert why.status == 0
        assert "keyword refuses it\n  because: contains" in why.out
        assert "The sender read: No adverts, please." in why.out

        shown = home.run("decisions", "show", listed[1]["event_id"].lower()).out
        assert shown == ""  # event IDs are case-sensitive
        assert "refused" in home.run("decisions", "show", listed[1]["event_id"]).out
        table = home.run("decisions", "list", "--verdict", "refuse").out
        assert len(table.splitlines()) == 2
        assert reference in table


def test_a_second_server_with_the_same_settings_is_refused(home, start):
    first = start(home)

    second = home.run("serve")

    assert second.status == 1
    assert "A server runs with these settings already" in second.err
    assert home.run("rooms", "list").status == 0
    assert first.terminate() == 0


@pytest.mark.parametrize("link", [False, True])
def test_a_second_server_with_settings_of_its_own_does_not_share_a_database(
    home, pristine, tmp_path, start, link
):
    other = make_home(pristine, tmp_path / "other")
    named = home.folder / "countersign.db"
    if link:
        (other.folder / "linked.db").symlink_to(named)
        named = other.folder / "linked.db"
    other.set(database=f"sqlite:///{named}")
    first = start(home)

    second = other.run("serve")
    checks = json.loads(other.run("doctor", "--json").out)["checks"]
    restored = other.run("database", "restore", tmp_path / "backup.db")
    put_in_force = other.run("policy", "reload")

    told = f"Another server works with the database {named}"
    assert second.status == 1
    assert told in second.err
    assert [each for each in checks if each["name"] == "database" and told in each["message"]]
    assert told in restored.err
    assert put_in_force.status == 1
    assert first.terminate() == 0
    assert start(other).terminate() == 0


def test_a_server_that_crashed_leaves_its_database_to_the_next(home, pristine, tmp_path, start):
    other = make_home(pristine, tmp_path / "other")
    other.set(database=f"sqlite:///{home.folder / 'countersign.db'}")
    start(home).kill()

    assert start(other).terminate() == 0


def test_a_port_in_use_is_told(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        home.set(listen=[{"port": port}])

        done = home.run("serve")

    assert done.status == 1
    assert done.err == (
        f"Error: Cannot listen at 127.0.0.1 port {port}: Address already in use. "
        "Does another server run there? Choose another port, or stop that one.\n"
    )


def lose_the_policy_key(home):
    (home.folder / "keys/policy.signing.key").unlink()


def show_the_policy_key(home):
    (home.folder / "keys/policy.signing.key").chmod(0o644)


def confuse_the_keys(home):
    home.set(keys={"policy": "keys/server.signing.key"})


def bring_a_database_from_the_future(home):
    with sqlite3.connect(home.folder / "countersign.db") as database:
        database.execute("PRAGMA user_version = 999")
        database.execute("UPDATE schema_compatibility SET min_compatible = 999")


def write_rubbish_into_the_database(home):
    (home.folder / "countersign.db").write_text("rubbish, rubbish, rubbish")


def lose_the_policy(home):
    home.policy.unlink()


def mistype_the_policy(home):
    home.policy.write_text("filters:\n  - keywrd: {words: [a]}\n  - event-size: {max_bytes: a}\n")


def lose_the_certificate(home):
    home.set(listen=[{"port": 0, "tls": {"certificate": "no.pem", "private_key": "no.key"}}])


def lose_the_authorities(home):
    home.set(federation={"ca_certificates": "no.pem"})


def empty_the_token(home):
    (home.folder / "admin.token").touch(mode=0o600)


def show_the_token(home):
    (home.folder / "admin.token").write_text("token")
    (home.folder / "admin.token").chmod(0o644)


def lose_the_folder_of_the_database(home):
    home.set(database="sqlite:///no/countersign.db")


def break_the_settings(home):
    home.config.write_text("server_name: [")


def misspell_a_setting(home):
    home.set(polcy="policy.yaml")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lose_the_policy_key, "If it was lost, restore it from a backup"),
        (show_the_policy_key, "Run: chmod 600"),
        (confuse_the_keys, "Is it the server key's file?"),
        (bring_a_database_from_the_future, "written by a newer Countersign"),
        (write_rubbish_into_the_database, "file is not a database"),
        (lose_the_policy, "policy.yaml cannot be read: No such file or directory."),
        (mistype_the_policy, "policy.yaml: line 2: filters[0].keywrd: found an unknown filter"),
        (lose_the_certificate, "no.pem"),
        (lose_the_authorities, "no.pem can't be read"),
        (empty_the_token, "Delete it: a new one is made."),
        (show_the_token, "Run: chmod 600"),
        (lose_the_folder_of_the_database, "There is no directory"),
        (break_the_settings, "countersign.yaml: line "),
        (misspell_a_setting, "Did you mean policy?"),
    ],
)
def test_each_reason_against_a_start_is_one_sentence(home, spoil, words):
    spoil(home)

    done = home.run("serve")

    assert done.status == 1
    assert done.err.startswith("Error: ")
    assert words in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


FULL_BYTES = 32_768
"""Room for what SQLite shares among processes, and soon for nothing more in its log."""


def test_starts_on_a_full_disk_and_answers_what_is_known(home, start):
    put_in_room(home)
    server = start(home)
    messages = [
        PEER.event(content={"msgtype": "m.text", "body": f"{n}"}, room_id=ROOM_ID, depth=n)
        for n in range(1, 40)
    ]
    answer = server.ask_event(messages[0])
    server.kill()

    full = RunningServer(home, start_server(home, ["prlimit", f"--fsize={FULL_BYTES}:", *COMMAND]))
    try:
        full.wait_until_ready()
        new = next(event for event in messages if full.ask_event(event)[0] != 200)
        assert full.ask_event(messages[0]) == answer
        assert full.ask_event(new)[0] == 503
        resource.prlimit(full.pid, resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE))
        assert full.ask_event(new)[0] == 200
    finally:
        full.kill()
