"""Tests of request limits: only expensive requests count."""

import itertools

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.ports.broadcasts import Topic
from countersign.service.errors import RateLimited
from countersign.service.limits.request_limits import (
    BODY_BYTES_PER_TOKEN,
    FREE_BODY_BYTES,
)
from countersign.service.limits.token_buckets import MAX_BUCKETS, RateLimit, TokenBuckets
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub
from tests.service.made_limits import make_limits

FEW = RateLimit(per_second=1, burst=10)


@pytest.fixture
def clock():
    return ManualClock()


def ask(limits, names):
    """Return how many of the requests of these origins were let through."""
    passed = 0
    for name in names:
        try:
            limits.charge_origin(name)
        except RateLimited:
            continue
        passed += 1
    return passed


def test_many_servers_have_each_their_own_share(clock):
    limits = make_limits(clock, per_origin=FEW)

    assert ask(limits, [f"hs{number}.example" for number in range(20)] * 10) == 200


@pytest.mark.parametrize(
    ("level", "names"),
    [
        ("per_origin", ["example.org"] * 30),
        ("per_host", [f"example.org:{port}" for port in range(1, 31)]),
        ("per_host", ["Example.org", "eXample.org", "exAmple.org", "example.org"] * 8),
        ("per_domain", [f"hs{number}.example.org" for number in range(30)]),
        ("per_domain", [f"a.hs{number}.example.co.uk" for number in range(30)]),
        ("per_domain", [f"192.0.2.{number}" for number in range(30)]),
        ("per_domain", [f"[2001:db8:1:{number}::1]:8448" for number in range(30)]),
        ("in_all", [f"example{number}.org" for number in range(30)]),
    ],
)
def test_many_names_of_one_owner_share(clock, level, names):
    assert ask(make_limits(clock, **{level: FEW}), names) == 10
    assert ask(make_limits(clock), names) == len(names)


@pytest.mark.parametrize("names", [("alice.github.io", "bob.github.io"), ("a.co.uk", "b.co.uk")])
def test_neighbours_below_a_public_suffix_do_not_share(clock, names):
    assert ask(make_limits(clock, per_domain=FEW), names * 10) == 20


def test_a_request_that_one_level_stops_takes_nothing_of_the_others(clock):
    limits = make_limits(clock, per_origin=FEW, per_domain=RateLimit(per_second=1, burst=15))

    assert ask(limits, ["a.example.org"] * 100) == 10
    assert ask(limits, ["b.example.org"] * 100) == 5


def test_an_origin_above_its_rate_is_refused_without_work(clock):
    limits = make_limits(clock, per_origin=FEW)
    limits.check("example.org")
    ask(limits, ["example.org"] * 11)

    with pytest.raises(RateLimited) as limited:
        limits.check("example.org")
    limits.check("example.net")
    clock.advance(limited.value.retry_after_ms / 1000)

    limits.check("example.org")
    assert ask(limits, ["example.org"] * 2) == 1


def test_a_network_is_stopped_before_anything_is_read(clock):
    limits = make_limits(clock, per_network=FEW)
    for _ in range(10):
        limits.charge_request("192.0.2.0/24")

    with pytest.raises(RateLimited):
        limits.charge_request("192.0.2.0/24")
    limits.charge_request("198.51.100.0/24")
    limits.charge_request(None)


def test_a_long_body_costs_its_network_more_before_it_is_read(clock):
    limits = make_limits(clock, per_network=FEW)
    network = "192.0.2.0/24"
    for _ in range(100):
        limits.charge_body(network, FREE_BODY_BYTES)
    limits.charge_body(network, FREE_BODY_BYTES + 12 * BODY_BYTES_PER_TOKEN)

    with pytest.raises(RateLimited):
        limits.charge_body(network, FREE_BODY_BYTES + BODY_BYTES_PER_TOKEN)
    with pytest.raises(RateLimited):
        limits.charge_request(network)
    limits.charge_body("198.51.100.0/24", 8 * 1024 * 1024)


def test_long_bodies_of_all_strangers_share_one_small_lane(clock):
    limits = make_limits(clock)
    mib = 1024 * 1024
    limits.charge_body(None, 8 * mib)

    for network in (None, "198.51.100.0/24"):
        with pytest.raises(RateLimited):
            limits.charge_body(network, mib)
        limits.charge_body(network, FREE_BODY_BYTES)
        limits.charge_body(network, mib, is_known=True)
    clock.advance(60)
    limits.charge_body(None, mib)


def test_a_body_that_grows_costs_what_it_has_become(clock):
    limits = make_limits(clock, per_network=FEW)
    sizes = [
        0,
        FREE_BODY_BYTES,
        *(FREE_BODY_BYTES + n * BODY_BYTES_PER_TOKEN for n in range(1, 11)),
    ]
    for before, after in itertools.pairwise(sizes):
        limits.charge_body("192.0.2.0/24", after, before_bytes=before)

    with pytest.raises(RateLimited):
        limits.charge_request("192.0.2.0/24")


def test_strangers_share_one_small_lane(clock):
    limits = make_limits(clock, strangers=FEW)
    for _ in range(10):
        limits.charge_stranger()

    with pytest.raises(RateLimited):
        limits.charge_stranger()
    assert ask(limits, ["example.org"] * 100) == 100


def test_a_transaction_costs_as_much_as_it_holds(clock):
    limits = make_limits(clock, transactions=RateLimit(per_second=10, burst=100))
    limits.charge_transaction("example.org", 50)
    limits.charge_transaction("example.org", 50)

    with pytest.raises(RateLimited) as limited:
        limits.charge_transaction("example.org", 0)

    assert limited.value.retry_after_ms == 300
    limits.charge_transaction("example.net", 50)


def test_new_decisions_of_a_day_are_rationed(clock):
    limits = make_limits(clock, decisions_per_day_per_origin=3, decisions_per_day_per_domain=5)
    for name in ["a.example.org"] * 3 + ["b.example.org"] * 2 + ["example.net"] * 3:
        limits.charge_decision(name)

    for name in ("a.example.org", "c.example.org", "example.net"):
        with pytest.raises(RateLimited):
            limits.charge_decision(name)
    clock.advance(86_400)
    limits.charge_decision("a.example.org")


def test_the_operator_sees_which_limit_was_hit(clock):
    metrics = PrometheusMetrics()
    limits = make_limits(clock, metrics=metrics, per_domain=FEW)

    ask(limits, [f"hs{number}.example.org" for number in range(30)])

    assert 'countersign_limited_total{level="domain"} 20.0' in metrics.render().decode()


def test_buckets_are_bounded_and_crowding_out_costs_nobody(clock):
    buckets = TokenBuckets(FEW, clock)
    buckets.take("example.org", 10)

    for number in range(MAX_BUCKETS):
        buckets.take(f"hs{number}.example")

    buckets.take("example.org", 10)


class TestProcesses:
    """Two processes of one server name share what others may ask."""

    def both(self, clock, **limits):
        hub = Hub()
        return [make_limits(clock, broadcasts=hub.join(), **limits) for _ in range(2)]

    @pytest.mark.parametrize("level", ["per_origin", "per_host", "per_domain"])
    def test_requests_at_both_count_together(self, clock, level):
        one, other = self.both(clock, **{level: FEW})

        passed = sum(ask(each, ["example.org"]) for each in [one, other] * 20)
        clock.advance(5)
        later = sum(ask(each, ["example.org"]) for each in [one, other] * 20)

        assert (passed, later) == (FEW.burst, 5)

    def test_limits_that_protect_one_machine_are_not_shared(self, clock):
        one, other = self.both(clock, in_all=FEW)

        assert ask(one, ["example.org"] * 20) == FEW.burst
        assert ask(other, ["example.org"] * 20) == FEW.burst

    def test_transactions_and_decisions_count_together(self, clock):
        one, other = self.both(clock, transactions=FEW, decisions_per_day_per_origin=3)
        one.charge_transaction("example.org", 8)
        other.charge_transaction("example.org", 0)
        for each in (one, other, one):
            each.charge_decision("example.org")

        for each in (one, other):
            with pytest.raises(RateLimited):
                each.charge_transaction("example.org", 1)
            with pytest.raises(RateLimited):
                each.charge_decision("example.org")

    def test_excess_by_other_processes_is_forgiven_after_one_bucket(self, clock):
        hub = Hub()
        limits, elsewhere = make_limits(clock, broadcasts=hub.join(), per_origin=FEW), hub.join()
        elsewhere.count(Topic.REQUESTS, "example.org", 1_000_000)
        clock.advance(2 * FEW.burst + 1)

        assert ask(limits, ["example.org"] * 20) == FEW.burst
