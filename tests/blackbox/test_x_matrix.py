"""Tests of request authentication: one valid form, many invalid ones, no ambiguous header."""

from copy import deepcopy

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_homeserver import DAY_MS
from tests.blackbox.fake_room import now_ts
from tests.blackbox.wire import SIGN, UNSTABLE_SIGN, assert_error, assert_signed


class Credentials:
    """The parts of an X-Matrix header that is right for an event, ready to be spoiled."""

    def __init__(self, server, program, event, *, key=None, **signed_otherwise):
        key = key or server.key
        header = server.authorization(
            "POST",
            SIGN,
            program.server_name,
            signed_otherwise.pop("content", event),
            key=key,
            **signed_otherwise,
        )
        self.origin = server.server_name
        self.destination = program.server_name
        self.key = key.key_id
        self.sig = header.partition('sig="')[2].partition('"')[0]


@pytest.fixture
def event(modern, first):
    return modern.event(first)


@pytest.fixture
def right(first, program, event):
    return Credentials(first, program, event)


@pytest.fixture
def ask(requester, event):
    """Return how to ask with header values as they are."""

    def ask(*values, body=None, target=SIGN):
        body = oracle.canonical(event) if body is None else body
        head = [
            f"POST {target} HTTP/1.1",
            f"Host: {requester.server_name}",
            "Connection: close",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"Authorization: {value}" for value in values),
        ]
        return requester.connection.raw("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

    return ask


RIGHT = {
    "all quoted": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",sig="{sig}"',
    "other order": 'X-Matrix sig="{sig}",key="{key}",destination="{destination}",origin="{origin}"',
    "colons without quotes": "X-Matrix origin={origin},destination={destination},key={key},"
    'sig="{sig}"',
    "spaces and tabs around commas": 'X-Matrix origin="{origin}" ,\tdestination="{destination}" , '
    '\t key="{key}",  sig="{sig}"',
    "more spaces after the scheme": 'X-Matrix    origin="{origin}",destination="{destination}",'
    'key="{key}",sig="{sig}"',
    "upper-case names": 'X-Matrix ORIGIN="{origin}",Destination="{destination}",KEY="{key}",'
    'sIg="{sig}"',
    "scheme in other case": 'x-matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "unknown parameters": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}",ts="1",realm="x, origin=evil.example.org"',
    "no destination": 'X-Matrix origin="{origin}",key="{key}",sig="{sig}"',
    "escapes": 'X-Matrix origin="\\{origin}",destination="{destination}",key="\\e\\d25519:paper",'
    'sig="{sig}"',
    "padded signature": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}=="',
}


@pytest.mark.parametrize("form", RIGHT)
def test_a_right_header_may_be_written_in_many_ways(ask, right, modern, event, program, form):
    assert_signed(ask(RIGHT[form].format(**vars(right))), modern, event, program)


WRONG = {
    "empty": "",
    "scheme alone": "X-Matrix",
    "scheme and space": "X-Matrix ",
    "Bearer": "Bearer abc",
    "Basic": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "another scheme": 'X-Matrix2 origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "no scheme": 'origin="{origin}",destination="{destination}",key="{key}",sig="{sig}"',
    "Bearer before it": 'Bearer abc, X-Matrix origin="{origin}",destination="{destination}",'
    'key="{key}",sig="{sig}"',
    "Bearer after it": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}", Bearer abc',
    "two in one header": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}", X-Matrix origin="{origin}",destination="{destination}",key="{key}",sig="{sig}"',
    "no origin": 'X-Matrix destination="{destination}",key="{key}",sig="{sig}"',
    "no key": 'X-Matrix origin="{origin}",destination="{destination}",sig="{sig}"',
    "no sig": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}"',
    "signature instead of sig": 'X-Matrix origin="{origin}",destination="{destination}",'
    'key="{key}",signature="{sig}"',
    "empty origin": 'X-Matrix origin="",destination="{destination}",key="{key}",sig="{sig}"',
    "empty key": 'X-Matrix origin="{origin}",destination="{destination}",key="",sig="{sig}"',
    "empty sig": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",sig=""',
    "the same origin twice": 'X-Matrix origin="{origin}",origin="{origin}",'
    'destination="{destination}",key="{key}",sig="{sig}"',
    "another origin first": 'X-Matrix origin="evil.example.org",origin="{origin}",'
    'destination="{destination}",key="{key}",sig="{sig}"',
    "another origin last": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}",origin="evil.example.org"',
    "another origin in other case": 'X-Matrix origin="{origin}",destination="{destination}",'
    'key="{key}",sig="{sig}",ORIGIN="evil.example.org"',
    "two signatures": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}",sig="{sig}"',
    "two keys": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",key="{key}",'
    'sig="{sig}"',
    "two destinations": 'X-Matrix origin="{origin}",destination="{destination}",'
    'destination="{destination}",key="{key}",sig="{sig}"',
    "open quote": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",sig="{sig}',
    "quote in a bare value": 'X-Matrix origin={origin}"x",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "text after a quoted value": 'X-Matrix origin="{origin}"x,destination="{destination}",'
    'key="{key}",sig="{sig}"',
    "spaces in place of commas": 'X-Matrix origin="{origin}" destination="{destination}" '
    'key="{key}" sig="{sig}"',
    "semicolons": 'X-Matrix origin="{origin}";destination="{destination}";key="{key}";sig="{sig}"',
    "single quotes": "X-Matrix origin='{origin}',destination='{destination}',key='{key}',"
    "sig='{sig}'",
    "space in the origin": 'X-Matrix origin=" {origin}",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "space after the origin": 'X-Matrix origin="{origin} ",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "path in the origin": 'X-Matrix origin="{origin}/x",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "user in the origin": 'X-Matrix origin="x@{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "scheme in the origin": 'X-Matrix origin="https://{origin}",destination="{destination}",'
    'key="{key}",sig="{sig}"',
    "origin in Latin-1": 'X-Matrix origin="\xe9xample.org",destination="{destination}",key="{key}",'
    'sig="{sig}"',
    "another destination": 'X-Matrix origin="{origin}",destination="elsewhere.example.org",'
    'key="{key}",sig="{sig}"',
    "the origin as destination": 'X-Matrix origin="{origin}",destination="{origin}",key="{key}",'
    'sig="{sig}"',
    "empty destination": 'X-Matrix origin="{origin}",destination="",key="{key}",sig="{sig}"',
    "destination with a dot more": 'X-Matrix origin="{origin}",destination="{destination}.",'
    'key="{key}",sig="{sig}"',
    "our name as origin": 'X-Matrix origin="{destination}",destination="{destination}",'
    'key="{key}",sig="{sig}"',
    "unknown key": 'X-Matrix origin="{origin}",destination="{destination}",key="ed25519:unknown",'
    'sig="{sig}"',
    "the policy key's ID": 'X-Matrix origin="{origin}",destination="{destination}",'
    'key="ed25519:policy_server",sig="{sig}"',
    "another algorithm": 'X-Matrix origin="{origin}",destination="{destination}",key="rsa:paper",'
    'sig="{sig}"',
    "key without a version": 'X-Matrix origin="{origin}",destination="{destination}",'
    'key="ed25519:",sig="{sig}"',
    "wrong signature": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"',
    "signature with junk": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}!"',
    "signature cut short": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig:.80}"',
    "signature that is no base64": 'X-Matrix origin="{origin}",destination="{destination}",'
    'key="{key}",sig="%%%%"',
    "8 KiB of parameters": 'X-Matrix origin="{origin}",destination="{destination}",key="{key}",'
    'sig="{sig}"' + ",a=b" * 2048,
}


@pytest.mark.parametrize("form", WRONG)
def test_a_wrong_header_is_not_authenticated(ask, right, modern, event, program, form):
    assert_error(ask(WRONG[form].format(**vars(right))), 401, "M_UNAUTHORIZED")


def test_no_header_is_not_authenticated(ask):
    assert_error(ask(), 401, "M_UNAUTHORIZED")


def test_several_headers_are_one_request_if_they_agree(ask, right, modern, event, program):
    header = RIGHT["all quoted"].format(**vars(right))

    assert_signed(ask(header, header), modern, event, program)


def test_several_headers_that_disagree_are_refused(ask, right, first, second, program, event):
    good = RIGHT["all quoted"].format(**vars(right))
    other = RIGHT["all quoted"].format(**vars(Credentials(second, program, event)))
    bad = WRONG["wrong signature"].format(**vars(right))
    for headers in (
        (good, other),
        (other, good),
        (good, bad),
        (bad, good),
        (good, "Bearer abc"),
        ("Bearer abc", good),
        (good, "X-Matrix"),
        (good, RIGHT["no destination"].format(**vars(right))),
        (good,) * 50,
    ):
        assert_error(ask(*headers), 401, "M_UNAUTHORIZED")


@pytest.mark.parametrize(
    "signed",
    [
        {"method": "PUT"},
        {"method": "post"},
        {"uri": UNSTABLE_SIGN},
        {"uri": SIGN + "?"},
        {"uri": SIGN + "/"},
        {"uri": "/_matrix/policy/v1%2Fsign"},
        {"uri": "https://x" + SIGN},
        {"destination": "elsewhere.example.org"},
        {"destination": None},
        {"origin": "elsewhere.example.org"},
        {"origin": None},
        {"content": None},
        {"content": {}},
        {"content": {"type": "m.room.message"}},
        {"more": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["all quoted", "no destination"])
def test_a_signature_is_for_one_request(ask, first, program, event, signed, form):
    header = RIGHT[form].format(**vars(Credentials(first, program, event, **signed)))

    assert_error(ask(header), 401, "M_UNAUTHORIZED")


def test_a_signature_is_for_one_body(ask, right, event):
    header = RIGHT["all quoted"].format(**vars(right))
    other = deepcopy(event)
    other["unsigned"] = {"age": 1}

    assert_error(ask(header, body=oracle.canonical(other)), 401, "M_UNAUTHORIZED")


def test_a_query_is_signed_with_the_path(ask, first, program, modern, event, right):
    target = SIGN + "?a=%2f&b"
    with_query = Credentials(first, program, event, uri=target)

    header = RIGHT["all quoted"].format(**vars(with_query))
    assert_signed(ask(header, target=target), modern, event, program)
    assert_error(ask(header), 401, "M_UNAUTHORIZED")
    without = RIGHT["all quoted"].format(**vars(right))
    assert_error(ask(without, target=target), 401, "M_UNAUTHORIZED")


def test_another_servers_key_does_not_authenticate(ask, first, second, program, event):
    forged = Credentials(first, program, event, key=second.key)

    for key_id in (second.key.key_id, first.key.key_id):
        forged.key = key_id
        assert_error(ask(RIGHT["all quoted"].format(**vars(forged))), 401, "M_UNAUTHORIZED")


def test_an_old_key_signs_no_requests(ask, make_homeserver, program, event):
    server = make_homeserver()
    old = oracle.Key(server.server_name, "old")
    server.old_keys = [(old, now_ts() + DAY_MS)]
    by_old_key = Credentials(server, program, event, key=old)

    assert_error(ask(RIGHT["all quoted"].format(**vars(by_old_key))), 401, "M_UNAUTHORIZED")


def test_a_published_policy_server_key_signs_requests_only_as_what_it_is(
    ask, make_homeserver, program, event
):
    server = make_homeserver()
    policy_key = oracle.Key(server.server_name, "policy_server")
    by_unpublished = Credentials(server, program, event, key=policy_key)

    assert_error(ask(RIGHT["all quoted"].format(**vars(by_unpublished))), 401, "M_UNAUTHORIZED")


def test_keys_that_have_expired_sign_no_requests(ask, make_homeserver, program, event):
    server = make_homeserver()
    server.valid_for_ms = -1000
    by_expired = Credentials(server, program, event)

    for _ in range(3):
        response = ask(RIGHT["all quoted"].format(**vars(by_expired)))
        assert_error(response, 401, "M_UNAUTHORIZED")


LIES = {
    "another server's name": lambda document: {**document, "server_name": "elsewhere.example.org"},
    "no signature": lambda document: {**document, "signatures": {}},
    "a wrong signature": lambda document: {
        **document,
        "signatures": {document["server_name"]: {"ed25519:paper": "A" * 86}},
    },
    "no keys": lambda document: {**document, "verify_keys": {}},
    "keys that are a list": lambda document: {**document, "verify_keys": []},
    "a list": lambda document: [document],
    "no end": lambda document: {k: v for k, v in document.items() if k != "valid_until_ts"},
    "an end that is a string": lambda document: {**document, "valid_until_ts": "tomorrow"},
    "a short key": lambda document: {
        **document,
        "verify_keys": {"ed25519:paper": {"key": "AAAA"}},
    },
    "the key that makes any signature right": lambda document: {
        **document,
        "verify_keys": {"ed25519:paper": {"key": "AQ" + "A" * 41}},
    },
    "far too much": lambda document: {**document, "x": "y" * 200_000},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_key_document_must_be_believable(ask, make_homeserver, program, event, lie):
    server = make_homeserver()
    server.lies["/_matrix/key/"] = lambda status, document: (
        status,
        _resigned(server, LIES[lie](document)) if "signature" not in lie else LIES[lie](document),
    )
    credentials = Credentials(server, program, event)

    response = ask(RIGHT["all quoted"].format(**vars(credentials)))

    assert_error(response, response.status, "M_UNAUTHORIZED", "M_UNKNOWN")
    assert response.status in (401, 503), response.said


def _resigned(server, document):
    if not isinstance(document, dict):
        return document
    unsigned = {name: value for name, value in document.items() if name != "signatures"}
    return server.key.sign(unsigned, server.server_name)


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.1", "0", "localhost", "10.0.0.1"])
def test_names_that_lead_into_our_own_network_lead_nowhere(ask, right, name):
    right.origin = f"{name}:9"

    response = ask(RIGHT["all quoted"].format(**vars(right)))

    assert_error(response, response.status, "M_UNAUTHORIZED", "M_UNKNOWN")
    assert response.status in (401, 503), response.said
    assert "127.0" not in response.json["error"]
