"""Tests of key files: private to the owner, two different keys, never overwritten."""

import os
import stat

import pytest

from countersign.adapters.files.key_files import (
    KeyFileUnusable,
    create_policy_key,
    create_server_key,
    read_policy_key,
    read_signing_keys,
)
from countersign.protocol.keys.signing_keys import format_key_file, parse_key_file
from countersign.testing.clocks import RepeatableRandomness


@pytest.fixture
def randomness():
    return RepeatableRandomness()


@pytest.fixture
def files(tmp_path, randomness):
    """Both key files, as `countersign init` makes them."""
    server_file, policy_file = tmp_path / "server.key", tmp_path / "policy.key"
    create_server_key(server_file, randomness)
    create_policy_key(policy_file, randomness)
    return server_file, policy_file


def write_key(file, version, seed):
    file.write_text(format_key_file(version, seed))
    file.chmod(0o600)


def test_new_keys_can_be_read_and_differ(files):
    keys = read_signing_keys(*files)

    assert keys.server.version.startswith("a_")
    assert keys.policy.key_id == "ed25519:policy_server"
    assert keys.server.verify_key.raw != keys.policy.verify_key.raw


def test_new_files_are_the_owners_alone_whatever_the_umask(tmp_path, randomness):
    umask = os.umask(0)
    try:
        create_policy_key(tmp_path / "policy.key", randomness)
    finally:
        os.umask(umask)

    assert stat.S_IMODE((tmp_path / "policy.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["policy.key"]


def test_files_are_in_synapses_format(files):
    algorithm, version, seed = files[1].read_text().split(" ")

    assert (algorithm, version) == ("ed25519", "policy_server")
    assert len(seed) == 43 + len("\n")


def test_two_servers_get_keys_of_different_ids(tmp_path, randomness):
    for name in ("one", "two"):
        create_server_key(tmp_path / name, randomness)

    (one, _), (two, _) = (parse_key_file((tmp_path / name).read_text()) for name in ("one", "two"))
    assert one != two


def test_a_key_is_never_overwritten(files, randomness):
    before = files[0].read_text()

    with pytest.raises(KeyFileUnusable, match="never overwritten"):
        create_server_key(files[0], randomness)

    assert files[0].read_text() == before
    assert len(list(files[0].parent.iterdir())) == 2


def test_a_missing_directory_is_said(tmp_path, randomness):
    with pytest.raises(KeyFileUnusable, match="can't be written: No such file or directory"):
        create_server_key(tmp_path / "nowhere" / "server.key", randomness)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644, 0o777])
@pytest.mark.parametrize("which", [0, 1], ids=["server", "policy"])
def test_a_file_that_others_may_use_is_refused_with_the_command_to_run(files, which, mode):
    files[which].chmod(mode)

    with pytest.raises(KeyFileUnusable) as refusal:
        read_signing_keys(*files)

    assert f"mode {mode:04o}" in str(refusal.value)
    assert str(refusal.value).endswith(f"Run: chmod 600 {files[which]}")


def test_read_only_is_private_enough(files):
    for file in files:
        file.chmod(0o400)

    read_signing_keys(*files)


def test_a_link_is_judged_by_the_file_it_leads_to(files):
    link = files[0].with_name("link.key")
    link.symlink_to(files[0])
    read_signing_keys(link, files[1])

    files[0].chmod(0o644)
    with pytest.raises(KeyFileUnusable, match="chmod 600"):
        read_signing_keys(link, files[1])


def test_a_missing_file_is_named(files):
    files[1].unlink()

    with pytest.raises(KeyFileUnusable, match=r"There is no key file .*policy\.key"):
        read_signing_keys(*files)


def test_special_files_are_refused_at_once(files, tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)

    for odd in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(KeyFileUnusable, match="not a regular file"):
            read_signing_keys(odd, files[1])


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"secret", b"\xff\xfesecret", b"ed25519 a_1 secret", b"rsa a_1 " + b"A" * 43],
)
def test_an_invalid_key_is_refused_and_not_repeated(files, content):
    files[0].write_bytes(content)

    with pytest.raises(KeyFileUnusable) as refusal:
        read_signing_keys(*files)

    assert "server.key" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_the_same_secret_in_both_files_is_refused(files):
    _, seed = parse_key_file(files[1].read_text())
    write_key(files[0], "a_1", seed)

    with pytest.raises(KeyFileUnusable, match="hold the same key"):
        read_signing_keys(*files)


def test_the_same_file_for_both_keys_is_refused(files):
    for file in files:
        with pytest.raises(KeyFileUnusable):
            read_signing_keys(file, file)


def test_swapped_files_are_refused(files):
    with pytest.raises(KeyFileUnusable, match="Is it the server key's file"):
        read_signing_keys(files[1], files[0])


def test_a_server_key_that_calls_itself_the_policy_key_is_refused(files):
    write_key(files[0], "policy_server", b"x" * 32)

    with pytest.raises(KeyFileUnusable, match=r"server\.key can't be used"):
        read_signing_keys(*files)


def test_further_policy_keys_are_read_in_their_order(files, tmp_path, randomness):
    further = [tmp_path / f"policy-{number}.key" for number in range(3)]
    for file in further:
        create_policy_key(file, randomness)

    keys = read_signing_keys(
        *files, former_policy_files=further[:2], leaked_policy_files=further[2:]
    )

    assert [len(keys.former_policy), len(keys.leaked_policy)] == [2, 1]
    for file, key in zip(further, (*keys.former_policy, *keys.leaked_policy), strict=True):
        assert read_policy_key(file).verify_key == key.verify_key


@pytest.mark.parametrize("which", [0, 1], ids=["server", "policy"])
def test_no_further_key_is_one_of_the_two(files, tmp_path, which):
    _, seed = parse_key_file(files[which].read_text())
    write_key(tmp_path / "further.key", "policy_server", seed)

    with pytest.raises(KeyFileUnusable, match="hold the same"):
        read_signing_keys(*files, former_policy_files=[tmp_path / "further.key"])


def test_no_key_is_both_former_and_leaked(files, tmp_path, randomness):
    further = [tmp_path / "further.key"]
    create_policy_key(*further, randomness)

    with pytest.raises(KeyFileUnusable, match="Name each key once"):
        read_signing_keys(*files, former_policy_files=further, leaked_policy_files=further)


def test_a_server_key_is_no_further_policy_key(files):
    with pytest.raises(KeyFileUnusable, match="Is it the server key's file"):
        read_signing_keys(*files, former_policy_files=[files[0]])
