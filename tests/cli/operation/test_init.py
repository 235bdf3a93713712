"""Tests of `countersign init`: it writes all that a server needs and overwrites nothing."""

import json
import os
import shutil
import stat
import subprocess

import pytest

from countersign.bootstrap.files import read_keys
from countersign.bootstrap.policies.documents import read_policies
from countersign.config import DEFAULT_COMMUNITY, read_config
from countersign.policy.policies.dependencies import raid_steps, trust_steps
from tests.cli.conftest import COMMAND, NAME
from tests.cli.operation.test_owners import as_service_user, let_others_reach
from tests.cli.terminal import run_in_terminal
from tests.conftest import UNREADABLE_PYTHON


def init(countersign, folder, *others, name=NAME, **options):
    return countersign("init", "--server-name", name, "--dir", folder, *others, **options)


def files_in(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_init_writes_settings_two_keys_and_a_policy(pristine):
    assert set(files_in(pristine)) == {
        "countersign.yaml",
        "keys/server.signing.key",
        "keys/policy.signing.key",
        "policy.yaml",
    }


def test_the_created_files_can_be_used(pristine):
    config = read_config(pristine / "countersign.yaml")

    keys = read_keys(config)
    assert config.server_name == NAME
    assert keys.server.verify_key.raw != keys.policy.verify_key.raw
    pipeline = read_policies(config)[DEFAULT_COMMUNITY].pipeline
    assert "keyword" in [step.label for step in pipeline.steps]
    assert raid_steps(pipeline)
    assert trust_steps(pipeline)


def test_only_the_owner_may_read_the_keys(pristine):
    for name in ("server", "policy"):
        mode = (pristine / f"keys/{name}.signing.key").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


def test_the_settings_listen_at_the_port_of_the_server_name(countersign, tmp_path):
    folder = tmp_path / "a" / "b"
    done = init(countersign, folder, "--address", "::", "--json", name="localhost:9448")

    config = read_config(folder / "countersign.yaml")
    assert [(at.address, at.port) for at in config.listen] == [("::", 9448)]
    said = json.loads(done.out)
    assert said["server_name"] == "localhost:9448"
    assert said["m.room.policy"]["via"] == "localhost:9448"
    assert set(said["made"]) == {"server key", "policy key", "policy", "settings"}


WISHES = (
    ("--language", "pt-br"),
    ("--accept-from", "@alice:example.org"),
    ("--accept-from", "*.example.org"),
    ("--support-page", "https://example.org/help"),
    ("--public-url", "https://policy.example.com"),
    ("--management-room", "#moderators:example.org"),
)


def wished(folder):
    """Return what settings and policy say of these wishes."""
    config = read_config(folder / "countersign.yaml")
    return (
        config.server_name,
        config.invites.accept_from,
        config.support.support_page,
        config.reasons.public_url,
        config.management_room,
        read_policies(config)[DEFAULT_COMMUNITY].languages.default,
    )


def test_every_question_is_an_option_too(countersign, tmp_path):
    done = init(countersign, tmp_path / "home", *(word for wish in WISHES for word in wish))

    assert done.status == 0, done.err
    assert wished(tmp_path / "home") == (
        NAME,
        ("@alice:example.org", "*.example.org"),
        "https://example.org/help",
        "https://policy.example.com",
        "#moderators:example.org",
        "pt-BR",
    )


def test_at_a_terminal_it_asks_and_asks_again_after_a_mistake(tmp_path):
    folder = tmp_path / "home"
    answers = ("policy example", NAME, folder, "my-host", "", "german", "de", "", "", "", "")

    shown = run_in_terminal("init", columns=100, typed="".join(f"{answer}\n" for answer in answers))

    assert f"Made for {NAME}" in shown
    assert wished(folder) == (NAME, (), None, None, None, "de")


def test_without_a_terminal_nobody_is_asked(countersign):
    done = countersign("init")

    assert done.status == 2
    assert "Missing option --server-name and --dir." in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--public-url", "http://example.org"), "an address without a path"),
        (("--support-page", "none"), "https://example.org/support"),
        (("--language", "german"), "try de"),
        (("--management-room", "mods"), "a room ID, an alias, or the user"),
    ],
)
def test_a_wish_that_cannot_be_is_told(countersign, tmp_path, options, words):
    done = init(countersign, tmp_path / "home", *options)

    assert done.status == 2
    assert words in " ".join(done.err.replace("│", " ").split())
    assert not (tmp_path / "home").exists()


def test_the_second_time_changes_nothing(countersign, home):
    before = files_in(home.folder)

    again = init(countersign, home.folder)

    assert again.status == 1
    told, advice = again.err.splitlines()
    assert told.endswith("are there already; nothing was changed.")
    assert advice == f"Start the server with: countersign serve --config {home.config}"
    assert files_in(home.folder) == before


def test_a_folder_of_another_server_is_left_alone(countersign, home):
    before = files_in(home.folder)

    other = init(countersign, home.folder, name="other.example.com")

    assert other.status == 1
    assert f"is there already, for {NAME}" in other.err
    assert files_in(home.folder) == before


@pytest.mark.parametrize(
    "missing", ["keys/server.signing.key", "keys/policy.signing.key", "policy.yaml"]
)
def test_missing_files_are_created_and_others_stay(countersign, home, missing):
    before = files_in(home.folder)
    (home.folder / missing).unlink()

    done = init(countersign, home.folder)

    after = files_in(home.folder)
    assert done.status == 0
    assert missing in done.out
    assert set(after) == set(before)
    assert {name for name in before if before[name] != after[name]} <= {missing}
    assert ("Rooms that name an old one" in done.out) == (missing == "keys/policy.signing.key")


def test_an_interrupted_init_can_be_repeated(countersign, tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "keys").write_text("in the way")

    failed = init(countersign, folder)
    assert failed.status == 1
    assert "is in the way" in failed.err
    assert not (folder / "countersign.yaml").exists()

    (folder / "keys").unlink()
    assert init(countersign, folder).status == 0


@pytest.mark.parametrize("name", ["policy example", "https://policy.example.com", "", "a:99999"])
def test_a_name_that_is_none_makes_nothing(countersign, tmp_path, name):
    done = init(countersign, tmp_path / "home", name=name)

    assert done.status == 2
    assert "is not a Matrix server name" in done.err


def test_a_name_with_capital_letters_makes_nothing(countersign, tmp_path):
    done = init(countersign, tmp_path / "home", name="Policy.Example.org")

    assert done.status == 2
    assert "take policy.example.org" in done.err
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "home").exists()


def test_an_address_that_is_none_makes_nothing(countersign, tmp_path):
    done = init(countersign, tmp_path / "home", "--address", '"localhost')

    assert done.status == 2
    assert "is not an IP address" in done.err
    assert not (tmp_path / "home").exists()


def test_a_file_in_place_of_the_folder_is_told(countersign, tmp_path):
    (tmp_path / "home").write_text("")

    done = init(countersign, tmp_path / "home")

    assert done.status == 1
    assert "is in the way: it is not a folder" in done.err


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (0o555, "Permission denied. Name a folder that this user may write, or make it as root: "),
        (0o444, "cannot be looked for: Permission denied. Name a --dir that this user may enter."),
    ],
)
def test_a_folder_that_may_not_be_written_or_entered_is_told(tmp_path, mode, words):
    tmp_path.chmod(mode)
    command = [*COMMAND, "init", "--server-name", NAME, "--dir", tmp_path / "home"]
    if os.geteuid() == 0:  # who may write anywhere
        let_others_reach(tmp_path)
        if shutil.which("setpriv") is None:
            pytest.skip("there is no setpriv to become another user: apt-get install util-linux")
        command = as_service_user(*command)
        reached = subprocess.run(as_service_user(*COMMAND, "--version"), check=False)
        if reached.returncode != 0:
            pytest.skip(UNREADABLE_PYTHON)

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert words in done.stderr


def test_the_output_says_how_to_make_a_management_room(countersign, tmp_path):
    done = init(countersign, tmp_path / "home", "--management-room", "@alice:example.org")

    assert done.status == 0, done.err
    assert "Then @alice:example.org makes the moderators' room" in done.out
    assert f"Invite @policy:{NAME} there." in done.out
    config = read_config(tmp_path / "home" / "countersign.yaml")
    assert config.management_room == "@alice:example.org"
