"""Domains that pass for others are found, and others are left alone."""

# ruff: noqa: RUF001 - look-alike letters are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.links.domains import readable_host
from countersign.policy.text.links.imitations import Imitations

PROTECTED = Imitations(["paypal.com", "github.com", "microsoft.com", "ledger.com", "binance.com"])


def test_an_empty_list_is_empty():
    assert not Imitations([])


@pytest.mark.parametrize(
    "host",
    [
        "paypa1.com", "www.раураl.com", "paypal.com.evil.example", "login.páypal.com",
        "PayPaI.com", "pay-pal.com", "www-paypal.com", "paypal.com-help.example", "paypall.com",
        "paypl.com", "paypel.com", "shop.papypal.com", "paypal-login.example",
        "secure.my-paypal.example",
    ],
)  # fmt: skip
def test_an_imitation_is_found(host):
    assert PROTECTED.find(readable_host(host)) == "paypal.com"


def test_letters_that_pass_for_another_together_are_found():
    assert PROTECTED.find("rnicrosoft.com") == "microsoft.com"


@pytest.mark.parametrize(
    "host",
    [
        "paypal.com", "www.paypal.com", "mypaypal.com", "paypal.org", "paypals.com",
        "paypal-stories.example", "finance.com", "lodge.com", "lodger.com.example",
        "github-pages.example", "gitlab.com", "login-pages.example", "pal.com",
    ],
)  # fmt: skip
def test_the_domain_itself_and_others_are_no_imitation(host):
    assert PROTECTED.find(host) is None


@given(st.text(alphabet="paypl.-com1\u0430", max_size=40))
def test_any_text_can_be_read(host):
    found = PROTECTED.find(host)

    assert found is None or found in {
        "paypal.com", "github.com", "microsoft.com", "ledger.com", "binance.com",
    }  # fmt: skip
