"""Tests of `countersign policy activate`, `rollback` and `list`, with and without a server."""

import json

import pytest

from tests.cli.conftest import run_command
from tests.cli.running_server import put_in_room

NEW = """\
filters:
  - keyword: {words: ["lottery"]}
tests:
  - {message: "the lottery", expect: refuse}
"""


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(NEW)
    return file


def revisions(home, *others):
    said = json.loads(home.run("policy", "list", "--json", *others).out)
    return [(entry["what"], entry["revision"], entry["is_current"]) for entry in said]


def test_a_running_server_takes_it_and_an_earlier_one_again(home, start, document):
    home.refuse_words("cheap watches")
    put_in_room(home)
    server = start(home)
    assert server.ask("the lottery", depth=11)[0] == 200

    done = home.run("policy", "activate", document, "--note", "lotteries")

    assert (done.status, done.err) == (0, "")
    assert home.policy.read_text() == NEW
    assert server.ask("the lottery again", depth=12)[0] == 400
    assert server.ask("cheap watches", depth=13)[0] == 200

    assert home.run("policy", "rollback").status == 0
    assert server.ask("more cheap watches", depth=14)[0] == 400
    assert [(what, is_current) for what, _, is_current in revisions(home)] == [
        ("rolled back", True),
        ("activated", False),
        ("loaded", True),
    ]
    assert home.run("policy", "status").status == 0


def test_without_a_server_the_next_start_takes_it(home, start, document):
    done = home.run("policy", "activate", document)

    assert done.status == 0
    assert "takes it when it starts" in done.out
    put_in_room(home)
    assert start(home).ask("the lottery")[0] == 400


def test_a_policy_that_no_server_loaded_is_in_the_history(home, document):
    before = home.policy.read_text()
    assert "holds no earlier policy" in home.run("policy", "rollback").err
    home.run("policy", "activate", document)

    done = home.run("policy", "rollback")

    assert (done.status, done.err) == (0, "")
    assert home.policy.read_text() == before


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("filters: [keywrd]", "found an unknown filter"),
        (NEW.replace("expect: refuse", "expect: sign"), "1 of its 1 tests failed"),
        ('rooms: ["!a:b.c"]\nfilters: []', "no rooms: this policy is for all others"),
    ],
)
def test_an_invalid_policy_changes_nothing(home, document, source, words):
    before = home.policy.read_text()
    document.write_text(source)

    done = home.run("policy", "activate", document)

    assert done.status == 1
    assert words in done.err
    assert home.policy.read_text() == before
    assert revisions(home) == []


@pytest.mark.parametrize(
    "condition",
    [
        'event.text.replace("", event.text).replace("a", event.raw_text).size() > 3',
        "event.text.matches(event.text)",
        '["aaaaaaaa"]' + ".map(a, a + a)" * 24 + '[0] == ""',
    ],
)
def test_a_policy_that_could_hold_up_the_server_is_not_put_in_force(
    home, start, document, condition
):
    home.refuse_words("cheap watches")
    put_in_room(home)
    server = start(home)
    rule = {"name": "slow", "when": condition, "refuse": True}
    document.write_text(json.dumps({"rules": [rule]}))

    done = home.run("policy", "activate", document)
    home.policy.write_text(document.read_text())
    server.hang_up()
    told = server.wait_for_log("not in force")

    assert done.status == 1
    assert "rules[0].when: found a condition that is wrong at character" in done.err
    assert "rules[0].when: found a condition that is wrong at character" in told["mistakes"][0]
    assert server.ask("a" * 8_192)[0] == 200
    assert server.ask("cheap watches")[0] == 400


def test_a_file_that_the_server_refuses_is_put_back(home, start, document):
    home.refuse_words("cheap watches")
    before = home.policy.read_text()
    put_in_room(home)
    server = start(home)
    # The server goes on reading the folder that it was started with.
    (home.folder / "communities").mkdir(exist_ok=True)
    (home.folder / "communities" / "club.yaml").write_text("filters: [keywrd]")
    home.set(communities="elsewhere")

    done = home.run("policy", "activate", document)

    assert done.status == 1
    assert "The server refuses it; the old policy stays in force." in done.err
    assert "keywrd" in done.err
    assert home.policy.read_text() == before
    assert [what for what, _, _ in revisions(home)] == ["loaded"]  # nothing else was in force
    assert server.ask("cheap watches")[0] == 400


def test_a_community_has_a_history_of_its_own(home, document):
    document.write_text('rooms: ["!club:example.org"]\nfilters: []')

    assert home.run("policy", "activate", document, "--community", "club").status == 0

    assert (home.folder / "communities" / "club.yaml").read_text() == document.read_text()
    assert [what for what, _, _ in revisions(home, "--community", "club")] == ["activated"]
    assert revisions(home) == []


def test_a_server_with_a_broken_file_starts_with_the_last_good_one_and_says_so(home, start):
    home.refuse_words("cheap watches")
    put_in_room(home)
    first = start(home)
    assert first.terminate() == 0
    home.policy.write_text("filters: [keywrd]")

    server = start(home)

    assert server.ask("cheap watches")[0] == 400
    assert "keywrd" in server.wait_for_log("the last good policies are in force")["reason"]
    status = home.run("policy", "status")
    assert status.status == 1
    assert "keywrd" in status.err
    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    (in_force,) = [each for each in checks if each["name"] == "in force"]
    assert in_force["outcome"] == "warn"
    assert "keywrd" in in_force["message"]
    assert f"countersign policy check {home.policy}" in in_force["message"]
    assert "countersign policy reload" in in_force["remedy"]


def test_a_first_start_with_a_broken_file_fails(home):
    home.policy.write_text("filters: [keywrd]")

    done = home.run("serve")

    assert done.status == 1
    assert "keywrd" in done.err


def test_an_unknown_revision_is_reported(home):
    done = home.run("policy", "rollback", "--to", "0123456789ab")

    assert done.status == 1
    assert "countersign policy list" in done.err


EMOJI = json.dumps({"filters": [{"keyword": {"words": ["🍑 pics"]}}]}, indent=1)


@pytest.mark.parametrize("name", ["policy.json", "policy.yaml"])
def test_a_document_in_json_is_put_in_force_and_loaded_again(home, start, tmp_path, name):
    assert r"\ud83c\udf51" in EMOJI
    home.set(policy=name)
    (home.folder / name).write_text('{"filters": []}')
    document = tmp_path / "new.json"
    document.write_text(EMOJI)
    put_in_room(home)
    server = start(home)

    assert run_command("policy", "check", document).status == 0
    assert home.run("policy", "activate", document).status == 0
    server.hang_up()

    assert server.ask("look: 🍑 pics")[0] == 400
    assert home.run("policy", "rollback").status == 0
    assert server.ask("look: 🍑 pics again", depth=11)[0] == 200


def test_a_community_may_have_its_policy_in_json(home):
    folder = home.folder / "communities"
    folder.mkdir(exist_ok=True)
    document = {"rooms": ["!a:example.org"], **json.loads(EMOJI)}
    (folder / "club.json").write_text(json.dumps(document))
    file = home.folder / "new.json"
    file.write_text(json.dumps({**document, "rules": []}))

    assert home.run("policy", "activate", file, "--community", "club").status == 0
    assert json.loads((folder / "club.json").read_text())["rules"] == []
    assert not (folder / "club.yaml").exists()

    (folder / "club.yaml").write_text("rooms: ['!b:example.org']\nfilters: []")
    twice = home.run("policy", "activate", file, "--community", "club")
    assert (twice.status, "one document for each community" in twice.err) == (1, True)


def test_a_file_that_is_named_json_gets_nothing_else(home, document):
    home.set(policy="policy.json")
    (home.folder / "policy.json").write_text('{"filters": []}')

    refused = home.run("policy", "activate", document)

    assert refused.status == 1
    assert "mistake in its JSON" in refused.err
    assert (home.folder / "policy.json").read_text() == '{"filters": []}'


def test_each_rollback_goes_one_further_back(home, document):
    words = ["one", "two", "three", "four"]
    for word in words:
        document.write_text(f"filters: [keyword: {{words: [{word}]}}]")
        assert home.run("policy", "activate", document).status == 0

    found = []
    for _ in range(3):
        assert home.run("policy", "rollback").status == 0
        found.append(home.policy.read_text())
    assert [next(word for word in words if word in each) for each in found] == words[2::-1]

    newest = next(r for what, r, _ in revisions(home) if what == "activated")
    assert home.run("policy", "rollback", "--to", newest).status == 0
    assert "four" in home.policy.read_text()
    assert home.run("policy", "rollback").status == 0
    assert "three" not in home.policy.read_text()


def test_a_policy_of_the_history_is_shown_as_it_was_written(home, start, document):
    home.refuse_words("cheap watches")
    put_in_room(home)
    start(home)
    before = home.policy.read_text()
    home.run("policy", "activate", document)
    (first,) = [revision for what, revision, _ in revisions(home) if what == "loaded"]

    shown = home.run("policy", "show")
    earlier = json.loads(home.run("policy", "show", first[:6], "--json").out)
    unknown = home.run("policy", "show", "abcdef012345")

    assert (shown.status, shown.out) == (0, NEW)
    assert earlier == {"community": "default", "revision": first, "document": before}
    assert (unknown.status, "no revision abcdef012345" in unknown.err) == (1, True)


def test_without_a_history_the_file_is_shown(home):
    assert home.run("policy", "show").out == home.policy.read_text()
