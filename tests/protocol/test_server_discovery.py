"""Tests of server discovery: each step of the spec, and hostile answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.errors import BadJson, ProtocolError
from countersign.protocol.server_discovery import (
    MAX_TARGETS,
    MAX_WELL_KNOWN_BYTES,
    SrvLookup,
    SrvRecord,
    Target,
    WellKnownLookup,
    order_srv_records,
    parse_well_known,
    resolution,
)


def resolve(server_name, answers=None, chance=lambda: 0.0):
    """Carry the plan out with these answers by look-up; what is not there failed or is empty."""
    plan, asked, answer = resolution(server_name, chance), [], None
    try:
        while True:
            lookup = plan.send(answer)
            asked.append(lookup)
            key = lookup.host if isinstance(lookup, WellKnownLookup) else lookup.name
            answer = (answers or {}).get(key, None if isinstance(lookup, WellKnownLookup) else [])
    except StopIteration as end:
        return list(end.value), asked


def by_name(host, port, name, header=None):
    return Target(host, port, tls_name=name, host_header=header or name)


def by_address(host, port, header):
    return Target(host, port, tls_name=host, host_header=header, is_ip_literal=True)


@pytest.mark.parametrize(
    ("server_name", "target"),
    [
        ("1.2.3.4", by_address("1.2.3.4", 8448, "1.2.3.4")),
        ("1.2.3.4:80", by_address("1.2.3.4", 80, "1.2.3.4:80")),
        ("[2001:db8::1]", by_address("2001:db8::1", 8448, "[2001:db8::1]")),
        ("[2001:db8::1]:80", by_address("2001:db8::1", 80, "[2001:db8::1]:80")),
    ],
)
def test_step_1_an_address_is_connected_to_as_it_is(server_name, target):
    assert resolve(server_name) == ([target], [])


def test_step_2_an_explicit_port_needs_no_delegation():
    assert resolve("a.example:80") == ([by_name("a.example", 80, "a.example", "a.example:80")], [])


@pytest.mark.parametrize(
    ("delegated", "target"),
    [
        ("1.2.3.4", by_address("1.2.3.4", 8448, "1.2.3.4")),
        ("[::1]:80", by_address("::1", 80, "[::1]:80")),
        ("d.example:443", by_name("d.example", 443, "d.example", "d.example:443")),
    ],
)
def test_steps_3_1_and_3_2_delegation_to_an_address_or_port(delegated, target):
    answers = {"a.example": b'{"m.server": "%s"}' % delegated.encode()}

    assert resolve("a.example", answers) == ([target], [WellKnownLookup("a.example")])


@pytest.mark.parametrize("service", ["_matrix-fed._tcp", "_matrix._tcp"])
def test_steps_3_3_and_3_4_delegation_to_a_name_with_a_service(service):
    answers = {
        "a.example": b'{"m.server":"d.example","other":1}',
        f"{service}.d.example": [SrvRecord(1, 1, 443, "host.example.")],
    }

    targets, asked = resolve("a.example", answers)

    assert targets == [by_name("host.example", 443, "d.example")]
    assert asked[1] == SrvLookup("_matrix-fed._tcp.d.example")


def test_step_3_5_delegation_to_a_plain_name():
    targets, asked = resolve("a.example", {"a.example": b'{"m.server":"d.example"}'})

    assert targets == [by_name("d.example", 8448, "d.example")]
    assert asked == [
        WellKnownLookup("a.example"),
        SrvLookup("_matrix-fed._tcp.d.example"),
        SrvLookup("_matrix._tcp.d.example"),
    ]


@pytest.mark.parametrize("service", ["_matrix-fed._tcp", "_matrix._tcp"])
def test_steps_4_and_5_a_service_without_delegation(service):
    answers = {f"{service}.a.example": [SrvRecord(1, 1, 443, "host.example")]}

    targets, _ = resolve("a.example", answers)

    assert targets == [by_name("host.example", 443, "a.example")]


def test_step_6_a_plain_name():
    assert resolve("a.example")[0] == [by_name("a.example", 8448, "a.example")]


def test_a_delegated_name_is_not_delegated_again():
    answers = {"a.example": b'{"m.server":"b.example"}', "b.example": b'{"m.server":"c.example"}'}

    assert resolve("a.example", answers)[0] == [by_name("b.example", 8448, "b.example")]


BAD_WELL_KNOWN = [
    b"",
    b"<html>",
    b"[]",
    b"{}",
    b'{"m.server":null}',
    b'{"m.server":["d.example"]}',
    b'{"m.server":""}',
    b'{"m.server":"d.example/path"}',
    b'{"m.server":"user@d.example"}',
    b'{"m.server":"d.example\\n"}',
    b'{"m.server":"https://d.example"}',
    b'{"m.server":"d.example:0"}',
    b'{"m.server":"d.example:65536"}',
    b'{"m.server":"d.example","m.server":"e.example"}',
    b'{"m.server":"d.example"}' + b" " * MAX_WELL_KNOWN_BYTES,
]


@pytest.mark.parametrize("body", BAD_WELL_KNOWN)
def test_an_invalid_well_known_counts_as_none(body):
    with pytest.raises(ProtocolError):
        parse_well_known(body)
    assert resolve("a.example", {"a.example": body})[0] == [by_name("a.example", 8448, "a.example")]


@given(st.binary(max_size=60))
def test_any_well_known_is_read_or_refused(raw):
    try:
        assert parse_well_known(raw)
    except ProtocolError:
        assert resolve("a.example", {"a.example": raw})[0]


@pytest.mark.parametrize("server_name", ["", "a b", "a.example:x", "[::1", "a.example\n"])
def test_an_invalid_server_name_is_refused(server_name):
    with pytest.raises(BadJson):
        resolve(server_name)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(SrvRecord(0, 0, 0, "host.example"), id="port 0"),
        pytest.param(SrvRecord(0, 0, 65_536, "host.example"), id="port too high"),
        pytest.param(SrvRecord(0, 0, 443, "."), id="no such service"),
        pytest.param(SrvRecord(0, 0, 443, ""), id="empty"),
        pytest.param(SrvRecord(0, 0, 443, "127.0.0.1"), id="an address"),
        pytest.param(SrvRecord(0, 0, 443, "[::1]"), id="an address in brackets"),
        pytest.param(SrvRecord(0, 0, 443, "host.example:80"), id="a port within"),
        pytest.param(SrvRecord(0, 0, 443, "host..example/"), id="not a name"),
    ],
)
def test_an_unusable_service_leaves_no_target(record):
    assert resolve("a.example", {"_matrix-fed._tcp.a.example": [record]})[0] == []
    other = SrvRecord(5, 5, 443, "host.example")
    assert resolve("a.example", {"_matrix-fed._tcp.a.example": [record, other]})[0] == [
        by_name("host.example", 443, "a.example")
    ]


def test_a_name_with_hundreds_of_records_has_four_targets():
    records = [SrvRecord(1, 1, 443, f"h{number}.example") for number in range(500)]

    assert len(resolve("a.example", {"_matrix-fed._tcp.a.example": records})[0]) == MAX_TARGETS


class TestOrder:
    A = SrvRecord(1, 10, 443, "a")
    B = SrvRecord(1, 30, 443, "b")
    C = SrvRecord(2, 99, 443, "c")
    Z = SrvRecord(1, 0, 443, "z")

    def test_is_by_priority_first(self):
        assert order_srv_records([self.C, self.A], lambda: 0.0) == [self.A, self.C]

    def test_is_by_chance_in_proportion_to_weight(self):
        assert order_srv_records([self.A, self.B], lambda: 0.24)[0] == self.A
        assert order_srv_records([self.A, self.B], lambda: 0.26)[0] == self.B

    def test_weight_zero_comes_seldom_before_others(self):
        assert order_srv_records([self.Z, self.A], lambda: 0.5)[0] == self.A
        assert order_srv_records([self.Z, self.A], lambda: 0.0)[0] == self.Z

    def test_only_weights_zero_share_evenly(self):
        y = SrvRecord(1, 0, 443, "y")

        assert order_srv_records([self.Z, y], lambda: 0.4)[0] == y
        assert order_srv_records([self.Z, y], lambda: 0.6)[0] == self.Z

    def test_does_not_depend_on_the_order_of_the_answer(self):
        assert order_srv_records([self.C, self.B, self.A, self.Z], lambda: 0.5) == (
            order_srv_records([self.Z, self.A, self.B, self.C], lambda: 0.5)
        )

    @given(
        st.lists(
            st.builds(SrvRecord, st.integers(0, 3), st.integers(0, 9), st.just(1), st.just("h"))
        ),
        st.floats(0, 1, exclude_max=True),
    )
    def test_loses_no_record(self, records, chance):
        ordered = order_srv_records(records, lambda: chance)

        assert sorted(map(repr, ordered)) == sorted(map(repr, records))
        assert [record.priority for record in ordered] == sorted(r.priority for r in records)
