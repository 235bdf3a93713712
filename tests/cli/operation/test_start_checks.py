"""All reasons that keep a server from starting are reported at once, by `serve` and by `doctor`."""

import json
import os
import pwd
import shutil
import socket
import subprocess

import pytest
from examples.demo.certificates import CertificateAuthority

from tests.cli.conftest import run_as_user
from tests.cli.operation.test_owners import let_others_reach


@pytest.fixture
def certificates(tmp_path):
    authority = CertificateAuthority(tmp_path / "authority")
    return authority.issue("127.0.0.1"), authority.issue("127.0.0.2")


def failures(home):
    """Return part and message of all that `doctor` says fails."""
    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    return [(each["name"], each["message"]) for each in checks if each["outcome"] == "fail"]


def assert_both_tell(home, *expected):
    """Assert that `serve` and `doctor` tell all of it: parts, and words of each message."""
    served = home.run("serve")
    told = failures(home)

    assert served.status == 1
    assert "Traceback" not in served.err
    for part, words in expected:
        assert words in served.err, served.err
        assert [1 for name, message in told if name == part and words in message], (words, told)


def run_as_nobody(home, folder, mode):
    """Run `serve` as a user who has all of `home` but `folder`, which stays root's."""
    nobody = pwd.getpwnam("nobody")
    for file in (home.folder, *home.folder.rglob("*")):
        if file != folder:
            os.chown(file, nobody.pw_uid, -1)
    let_others_reach(home.folder)
    folder.chmod(mode)
    return run_as_user(nobody, "serve", "--config", home.config)


def test_all_mistakes_of_all_kinds_are_told_at_once(home, certificates):
    one, other = certificates
    (home.folder / "keys/server.signing.key").chmod(0o644)
    (home.folder / "keys/policy.signing.key").write_text("rubbish")
    (home.folder / "keys/policy.signing.key").chmod(0o600)
    communities = home.folder / "communities"
    communities.mkdir()
    home.policy.write_text("filters:\n  - keywrd: {}\n")
    (communities / "club.yaml").write_text("rooms: ['!a:b.c']\nfilters: [\n")
    (communities / "team.yaml").write_text("filters: []\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tls = {"certificate": str(one.certificate), "private_key": str(other.private_key)}
        home.set(
            listen=[{"port": 0, "tls": tls}, {"port": port}],
            federation={"ca_certificates": "authorities.pem"},
            checkers={"bot": {"url": "https://bot.example.org/", "secret_file": "bot.secret"}},
            redactions={
                "webhooks": [{"url": "https://hook.example.org/", "secret_file": "hook.secret"}]
            },
            database="sqlite:///nowhere/countersign.db",
        )

        assert_both_tell(
            home,
            ("keys", "keys/server.signing.key may be used by others"),
            ("keys", "keys/policy.signing.key"),
            ("policy", "policy.yaml: line 2: filters[0].keywrd"),
            ("policy", "communities/club.yaml: line 3"),
            ("policy", "communities/team.yaml: rooms: found no rooms"),
            ("secrets", "bot.secret cannot be read"),
            ("secrets", "The webhook secret"),
            ("TLS", "does not belong to the certificate"),
            ("TLS", "authorities.pem can't be read: No such file or directory."),
            ("ports", f"Cannot listen at 127.0.0.1 port {port}: Address already in use."),
            ("database", "nowhere for the database. Create it"),
        )


def test_a_mistake_in_the_settings_hides_nothing_else(home):
    (home.folder / "keys/server.signing.key").unlink()
    home.policy.write_text("filters:\n  - keywrd: {}\n")
    home.set(polcy="policy.yaml", admin={"port": "many"})

    assert_both_tell(
        home,
        ("settings", "Did you mean policy?"),
        ("settings", "admin.port"),
        ("keys", "There is no key file"),
        ("policy", "filters[0].keywrd"),
    )


@pytest.mark.parametrize(
    ("certificate", "private_key", "words"),
    [
        ("no.pem", "no.key", "The certificate {home}/no.pem cannot be read"),
        ("no.pem", "no.key", "The private key {home}/no.key cannot be read"),
        ("text", "{key}", "{home}/text holds no certificate that can be read"),
        ("{certificate}", "text", "{home}/text holds no private key"),
        ("{key}", "{certificate}", "holds no certificate that can be read"),
        ("{certificate}", "protected.key", "{home}/protected.key is protected by a passphrase"),
        ("{certificate}", "{other}", "does not belong to the certificate {certificate}"),
    ],
)
def test_tls_files_that_cannot_be_used_are_told_in_a_sentence(
    home, certificates, certificate, private_key, words
):
    one, other = certificates
    names = {
        "home": home.folder,
        "certificate": one.certificate,
        "key": one.private_key,
        "other": other.private_key,
    }
    (home.folder / "text").write_text("hello")
    if private_key == "protected.key":
        command = ["openssl", "pkey", "-in", one.private_key, "-aes256", "-passout", "pass:x"]
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl to protect a key")
        subprocess.run([*command, "-out", home.folder / private_key], check=True)
    tls = {"certificate": certificate.format(**names), "private_key": private_key.format(**names)}
    home.set(listen=[{"port": 0, "tls": tls}])

    done = home.run("serve")

    assert done.status == 1
    assert words.format(**names) in done.err
    assert "PEM lib" not in done.err
    assert "_ssl.c" not in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take a folder from somebody")
def test_a_folder_that_cannot_be_written_is_told_with_whose_it_is(home):
    data = home.folder / "data"
    data.mkdir(mode=0o755)
    home.set(database="sqlite:///data/countersign.db")
    done = run_as_nobody(home, data, 0o755)

    assert done.status == 1
    assert f"The folder {data} of the database cannot be written: it belongs to root" in done.err
    assert "sudo -u root" in done.err


def test_a_file_in_place_of_the_communities_folder_is_told(home):
    (home.folder / "communities").write_text("rooms: ['!a:b.c']\n")

    assert_both_tell(home, ("policy", "communities cannot be read: Not a directory."))


def test_a_file_whose_name_no_community_can_have_is_told_beside_all_else(home):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "ä b\n.yaml").write_text("rooms: ['!a:b.c']\n")
    (communities / os.fsdecode(b"\xff.yaml")).write_text("rooms: ['!d:e.f']\n")
    (communities / "team.yaml").write_text("filters: []\n")

    assert_both_tell(
        home,
        ("policy", r"'ä b\n.yaml': found a name that no community can have"),
        ("policy", r"'\udcff.yaml': found a name that no community can have"),
        ("policy", "communities/team.yaml: rooms: found no rooms"),
    )


def test_hidden_files_of_an_editor_beside_policies_are_nobodys(home):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / ".#club.yaml").symlink_to("somebody@host.1234")
    (communities / "._club.yaml").write_bytes(b"\0\5\x16\7")

    assert set(dict(failures(home))) == {"server", "server name"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take a folder from somebody")
@pytest.mark.parametrize("mode", [0o700, 0o704, 0o701])
def test_policies_of_communities_that_may_not_be_read_are_not_passed_over(home, mode):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "club.yaml").write_text("rooms: ['!club:example.org']\nfilters: []\n")

    done = run_as_nobody(home, communities, mode)

    assert done.status == 1
    assert f"{communities}" in done.err
    assert "cannot be read: Permission denied." in done.err
    assert "Traceback" not in done.err


def test_a_folder_in_place_of_the_admin_token_is_told(home):
    (home.folder / "admin.token").mkdir()

    assert_both_tell(home, ("secrets", "is not a regular file. Move it away"))


def test_doctor_makes_nothing_and_leaves_a_running_servers_ports_alone(new_home, start):
    home = new_home
    before = {file.name for file in home.folder.iterdir()}
    told = dict(failures(home))
    assert {file.name for file in home.folder.iterdir()} == before
    assert set(told) == {"server", "server name"}

    start(home)

    assert "ports" not in dict(failures(home))


def test_a_mistake_in_the_yaml_is_told_in_a_sentence(home):
    home.config.write_text("server_name: [\n")

    done = home.run("serve")

    assert done.status == 1
    assert "line 2: found a list or mapping in brackets that is not closed" in done.err
    assert "did not find expected" not in done.err
