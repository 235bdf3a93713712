"""Tests of `countersign check`: a saved event judged without a server."""

import json

import pytest

from countersign.bootstrap.policies.documents import read_policies
from countersign.config import ConfigError, read_config
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.testing.peers import Peer
from tests.cli.running_server import PEER, ROOM_ID, put_in_room

SPAM = "Cheap watches!"


@pytest.fixture
def judge(home, tmp_path):
    """Return a judge of events, whatever room they are of."""
    home.refuse_words("cheap watches")

    def judge(event, *others):
        file = tmp_path / "event.json"
        file.write_text(event if isinstance(event, str) else json.dumps(event))
        return home.run("check", file, *others)

    return judge


def garden(home, *rooms):
    """Make a community of these rooms that wants no spam."""
    folder = home.folder / "communities"
    folder.mkdir(exist_ok=True)
    named = json.dumps(rooms)
    (folder / "garden.yaml").write_text(f"rooms: {named}\nfilters: [keyword: {{words: [watches]}}]")


def message(body, **others):
    return PEER.event(content={"msgtype": "m.text", "body": body}, **others)


def test_ham_ends_with_0(judge):
    done = judge(message("lunch?"), "--room-version", "11")

    assert done.status == 0
    assert done.out.startswith("signed $")
    assert "No filter had anything against it." in done.out


def test_spam_ends_with_3_and_is_explained(judge):
    done = judge(message(SPAM), "--room-version", "11")

    assert done.status == 3
    assert done.out.startswith("refused $")
    assert "keyword refuses it\n  because: contains" in done.out
    assert "The sender reads: No adverts, please." in done.out


def test_programs_get_json(judge):
    done = judge(message(SPAM), "--room-version", "11", "--json")

    said = json.loads(done.out)
    assert done.status == 3
    assert said["verdict"] == "refuse"
    assert said["content_hash_matches"] is True
    assert [finding["filter"] for finding in said["findings"]] == ["keyword"]


def test_steps_that_ask_elsewhere_have_no_say_and_that_is_said(home, tmp_path):
    home.policy.write_text(
        'filters: [http-check: {url: "https://checker.invalid/"},'
        ' policy-list: {lists: ["!list:example.org"]}]'
    )
    event = tmp_path / "event.json"
    event.write_text(json.dumps(message(SPAM)))

    done = home.run("check", event, "--room-version", "11")
    told = home.run("check", event, "--room-version", "11", "--json")

    assert done.status == 0
    assert "http-check did not judge" in done.err
    assert json.loads(told.out)["not_asked"] == ["http-check", "policy-list"]


def test_without_a_server_it_says_that_it_does_not_know_where_aliases_lead(home, tmp_path):
    garden(home, "#lounge:127.0.0.1:1")
    event = tmp_path / "event.json"
    event.write_text(json.dumps(message(SPAM)))

    unsure = home.run("check", event, "--room-version", "11")
    sure = home.run("check", event, "--room-version", "11", "--community", "garden")

    assert unsure.status == 0
    assert "whether the aliases and spaces of garden lead to it" in " ".join(unsure.err.split())
    assert (sure.status, sure.err) == (3, "")


def test_a_running_server_knows_whose_a_room_of_an_alias_is(home, start, tmp_path, monkeypatch):
    put_in_room(home)
    garden(home, ROOM_ID)
    start(home)
    # The file names an alias now; the server, which knows where it leads, took up the room before.
    garden(home, "#lounge:127.0.0.1:1")
    event = tmp_path / "event.json"
    event.write_text(json.dumps(message(SPAM, room_id=ROOM_ID)))

    done = home.run("check", event, "--json")

    assert (done.status, done.err) == (3, "")
    assert json.loads(done.out)["community"] == "garden"


def test_an_event_comes_by_pipe_too(home):
    home.refuse_words("cheap watches")

    done = home.run("check", "-", "--room-version", "11", stdin=json.dumps(message(SPAM)))

    assert done.status == 3


def test_the_source_shown_by_a_client_is_enough(judge):
    event = {
        "type": "m.room.message",
        "event_id": "$as-the-client-shows-it",
        "room_id": "!room:example.org",
        "sender": "@alice:example.org",
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": SPAM},
        "unsigned": {"age": 5},
    }

    done = judge(event, "--room-version", "11")

    assert done.status == 3
    assert done.out.startswith("refused $as-the-client-shows-it")
    assert "as a client sees it" in done.err


def test_an_altered_event_is_noted(judge):
    event = message("lunch?")
    event["content"]["body"] = "dinner?"

    done = judge(event, "--room-version", "11")

    assert done.status == 0
    assert "does not match its content hash" in done.err


class TestInARoomOfOurs:
    @pytest.fixture
    def judge(self, home, judge):
        put_in_room(home)
        return judge

    def test_its_version_is_known(self, judge):
        assert judge(message(SPAM, room_id=ROOM_ID)).status == 3

    def test_exits_are_signed_unjudged(self, judge):
        ban = PEER.event(
            "m.room.member",
            {"membership": "ban", "reason": SPAM},
            room_id=ROOM_ID,
            state_key="@spammer:elsewhere.example",
        )

        done = judge(ban, "--json")

        assert done.status == 0
        assert "always signed" in json.loads(done.out)["unjudged"]

    def test_the_same_by_someone_without_power_is_no_exit(self, judge):
        topic = Peer("elsewhere.example").event(
            "m.room.tombstone", {"body": SPAM}, room_id=ROOM_ID, state_key=""
        )

        assert judge(topic).status == 3


def test_the_choice_of_a_policy_server_is_signed_unjudged(judge):
    event = PEER.event("m.room.policy", {"via": SPAM}, state_key="")

    done = judge(event, "--room-version", "11")

    assert done.status == 0
    assert "always signed" in done.out


@pytest.mark.parametrize(
    ("event", "arguments", "words"),
    [
        pytest.param(message("a"), [], "Say it with --room-version", id="unknown room"),
        pytest.param(
            message("a"), ["--room-version", "99"], "versions 1 to 12", id="unknown version"
        ),
        pytest.param("{", ["--room-version", "11"], "is not an event", id="no JSON"),
        pytest.param("[]", ["--room-version", "11"], "is not an event", id="no object"),
        pytest.param({"type": "m"}, ["--room-version", "11"], "is not an event", id="no event"),
    ],
)
def test_a_file_that_is_no_event_is_reported_in_a_sentence(judge, event, arguments, words):
    done = judge(event, *arguments)

    assert done.status == 1
    assert done.err.startswith("Error: ")
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "shown", [{"depth": 7}, {"depth": 7, "prev_events": []}, {"hashes": {"sha256": "A" * 43}}]
)
def test_an_event_with_a_part_of_what_servers_see_is_judged(judge, shown):
    plain = {
        "room_id": ROOM_ID,
        "sender": "@someone:example.org",
        "origin_server_ts": 1_750_000_000_000,
        "event_id": "$event",
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": SPAM},
    }

    done = judge(plain | shown, "--room-version", "11")

    assert done.status == 3
    assert "as a client sees it" in done.err


def test_a_missing_file_is_told(home):
    done = home.run("check", home.folder / "nothing.json", "--room-version", "11")

    assert done.status == 1
    assert "nothing.json cannot be read: No such file or directory." in done.err


class TestOfACommunity:
    @pytest.fixture
    def judge(self, home, judge):
        (home.folder / "communities").mkdir()
        (home.folder / "communities" / "club.yaml").write_text(
            f'rooms: ["{ROOM_ID}"]\nfilters: [{{keyword: {{words: [clocks]}}, applies_to: new}}]\n'
        )
        return judge

    def test_its_own_policy_judges(self, judge):
        event = message("clocks", room_id=ROOM_ID)

        done = judge(event, "--room-version", "11", "--json")

        assert done.status == 3
        assert json.loads(done.out)["community"] == "club"

    def test_other_rooms_have_the_other_policy(self, judge):
        assert judge(message("clocks"), "--room-version", "11").status == 0

    def test_a_community_can_be_named(self, judge):
        assert judge(message("clocks"), "--room-version", "11", "--community", "club").status == 3

    def test_trust_counts(self, judge):
        event = message("clocks", room_id=ROOM_ID)

        assert judge(event, "--room-version", "11", "--trust", "member").status == 0


def checker_home(home, checkers, options):
    home.config.write_text(f"{home.config.read_text()}\ncheckers: {json.dumps(checkers)}\n")
    home.policy.write_text(json.dumps({"filters": [{"http-check": options}]}))
    return read_config(home.config)


def test_a_checker_whose_secret_is_missing_is_found_out_when_policies_are_read(home):
    club = {"url": "https://c.example/", "secret_file": "keys/checker"}
    config = checker_home(home, {"club": club}, {"checker": "club"})

    with pytest.raises(ConfigError, match=r"checkers\.club\.secret_file: .*checker cannot be read"):
        read_policies(config)
    (home.folder / "keys" / "checker").write_text("s3cret\n")
    assert read_policies(config)["default"].pipeline.steps[0].label == "http-check"


@pytest.mark.parametrize("file", ["keys/policy.signing.key", "./keys/../keys/server.signing.key"])
def test_no_key_of_ours_is_the_secret_of_a_checker(home, file):
    club = {"url": "https://c.example/", "secret_file": file}
    config = checker_home(home, {"club": club}, {"checker": "club"})

    with pytest.raises(ConfigError, match="a secret of this server, which nobody is sent"):
        read_policies(config)


def test_a_checker_that_the_settings_do_not_define_is_a_mistake(home):
    config = checker_home(home, {"club-bot": {"url": "https://c.example/"}}, {"checker": "club"})

    with pytest.raises(PolicyInvalid, match=r"line 1: .*checker: .*Did you mean club-bot\?"):
        read_policies(config)
