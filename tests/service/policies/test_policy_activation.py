"""Tests of putting policies in force, with real files and a real database."""

import json

import pytest

from countersign.adapters.sql.stores.policies import SqlPolicyStore
from countersign.bootstrap.policy_files import FOLDER, build_policy_activation
from countersign.config import read_config
from countersign.ports.errors import StoreUnavailable
from countersign.service.policies.policy_records import ChangeNote, PolicyUnknown
from countersign.testing.clocks import ManualClock

FIRST, SECOND, THIRD = (f"filters: [{{event-size: {{max_bytes: {n}000}}}}]" for n in (1, 2, 3))
BROKEN = "filters: [keywrd]"


class StoreOnFullDisk(SqlPolicyStore):
    """A store on a full disk."""

    async def put_in_force(self, policies, changes, *, gone=()):
        raise StoreUnavailable("the disk is full")


@pytest.fixture
def store(database):
    return SqlPolicyStore(database)


@pytest.fixture
def full(database):
    return StoreOnFullDisk(database)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "policy.yaml").write_text(FIRST)
    return tmp_path


def activation(folder, store, source="files"):
    settings = folder / "countersign.yaml"
    settings.write_text(f"server_name: policy.example.com\npolicies: {{source: {source}}}\n")
    return build_policy_activation(read_config(settings), store, ManualClock())


def write(folder, text):
    (folder / "policy.yaml").write_text(text)


async def history(store):
    return [(each.what, each.actor, each.note) for each in await store.changes("default")]


def keep_as_earlier_versions_did(folder, revisions):
    """Write the folder that versions before the database held the history left behind."""
    kept = folder / FOLDER
    (kept / "documents" / "default").mkdir(parents=True)
    lines = []
    for number, (revision, text) in enumerate(revisions.items()):
        (kept / "documents" / "default" / f"{revision}.yaml").write_text(text)
        entry = {"ts": number, "community": "default", "revision": revision}
        lines.append(json.dumps(entry | {"what": "activated", "who": "alice", "note": "because"}))
    (kept / "history.jsonl").write_text("\n".join([lines[0], "half a li", *lines[1:]]))
    (kept / "in-force.json").write_text(json.dumps({"default": list(revisions)[-1]}))


def revision_of(folder, text):
    return activation(folder, None).parse(text.encode()).revision


async def test_the_history_of_earlier_versions_is_taken_over_once(folder, store):
    revisions = {revision_of(folder, text): text for text in (FIRST, SECOND)}
    keep_as_earlier_versions_did(folder, revisions)
    write(folder, SECOND)

    await activation(folder, store).start()
    await activation(folder, store).start()

    assert await history(store) == [("activated", "alice", "because")] * 2
    for revision, text in revisions.items():
        assert await store.document("default", revision) == text.encode()
    assert (folder / FOLDER / "history.jsonl").exists()
    rolled_back = await activation(folder, store).roll_back("default", actor="bob")
    assert rolled_back.revision == next(iter(revisions))


async def test_the_last_good_policy_of_an_earlier_version_protects_after_an_upgrade(folder, store):
    revision = revision_of(folder, SECOND)
    keep_as_earlier_versions_did(folder, {revision: SECOND})
    write(folder, BROKEN)

    policies = await activation(folder, store).start()

    assert policies.current.revision == revision
    assert "keywrd" in policies.trouble


@pytest.mark.parametrize("name", ["../../etc", "..", "", "a/b"])
async def test_a_history_that_was_tampered_with_reads_no_other_file(folder, store, name):
    (folder / FOLDER / "documents").mkdir(parents=True)
    (folder / FOLDER / "abc.yaml").write_text("secret")
    entry = {"ts": 1, "community": name, "revision": "abc", "what": "loaded"}
    (folder / FOLDER / "history.jsonl").write_text(json.dumps(entry))

    await activation(folder, store).start()

    assert await store.document(name, "abc") is None


async def test_a_broken_file_at_the_start_leaves_the_last_good_policy_in_force(folder, store):
    good = (await activation(folder, store).start()).current.revision
    write(folder, BROKEN)

    policies = await activation(folder, store).start()

    assert policies.current.revision == good
    assert "keywrd" in policies.trouble
    assert [row.revision for row in await store.in_force()] == [good]


async def test_a_reload_that_fails_leaves_everything_as_it_was_and_a_later_one_mends_it(
    folder, store
):
    activating = activation(folder, store)
    policies = await activating.start()
    good = policies.current.revision
    write(folder, BROKEN)
    with pytest.raises(Exception, match="keywrd"):
        await activating.reload()
    assert (policies.current.revision, len(await store.changes("default"))) == (good, 1)
    assert policies.trouble

    write(folder, SECOND)
    await activating.reload()

    assert policies.trouble is None
    assert [row.document for row in await store.in_force()] == [SECOND.encode()]


async def test_files_are_in_force_although_the_disk_is_full(folder, full):
    activating = activation(folder, full)
    policies = await activating.start()
    write(folder, SECOND)

    await activating.reload()

    assert policies.current.revision == revision_of(folder, SECOND)


async def test_with_the_database_as_source_an_unstored_policy_is_not_in_force(folder, store, full):
    await activation(folder, store).start()
    activating = activation(folder, full, "database")
    policies = await activating.start()
    before = policies.current.revision

    with pytest.raises(StoreUnavailable):
        await activating.activate("default", SECOND.encode(), actor="alice")

    assert policies.current.revision == before


async def test_a_file_that_cannot_be_stored_is_put_back(folder, full):
    activating = activation(folder, full)
    await activating.start()

    with pytest.raises(StoreUnavailable):
        await activating.activate("default", SECOND.encode(), actor="alice")

    assert (folder / "policy.yaml").read_text() == FIRST


async def test_an_edit_that_nobody_loaded_is_found_again(folder, store):
    activating = activation(folder, store)
    await activating.start()
    write(folder, SECOND)  # and not reloaded
    said = ChangeNote(
        community="default",
        what="activated",
        actor="al",
        note="why",
        document_before=SECOND.encode(),
    )
    write(folder, THIRD)

    await activating.reload(said)

    assert await history(store) == [
        ("activated", "al", "why"),
        ("found", "", ""),
        ("loaded", "", ""),
    ]
    await activating.roll_back("default", actor="al")
    assert (folder / "policy.yaml").read_text() == SECOND
    await activating.roll_back("default", actor="al")
    assert (folder / "policy.yaml").read_text() == FIRST
    with pytest.raises(PolicyUnknown, match="no earlier policy"):
        await activating.roll_back("default", actor="al")


async def test_a_community_whose_file_is_gone_is_gone_and_its_history_stays(folder, store):
    (folder / "communities").mkdir()
    club = folder / "communities" / "club.yaml"
    club.write_text(f'rooms: ["!club:example.org"]\n{FIRST}')
    activating = activation(folder, store)
    policies = await activating.start()
    assert policies.for_room("!club:example.org").name == "club"
    club.unlink()

    await activating.reload()

    assert policies.for_room("!club:example.org").name == "default"
    assert [row.community for row in await store.in_force()] == ["default"]
    assert len(await store.changes("club")) == 1


async def test_with_the_database_as_source_a_community_needs_no_file(folder, store):
    activating = activation(folder, store, "database")
    await activating.start()
    club = f'rooms: ["!club:example.org"]\n{FIRST}'.encode()

    await activating.activate("club", club, actor="alice")
    await activating.reload()

    policies = await activation(folder, store, "database").start()
    assert policies.for_room("!club:example.org").name == "club"
    assert not (folder / "communities").exists()


async def test_two_communities_cannot_be_given_one_room(folder, store):
    activating = activation(folder, store, "database")
    policies = await activating.start()
    club = f'rooms: ["!club:example.org"]\n{FIRST}'.encode()
    await activating.activate("club", club, actor="alice")

    with pytest.raises(Exception, match="each room once"):
        await activating.activate("rival", club, actor="mallory")

    assert policies.for_room("!club:example.org").name == "club"
    assert policies.find("rival") is None
