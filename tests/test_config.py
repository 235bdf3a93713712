"""Tests of the settings file: what it allows, and the message for every mistake."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from countersign.config import MAX_CONFIG_BYTES, Config, ConfigError, parse_config, read_config
from countersign.protocol.keys.signing_keys import PolicySigningKey

FILE = Path("/etc/countersign/countersign.yaml")
NAMED = "server_name: policy.example.org\n"


ALL_MISTAKES = """\
line 2: servername: found an unknown setting; allowed: server_name, user, display_name, listen, reachable_at, database, shared_counters, keys, policy, communities, policies, invites, checkers, redactions, management_room, management, confirmations, archive, retention, limits, federation, admin, metrics, dashboard, support, reasons, appeals, member_reports, logs or workers. Did you mean server_name?
line 3: server_name: found 'policy example'; allowed: a Matrix server name such as policy.example.org or [::1]:8448.
line 4: user: found 'bob'; allowed: a Matrix user ID such as @policy:policy.example.org.
line 6: listen[0].adress: found an unknown setting; allowed: address, port or tls. Did you mean address?
line 7: listen[0].address: found 'my-host'; allowed: an IP address such as 127.0.0.1, 0.0.0.0 or ::.
line 8: listen[0].port: found 70000; allowed: at most 65535.
line 9: listen[0].tls.certificate: found 3; allowed: a path.
line 9: listen[0].tls.private_key: found nothing; allowed: it is required.
line 10: listen[1]: found 8448; allowed: a mapping.
line 11: database: found another value, not shown as it may hold a password; allowed: sqlite:///countersign.db, or four slashes before an absolute path; or postgresql://user@host:5432/name?password_file=file.
line 12: federation.ca_certificates: found '~nosuchuser/ca.pem'; allowed: a path; there is no such user's home.
line 12: federation.allow_networks[0]: found '10.0.0.1/8'; allowed: a network such as 10.0.0.0/8.
line 12: federation.allow_networks[1]: found 7; allowed: a network such as 10.0.0.0/8 or fd00::/8.
line 13: limits.per_origin.per_second: found true; allowed: a number.
line 13: limits.per_origin.burst: found 0; allowed: at least 1.
line 14: invites.accept_from: found 'example.org'; allowed: a list.
line 15: support.contacts[0]: found a mapping; allowed: a contact with a matrix_id or an email_address.
line 15: support.support_page: found 'none'; allowed: an address such as https://example.org/support.
line 16: admin.address: found '0.0.0.0'; allowed: '127.0.0.1' or '::1'.
line 17: policy: found nothing; allowed: a path.
line 19: display_name: found a key that stands in line 18 already; allowed: each key once.
"""  # noqa: E501

CASES = """
management_room: mods
    line 2: management_room: found 'mods'; allowed: a room ID, an alias, or the user who makes the room, in quotes, such as "!room:example.org", "#moderators:example.org" or "@alice:example.org".

management: {lounge: {quiet_hours: late}}
    line 2: management.lounge.quiet_hours: found 'late'; allowed: two times of day in UTC, in quotes, such as '22:00-07:00'.

management: {lounge: {on_duty: {'@a:example.org': 'weekdays 9-5'}}}
    line 2: management.lounge.on_duty.@a:example.org: found 'weekdays 9-5'; allowed: days and hours in UTC, in quotes, such as 'mon-fri 08:00-18:00'.

management: {lounge: {moderators: {'@a:example.org': boss}}}
    line 2: management.lounge.moderators.@a:example.org: found 'boss'; allowed: 'read', 'junior', 'moderator' or 'lead'.

management: {one: {room: '!a:example.org'}, two: {room: '!a:example.org'}}
    line 2: management: found a mapping; allowed: a room of its own for each community.

shared_counters: 'valkey:/:secret@host'
    line 2: shared_counters.url: found another value, not shown as it may hold a password; allowed: an address such as valkey://host:6379/0 or, with TLS, valkeys://host:6379/0; redis:// and rediss:// mean the same.

shared_counters: {url: 'http://:secret@host'}
    line 2: shared_counters.url: found another value, not shown as it may hold a password; allowed: an address such as valkey://host:6379/0 or, with TLS, valkeys://host:6379/0; redis:// and rediss:// mean the same.

shared_counters: {url: 'valkey://:secret@host', password_file: valkey.secret}
    line 2: shared_counters.password_file: found 'valkey.secret'; allowed: a password in the address, or in a file, and not both.

shared_counters: {password_file: valkey.secret}
    line 2: shared_counters.url: found nothing; allowed: it is required.

listen: []
    line 2: listen: found an empty list; allowed: a list of 1 or more.

listen: [{port: '1'}]
    line 2: listen[0].port: found '1'; allowed: a whole number.

listen: [{port: true}]
    line 2: listen[0].port: found true; allowed: a whole number.

listen: [{port: -1}]
    line 2: listen[0].port: found -1; allowed: at least 0.

policy: ""
    line 2: policy: found ''; allowed: a path.

dashboard: {public_url: 'https://mod.example.org:65536'}
    line 2: dashboard.public_url: found 'https://mod.example.org:65536'; allowed: an address with a port from 1 to 65535, or without one.

dashboard: {public_url: 'https://mod.example.org:0'}
    line 2: dashboard.public_url: found 'https://mod.example.org:0'; allowed: an address with a port from 1 to 65535, or without one.

communities: /
    line 2: communities: found '/'; allowed: a path.

admin: {token_file: "a\\0b"}
    line 2: admin.token_file: found 'a\\x00b'; allowed: a path of less than 4,096 bytes, at most 255 in each part, and no NUL.

keys: {former_policy: ["a\\0b"]}
    line 2: keys.former_policy[0]: found 'a\\x00b'; allowed: a path of less than 4,096 bytes, at most 255 in each part, and no NUL.

user: '@policy:other.example.org'
    line 2: user: found '@policy:other.example.org'; allowed: a user of our own server, such as @policy:policy.example.org.

federation: {allow-networks: []}
    line 2: federation.allow-networks: found an unknown setting; allowed: notaries, ca_certificates or allow_networks. Did you mean allow_networks?

federation: {notaries: [{name: matrix.org}]}
    line 2: federation.notaries[0].keys: found nothing; allowed: it is required.

federation: {notaries: [{name: matrix.org, keys: {}}]}
    line 2: federation.notaries[0].keys: found a mapping; allowed: one or more of its public keys by ID, such as {'ed25519:auto': 'Noi6WqcDj0QmPxCN…'}.

federation: {notaries: [{name: matrix.org, keys: {"ed25519:auto": AAAA}}]}
    line 2: federation.notaries[0].keys: found a mapping; allowed: one or more of its public keys by ID, such as {'ed25519:auto': 'Noi6WqcDj0QmPxCN…'}.

limits: {per_origin: {per_second: 1, bursts: 9}}
    line 2: limits.per_origin.bursts: found an unknown setting; allowed: per_second or burst. Did you mean burst?

support: {contacts: [{role: a, emailaddress: a@example.org}]}
    line 2: support.contacts[0].emailaddress: found an unknown setting; allowed: role, matrix_id or email_address. Did you mean email_address?

keys: {retired_policy: [AAAA]}
    line 2: keys.retired_policy[0]: found 'AAAA'; allowed: a public policy key, as `countersign keys` prints it.

keys: {former_policy: keys/old.key}
    line 2: keys.former_policy: found 'keys/old.key'; allowed: a list.

database: 'sqlite:///'
    line 2: database: found 'sqlite:///'; allowed: sqlite:///countersign.db, or four slashes before an absolute path; or postgresql://user@host:5432/name?password_file=file.
"""  # noqa: E501


def parse(text: str) -> Config:
    return parse_config((NAMED + text).encode(), FILE)


def mistakes_of(source: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(source if isinstance(source, bytes) else source.encode(), FILE)
    prefix = f"{FILE}: "
    lines = str(caught.value).split("\n")
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]


class TestWhatItMaySay:
    def test_policy_keys_besides_the_present_one(self):
        public_key = PolicySigningKey(b"k" * 32).verify_key.to_base64()
        config = parse(
            "keys:\n  policy: new.key\n  former_policy: [old.key]\n"
            f"  leaked_policy: [/etc/leaked.key]\n  retired_policy: ['{public_key}']\n"
        )

        assert config.keys.server == Path("keys/server.signing.key")
        assert config.path(config.keys.former_policy[0]) == Path("/etc/countersign/old.key")
        assert config.keys.leaked_policy == (Path("/etc/leaked.key"),)
        assert [key.to_base64() for key in config.keys.retired_policy] == [public_key]

    def test_a_server_name_is_enough(self):
        config = parse("")

        assert config.user_id == "@policy:policy.example.org"
        assert [(at.address, at.port, at.tls) for at in config.listen] == [
            ("127.0.0.1", 8448, None)
        ]
        assert config.path(config.policy) == Path("/etc/countersign/policy.yaml")
        assert config.invites.accept_from == ()
        assert config.federation.allow_networks == ()

    def test_every_setting_of_the_interface(self):
        config = parse(
            """
listen:
  - {address: "::", port: 8448, tls: {certificate: chain.pem, private_key: /etc/key.pem}}
  - {address: 0.0.0.0, port: 80}
  - port: 9000
database: sqlite:////var/lib/countersign/decisions.db
federation: {ca_certificates: ca.pem, allow_networks: [10.0.0.0/8, "fd00::/8", 192.0.2.7]}
admin: {token_file: secret/token}
policy: rules.yaml
invites: {accept_from: ["@alice:example.org", "*.example.org"]}
limits: {per_origin: {per_second: 0.5, burst: 10}}
user: "@guard:policy.example.org"
"""
        )

        assert [(at.address, at.port) for at in config.listen] == [
            ("::", 8448),
            ("0.0.0.0", 80),
            ("127.0.0.1", 9000),
        ]
        tls = config.listen[0].tls
        assert tls is not None
        assert config.path(tls.certificate) == Path("/etc/countersign/chain.pem")
        assert config.path(tls.private_key) == Path("/etc/key.pem")
        assert config.federation.allow_networks == tuple(
            map(ip_network, ("10.0.0.0/8", "fd00::/8", "192.0.2.7/32"))
        )
        assert config.admin_address_file == Path("/etc/countersign/secret/token.address")
        assert config.invites.accept_from == ("@alice:example.org", "*.example.org")
        assert config.limits.per_origin.per_second == 0.5
        assert config.user_id == "@guard:policy.example.org"

    def test_management_rooms_by_community(self):
        assert parse("").management_by_community == {}
        settings = """
management_room: '#mods:example.org'
management:
  default: {quiet_hours: '22:30-07:00'}
  lounge:
    room: '!lounge:example.org'
    moderators: {'@bob:example.org': junior}
    on_duty: {'@bob:example.org': 'sat-mon 20:00-06:00', '@al:example.org': 'wed 08:00-09:00'}
  hall: {moderators: {'@bob:example.org': lead}}
"""

        found = parse(settings).management_by_community

        assert {name: each.room for name, each in found.items()} == {
            "default": "#mods:example.org",
            "lounge": "!lounge:example.org",
        }
        assert found["default"].quiet_hours == (22 * 60 + 30, 7 * 60)
        assert found["lounge"].on_duty == {
            "@bob:example.org": (frozenset({5, 6, 0}), 20 * 60, 6 * 60),
            "@al:example.org": (frozenset({2}), 8 * 60, 9 * 60),
        }
        assert found["lounge"].moderators == {"@bob:example.org": "junior"}

    def test_notaries_are_none_or_those_that_are_named_with_their_keys(self):
        key = "Noi6WqcDj0QmPxCNQqgezwTlBKrfqehY1u2FyWP9uYw"
        config = parse(
            f"federation: {{notaries: [{{name: matrix.org, keys: {{'ed25519:auto': {key}}}}}]}}\n"
        )

        (notary,) = (settings.notary for settings in config.federation.notaries)
        assert notary.server_name == "matrix.org"
        assert notary.keys["ed25519:auto"].to_base64() == key
        assert parse("").federation.notaries == ()

    def test_paths_are_seen_from_the_files_folder(self, tmp_path, monkeypatch):
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "countersign.yaml").write_text(NAMED)
        monkeypatch.chdir(tmp_path)

        config = read_config(Path("here/countersign.yaml"))
        monkeypatch.chdir("/")
        assert config.path(config.policy) == tmp_path / "here" / "policy.yaml"

    def test_a_home_is_expanded(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home/operator")

        config = parse("policy: ~/policy.yaml")

        assert config.path(config.policy) == Path("/home/operator/policy.yaml")

    @pytest.mark.parametrize(
        ("settings", "delegated"),
        [
            pytest.param("", "policy.example.org:443", id="a proxy answers on 443"),
            pytest.param(
                "listen: [{port: 9448, tls: {certificate: a, private_key: b}}]",
                "policy.example.org:9448",
                id="its own TLS",
            ),
            pytest.param("reachable_at: other.example.org:1", "other.example.org:1", id="as said"),
        ],
    )
    def test_the_delegated_server_follows_from_the_settings(self, settings, delegated):
        assert parse(settings).delegated_server == delegated

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("https://Mod.Example.ORG", "https://mod.example.org"),
            ("https://mod.example.org:443", "https://mod.example.org"),
            ("https://mod.example.org:0443", "https://mod.example.org"),
            ("https://mod.example.org:8443", "https://mod.example.org:8443"),
        ],
    )
    def test_public_addresses_are_as_browsers_write_them(self, written, meant):
        config = parse(
            f"dashboard: {{public_url: '{written}'}}\nreasons: {{public_url: '{written}'}}"
        )

        assert config.dashboard.public_url == meant
        assert config.reasons.public_url == meant

    def test_names_of_all_kinds(self):
        for name in ("localhost:8448", "127.0.0.1:80", "[::1]:8448", "[::1]"):
            assert parse_config(f'server_name: "{name}"'.encode(), FILE).server_name == name

    def test_it_cannot_be_changed(self):
        with pytest.raises(ValueError, match="frozen"):
            parse("").server_name = "other.example.org"


class TestMistakes:
    def test_all_of_them_at_once_in_the_files_order(self):
        assert (
            mistakes_of(
                """
servername: policy.example.org
server_name: "policy example"
user: bob
listen:
  - adress: 0.0.0.0
    address: my-host
    port: 70000
    tls: {certificate: 3}
  - 8448
database: mysql://me:secret@localhost/countersign
federation: {allow_networks: [10.0.0.1/8, 7], ca_certificates: ~nosuchuser/ca.pem}
limits: {per_origin: {burst: 0, per_second: true}}
invites: {accept_from: example.org}
support: {contacts: [{role: admin}], support_page: none}
admin: {address: 0.0.0.0}
policy:
display_name: a
display_name: b
"""
            )
            == ALL_MISTAKES.splitlines()
        )

    @pytest.mark.parametrize(
        ("text", "mistake"),
        [case.split("\n    ") for case in CASES.strip().split("\n\n")],
    )
    def test_each_says_what_is_allowed(self, text, mistake):
        assert mistakes_of(NAMED + text) == [mistake]

    @pytest.mark.parametrize(
        ("source", "mistake"),
        [
            pytest.param(b"", "line 1: found nothing; allowed: a mapping.", id="empty"),
            pytest.param(b"- a", "line 1: found a list; allowed: a mapping.", id="a list"),
            pytest.param(b"\xff", "line 1: found bytes that are no text; allowed: text in UTF-8.",
                         id="not text"),
            pytest.param(b"listen: []", "line 1: server_name: found nothing; allowed: it is "
                         "required.", id="no name"),
        ],
    )  # fmt: skip
    def test_a_file_that_is_something_else(self, source, mistake):
        assert mistake in mistakes_of(source)

    @pytest.mark.parametrize(
        "path", ["x" * 256, "ü" * 128, "/a/" + "x" * 256 + "/b", "xx/" * 1_400]
    )
    def test_a_path_that_no_file_can_have(self, path):
        (mistake,) = mistakes_of(f"{NAMED}policy: {path}\n")

        assert mistake.startswith("line 2: policy: found ")
        assert mistake.endswith(
            "allowed: a path of less than 4,096 bytes, at most 255 in each part, and no NUL."
        )

    def test_broken_yaml_is_told_by_its_line(self):
        (mistake,) = mistakes_of("server_name: a\nlisten: [\n")

        assert mistake.startswith("line 3: ")


class TestFilesThatCannotBeRead:
    def test_a_missing_one(self, tmp_path):
        with pytest.raises(ConfigError, match="countersign init --server-name NAME --dir"):
            read_config(tmp_path / "countersign.yaml")

    def test_a_folder_in_its_place(self, tmp_path):
        with pytest.raises(ConfigError, match=f"Is the settings file {tmp_path}/countersign.yaml"):
            read_config(tmp_path)

    def test_one_that_never_ends(self, tmp_path):
        (tmp_path / "countersign.yaml").write_bytes(b"#" * (MAX_CONFIG_BYTES + 1))

        with pytest.raises(ConfigError, match="more than 1,000,000 bytes"):
            read_config(tmp_path / "countersign.yaml")


def test_localhost_is_an_address_too(tmp_path):
    (tmp_path / "countersign.yaml").write_text(
        "server_name: policy.example.org\nlisten: [{address: localhost, port: 8448}]\n"
    )

    (listener,) = read_config(tmp_path / "countersign.yaml").listen

    assert listener.address == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.org/",
            "https://",
            "example.org",
            "https://a:b@example.org/",
            "http://a b",
        ),
        *("https://[", "https://[::1", "https://a:b/", "https://a:65536/", "https://a:0/"),
    ],
)
def test_webhooks_and_checkers_need_an_address_without_secrets(url):
    document = (
        f"server_name: a.example\nredactions: {{webhooks: [{{url: '{url}'}}]}}\n"
        f"checkers: {{bot: {{url: '{url}'}}}}\n"
    )

    with pytest.raises(ConfigError) as caught:
        parse_config(document.encode(), Path("countersign.yaml"))
    webhook, checker = str(caught.value).splitlines()
    assert "redactions.webhooks[0].url: found " in webhook
    assert "allowed: an address " in webhook
    assert "checkers.bot.url: found " in checker
    assert "allowed: an address " in checker
