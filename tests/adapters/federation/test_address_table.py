"""Tests of the address table: permitted and forbidden addresses, in every unusual spelling."""

from ipaddress import ip_address, ip_network

import pytest

from countersign.adapters.federation.address_table import AddressGuard


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1111",
        "2a00:1450:4001:80f::200e",
        "3ffe::1",
        "::ffff:8.8.8.8",
    ],
)
def test_the_open_network_is_permitted(address):
    assert AddressGuard().permits(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("10.0.0.1", id="private 10"),
        pytest.param("100.64.0.1", id="CGNAT"),
        pytest.param("100.127.255.255", id="CGNAT, last"),
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="loopback, far end"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("172.16.0.1", id="private 172"),
        pytest.param("172.31.255.255", id="private 172, last"),
        pytest.param("192.0.0.8", id="protocol assignment"),
        pytest.param("192.0.2.1", id="documentation 1"),
        pytest.param("192.31.196.1", id="AS112"),
        pytest.param("192.52.193.1", id="AMT"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("192.175.48.6", id="AS112 direct"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("198.19.255.255", id="benchmarks, last"),
        pytest.param("198.51.100.7", id="documentation 2"),
        pytest.param("203.0.113.7", id="documentation 3"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.255.255.255", id="multicast, last"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified"),
        pytest.param("::1", id="loopback v6"),
        pytest.param("::127.0.0.1", id="IPv4-compatible"),
        pytest.param("::8.8.8.8", id="IPv4-compatible, public inside"),
        pytest.param("::ffff:127.0.0.1", id="IPv4-mapped loopback"),
        pytest.param("::ffff:a00:1", id="IPv4-mapped private, in hex"),
        pytest.param("::ffff:169.254.169.254", id="IPv4-mapped metadata"),
        pytest.param("::ffff:0:127.0.0.1", id="IPv4-translated (SIIT)"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 loopback"),
        pytest.param("64:ff9b::8.8.8.8", id="NAT64, public inside"),
        pytest.param("64:ff9b:1::a00:1", id="local NAT64"),
        pytest.param("100::1", id="discard"),
        pytest.param("1fff:ffff::1", id="just before global unicast"),
        pytest.param("2001::1", id="Teredo"),
        pytest.param("2001:0:7f00:1::", id="Teredo with loopback"),
        pytest.param("2001:2::1", id="benchmarks v6"),
        pytest.param("2001:10::1", id="ORCHID"),
        pytest.param("2001:20::1", id="ORCHIDv2"),
        pytest.param("2001:1ff:ffff::1", id="protocol assignments, last"),
        pytest.param("2001:db8::1", id="documentation v6"),
        pytest.param("2002:7f00:1::", id="6to4 loopback"),
        pytest.param("2002:808:808::1", id="6to4, public inside"),
        pytest.param("2620:4f:8000::1", id="AS112 v6"),
        pytest.param("3fff::1", id="documentation v6, new"),
        pytest.param("4000::1", id="just after global unicast"),
        pytest.param("5f00::1", id="SRv6"),
        pytest.param("fc00::1", id="unique local"),
        pytest.param("fd12:3456::1", id="unique local, in use"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fe80::1%eth0", id="link-local with a zone"),
        pytest.param("::1%lo", id="loopback with a zone"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast v6"),
        pytest.param("ff0e::1", id="global multicast v6"),
    ],
)
def test_everything_else_is_refused(address):
    assert not AddressGuard().permits(ip_address(address))


def test_an_allowed_network_is_permitted_and_nothing_beside_it():
    guard = AddressGuard([ip_network(text) for text in ("10.1.0.0/16", "fd00:1::/32", "127.0.0.5")])

    assert guard.permits(ip_address("10.1.2.3"))
    assert guard.permits(ip_address("::ffff:10.1.2.3"))
    assert guard.permits(ip_address("fd00:1::1"))
    assert guard.permits(ip_address("127.0.0.5"))
    assert guard.permits(ip_address("8.8.8.8"))
    assert not guard.permits(ip_address("10.2.0.1"))
    assert not guard.permits(ip_address("fd00:2::1"))
    assert not guard.permits(ip_address("127.0.0.1"))


def test_an_allowed_network_does_not_allow_its_other_wrappings():
    guard = AddressGuard([ip_network("10.0.0.0/8")])

    assert not guard.permits(ip_address("2002:a00:1::"))
    assert not guard.permits(ip_address("64:ff9b::a00:1"))
