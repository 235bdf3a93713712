"""Tests of the doctor's checks of pages that browsers and Element request."""

from dataclasses import dataclass, field, replace

import pytest

from countersign.ports.errors import PeerUnavailable
from countersign.ports.federation import ClientDocument, PageHead
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.rooms.policy_servers import well_known_body
from countersign.service.health.browser_checks import BrowserChecks
from countersign.service.health.doctor import Outcome

SUPPORT = {"support_page": "https://example.com/help"}


@dataclass
class FakeBrowser:
    """The answer that a browser gets; if it is an error, it is raised."""

    answer: object = None
    asked: list = field(default_factory=list)

    async def client_document(self, host, name):
        return self._answered((host, name))

    async def page(self, url):
        return self._answered(url)

    def _answered(self, asked):
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def browser():
    return FakeBrowser()


@pytest.fixture
def checks(identity, browser):
    return BrowserChecks(identity, browser)


async def test_the_policy_key_is_looked_for_at_the_host_without_its_port(checks, browser, identity):
    body = {**well_known_body(identity.policy_key.verify_key), "more": 1}
    browser.answer = ClientDocument(body, is_for_browsers=True)

    assert (await checks.check_well_known()).outcome is Outcome.OK
    assert browser.asked == [("policy.example.com", "policy_server")]


async def test_an_ipv6_address_is_shown_as_urls_have_it(browser, identity):
    checks = BrowserChecks(replace(identity, server_name="[2001:db8::1]:8448"), browser)
    browser.answer = PeerUnavailable("it is away")

    check = await checks.check_well_known()

    assert "https://[2001:db8::1]/.well-known/matrix/policy_server cannot be had" in check.message
    assert "web server of [2001:db8::1] pass" in check.remedy


async def test_a_document_without_cors_is_no_use_to_element(checks, browser, identity):
    body = well_known_body(identity.policy_key.verify_key)
    browser.answer = ClientDocument(body, is_for_browsers=False)
    key = await checks.check_well_known()
    browser.answer = ClientDocument(SUPPORT, is_for_browsers=False)
    support = await checks.check_support(SUPPORT)

    assert {key.outcome, support.outcome} == {Outcome.WARN}
    assert "Access-Control-Allow-Origin" in key.remedy == support.remedy


async def test_a_former_key_there_means_that_it_was_not_started_again(browser, identity):
    body = well_known_body(identity.policy_key.verify_key)
    browser.answer = ClientDocument(body, is_for_browsers=True)
    rotated = replace(
        identity,
        policy_key=PolicySigningKey(b"n" * 32),
        former_policy_keys=(identity.policy_key,),
    )

    check = await BrowserChecks(rotated, browser).check_well_known()

    assert check.outcome is Outcome.WARN
    assert "Start" in check.remedy


@pytest.mark.parametrize("published", [{}, {"public_keys": {"ed25519": "A" * 43}}])
async def test_another_key_there_is_a_trap(checks, browser, published):
    browser.answer = ClientDocument(published, is_for_browsers=True)

    check = await checks.check_well_known()

    assert check.outcome is Outcome.FAIL
    assert "another policy key" in check.message


async def test_a_missing_page_is_only_a_warning(checks, browser):
    browser.answer = PeerUnavailable("refused")

    assert (await checks.check_well_known()).outcome is Outcome.WARN
    assert (await checks.check_support(SUPPORT)).outcome is Outcome.WARN


async def test_the_support_document_must_be_ours(checks, browser):
    nobody = await checks.check_support(None)
    browser.answer = ClientDocument(SUPPORT, is_for_browsers=True)
    ours = await checks.check_support(SUPPORT)
    others = await checks.check_support({"contacts": []})

    assert (nobody.outcome, ours.outcome, others.outcome) == (
        Outcome.WARN,
        Outcome.OK,
        Outcome.WARN,
    )
    assert "`support`" in nobody.remedy


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (PageHead(404, "text/html"), Outcome.OK),
        (PageHead(404, "application/json"), Outcome.FAIL),
        (PageHead(200, "text/html"), Outcome.FAIL),
        (PeerUnavailable("refused"), Outcome.FAIL),
    ],
)
async def test_links_in_refusals_must_lead_to_our_pages(checks, browser, answer, outcome):
    browser.answer = answer

    assert (await checks.check_pages("https://policy.example.com")).outcome is outcome
    assert browser.asked == ["https://policy.example.com/r/00000-00000"]
