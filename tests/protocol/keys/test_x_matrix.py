"""Tests of the `X-Matrix` Authorization header: accepted and rejected forms."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synapse.federation.transport.server._base import _parse_auth_header

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError, Unauthorized
from countersign.protocol.keys.signatures import signature_verifies
from countersign.protocol.keys.x_matrix import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    XMatrix,
    authorization_header,
    parse_authorization,
    request_bytes,
)
from countersign.testing.peers import Peer

SIGNATURE = bytes(range(64))
SIG = unpadded_base64.encode(SIGNATURE)
PEER = Peer("a.example")
EXPECTED = XMatrix("a.example", "b.example", (("ed25519:1", SIGNATURE),))


def header(
    origin='"a.example"', destination='"b.example"', key='"ed25519:1"', sig=f'"{SIG}"', more=""
) -> bytes:
    given = {"origin": origin, "destination": destination, "key": key, "sig": sig}
    parameters = ",".join(f"{name}={value}" for name, value in given.items() if value is not None)
    return f"X-Matrix {parameters}{more}".encode("latin-1")


def _outcome(value):
    try:
        return parse_authorization([value])
    except ProtocolError as error:
        return str(error)


class TestParse:
    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(header(), id="as the spec advises"),
            pytest.param(header(key="ed25519:1"), id="unquoted with a colon"),
            pytest.param(header(origin="a.example", destination="b.example"), id="unquoted tokens"),
            pytest.param(header(origin='"a\\.exampl\\e"'), id="escapes"),
            pytest.param(header().replace(b",", b" \t,\t  "), id="white space about commas"),
            pytest.param(header().replace(b"=", b"\t= ", 4), id="white space about ="),
            pytest.param(header().replace(b"X-Matrix ", b"X-Matrix    "), id="spaces"),
            pytest.param(header().replace(b"X-Matrix", b"x-mATRIX"), id="scheme in any case"),
            pytest.param(header().replace(b"origin", b"ORIGIN"), id="name in any case"),
            pytest.param(header().replace(b",", b",,,"), id="empty elements"),
            pytest.param(header(more=","), id="comma at the end"),
            pytest.param(header(more=' ,x="\xff\\" , sig=",y=z'), id="unknown parameters"),
            pytest.param(header(sig=f'"{SIG}=="'), id="padded"),
        ],
    )
    def test_reads(self, value):
        assert parse_authorization([value]) == EXPECTED

    def test_reads_a_header_without_a_destination(self):
        assert parse_authorization([header(destination=None)]).destination is None

    def test_reads_names_with_ports_and_addresses(self):
        parsed = parse_authorization([header(origin='"[::1]:8448"', destination="b.example:80")])

        assert (parsed.origin, parsed.destination) == ("[::1]:8448", "b.example:80")

    def test_reads_several_headers_as_several_signatures(self):
        parsed = parse_authorization([header(), header(key='"ed25519:2"'), header(key='"rsa:1"')])

        assert [key_id for key_id, _ in parsed.signatures] == ["ed25519:1", "ed25519:2"]

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"X-Matrix", id="scheme alone"),
            pytest.param(b"X-Matrix ", id="no parameters"),
            pytest.param(b"Bearer abc", id="another scheme"),
            pytest.param(header().replace(b"X-Matrix ", b"X-Matrix\t"), id="tab after the scheme"),
            pytest.param(b" " + header(), id="space before the scheme"),
            pytest.param(header(origin=None), id="no origin"),
            pytest.param(header(key=None), id="no key"),
            pytest.param(header(sig=None), id="no sig"),
            pytest.param(header().replace(b"sig=", b"signature="), id="signature for sig"),
            pytest.param(header(more=',origin="a.example"'), id="origin twice"),
            pytest.param(header(more=",Sig=x"), id="sig twice in another case"),
            pytest.param(header(more=",x=1,x=2"), id="unknown parameter twice"),
            pytest.param(header(more=",x"), id="name alone"),
            pytest.param(header(more=",x="), id="no value"),
            pytest.param(header(more=",=x"), id="no name"),
            pytest.param(header(more=',x="y'), id="open quote"),
            pytest.param(header(more=',x="y\\"'), id="open quote after an escape"),
            pytest.param(header(more=' x="y"'), id="no comma"),
            pytest.param(header(more='x="y"'), id="no comma at all"),
            pytest.param(header(more=",x=y z"), id="space in a bare value"),
            pytest.param(header(more=',x=y"z"'), id="quote in a bare value"),
            pytest.param(header(more=',x="\x00"'), id="control character"),
            pytest.param(header(more="\n"), id="line end"),
            pytest.param(header(more=", X-Matrix origin=b"), id="two credentials in one"),
            pytest.param(header(sig="/" + SIG[1:]), id="bare base64 with a slash"),
            pytest.param(header(origin='""'), id="empty origin"),
            pytest.param(header(origin='"a.example\\\n"'), id="escaped line end"),
            pytest.param(header(origin='"a.example/"'), id="origin is no server name"),
            pytest.param(header(origin='"\xe4.example"'), id="origin outside ASCII"),
            pytest.param(header(origin='"a.example:99999"'), id="origin with no port"),
            pytest.param(header(destination='"b example"'), id="destination is no server name"),
            pytest.param(header(key='"rsa:1"'), id="another algorithm"),
            pytest.param(header(key='"ed25519"'), id="no key version"),
            pytest.param(header(sig='"AAAA"'), id="short signature"),
            pytest.param(header(sig='"!"'), id="signature not base64"),
            pytest.param(header(more=",x=" + "y" * MAX_HEADER_BYTES), id="too long"),
        ],
    )
    def test_refuses(self, value):
        with pytest.raises(Unauthorized):
            parse_authorization([value])

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param([], id="none"),
            pytest.param([header(), b"Bearer abc"], id="a token beside"),
            pytest.param([header(), header(origin='"c.example"')], id="two origins"),
            pytest.param([header(), header(destination='"c.example"')], id="two destinations"),
            pytest.param([header(), header(destination=None)], id="one without destination"),
            pytest.param([header(), header(sig='"AAAA"')], id="one malformed"),
            pytest.param([header()] * (MAX_HEADERS + 1), id="too many"),
        ],
    )
    def test_refuses_together(self, values):
        with pytest.raises(Unauthorized):
            parse_authorization(values)

    @given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: header() + tail))
    def test_any_bytes_are_read_or_refused(self, value):
        try:
            parsed = parse_authorization([value])
        except ProtocolError:
            return
        assert parsed.signatures

    @given(
        st.permutations(["origin", "key", "sig", "destination"]),
        st.text('aZ09.:[]-_+/=," ', max_size=8),
        st.integers(0, 4),
    )
    def test_the_usual_way_of_writing_is_read_as_any_other(self, order, odd, where):
        given = {"origin": "a.example", "key": "ed25519:1", "sig": SIG, "destination": "b.example"}
        names = list(dict.fromkeys(["origin", *order]))[: 3 + where % 2]
        if where < len(names):
            given[names[where]] = odd or given[names[where]]
        written = ",".join(f'{name}="{given[name]}"' for name in names).encode()

        assert _outcome(b"X-Matrix " + written) == _outcome(b"X-Matrix  " + written)

    @given(st.lists(st.sampled_from(
        ["X-Matrix ", "origin=", "key=", "sig=", "destination=", '"', ",", " ", "\\", "a.example",
         "ed25519:1", SIG, f'"{SIG}"', '"a.example"', '"ed25519:1"', "=", "x", "\t"]
    ), max_size=20).map("".join))  # fmt: skip
    def test_agrees_with_another_homeserver_on_what_it_accepts(self, text):
        """Ours is the stricter reader, so whatever we read is what others read."""
        try:
            ours = parse_authorization([text.encode()])
        except ProtocolError:
            return
        if text.startswith("X-Matrix ") and ",," not in text and '""' not in text:
            origin, key, sig, destination = _parse_auth_header(text.strip(", \t").encode())
            assert (ours.origin, ours.destination) == (origin, destination)
            assert ours.signatures == ((key, unpadded_base64.decode(sig)),)


class TestRequestBytes:
    def test_are_canonical_json_with_the_body_in_its_place(self):
        content = {"z": 1, "a": ["ü", None]}
        built = request_bytes("PUT", "/_matrix/x?y=%2F", "a", "b", encode_canonical(content))

        assert built == encode_canonical(
            {
                "method": "PUT",
                "uri": "/_matrix/x?y=%2F",
                "origin": "a",
                "destination": "b",
                "content": content,
            }
        )

    def test_hold_no_content_without_a_body(self):
        assert request_bytes("GET", "/u", "a", "b", None) == (
            b'{"destination":"b","method":"GET","origin":"a","uri":"/u"}'
        )

    def test_hold_an_empty_body(self):
        assert request_bytes("PUT", "/", "a", "b", b"{}").startswith(b'{"content":{},')


class TestAuthorizationHeader:
    def test_is_one_that_we_read_and_verify(self):
        written = PEER.sign_request("POST", "/_matrix/policy/v1/sign", "b.example", {"a": 1})

        parsed = parse_authorization([written.encode()])

        [(key_id, signature)] = parsed.signatures
        assert (parsed.origin, parsed.destination) == ("a.example", "b.example")
        message = request_bytes(
            "POST", "/_matrix/policy/v1/sign", "a.example", "b.example", b'{"a":1}'
        )
        assert PEER.verify_keys[key_id].verify(message, signature)

    def test_is_one_that_another_homeserver_reads_and_verifies(self):
        written = authorization_header("GET", "/x", "a.example", "b.example", None, PEER.key)
        origin, key, sig, destination = _parse_auth_header(written.encode())

        signed = {
            "method": "GET",
            "uri": "/x",
            "origin": origin,
            "destination": destination,
            "signatures": {origin: {key: sig}},
        }
        assert signature_verifies(json.loads(json.dumps(signed)), origin, PEER.key.verify_key)

    def test_is_spelled_for_the_oldest_readers(self):
        written = PEER.sign_request("GET", "/x", "b.example")

        assert written.startswith('X-Matrix origin="a.example",destination="b.example",key="ed')
