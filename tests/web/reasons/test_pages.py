"""Tests of the page on a refusal, over the wire: its content, its secrets, its headers."""

import re
from dataclasses import replace
from html import unescape

import pytest

from countersign.policy.findings import Mode
from countersign.policy.judging.pipeline import TRUST
from countersign.policy.languages.catalogues import CATALOGUES, translated
from countersign.policy.languages.sentences import SEND_AGAIN
from countersign.protocol.rooms.room_contacts import CONTACT
from countersign.testing.records import ALICE, FINDING, REFUSE, ROOM, SIGN, make_recorded
from countersign.web.pages.answers import source_hash
from countersign.web.reasons.pages import ReasonPages
from countersign.web.reasons.sentences import PAGE_SENTENCES
from tests.architecture.repository import SOURCES

REFUSED = make_recorded(1, replace(REFUSE, language="de", says="Bitte keine Werbung."))


def words_of(answer):
    """Return the text of a page as a reader sees it, without direction marks."""
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.body.decode(), flags=re.DOTALL)
    return " ".join(re.sub("[\u2066-\u2069]", "", unescape(text)).split())


@pytest.fixture
async def refused(world):
    await world.stores.decisions.record(REFUSED)
    return REFUSED


async def test_the_page_names_rule_duration_decider_and_contact(federation, refused):
    answer = await federation.ask(
        "GET", f"/r/{refused.reference}", headers={"Accept-Language": "en-GB,en;q=0.9"}
    )

    text = words_of(answer)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<blockquote lang="de" dir="auto">Bitte keine Werbung.</blockquote>' in (
        answer.body.decode()
    )
    for name in ("title", "message", "rule", "one_event", "machine", "ask", "silent", "operator"):
        assert PAGE_SENTENCES[name] in text, name
    assert refused.reference in text


async def test_the_page_does_not_show_text_sender_room_and_limits(federation, refused):
    answer = await federation.ask("GET", f"/r/{refused.reference}")

    page = answer.body.decode()
    hidden = (ALICE, ROOM, refused.event_id, "gewinnspiel", "70000", "70,000", "keyword", "spam")
    assert [each for each in hidden if each.lower() in page.lower()] == []


async def test_a_browser_may_show_the_page_and_do_nothing_else(federation, refused):
    answer = await federation.ask("GET", f"/r/{refused.reference}")

    policy = answer.headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", answer.body.decode(), re.DOTALL)
    assert policy == (
        f"default-src 'none'; style-src {source_hash(style)}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["vary"] == "accept-language"
    assert "<script" not in answer.body.decode()
    assert " style=" not in answer.body.decode()
    assert len(answer.body) < 8_000


async def test_every_language_reads_its_own_page_in_its_direction(federation, refused):
    for language in CATALOGUES:
        wanted = {"Accept-Language": f"{language};q=0.8, nl"}
        answer = await federation.ask("GET", f"/r/{refused.reference}", headers=wanted)

        direction = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{direction}">' in answer.body.decode()
        assert translated(PAGE_SENTENCES["machine"], language) in words_of(answer)


async def test_without_a_language_that_we_have_it_is_the_communitys(federation, refused):
    answer = await federation.ask(
        "GET", f"/r/{refused.reference}", headers={"Accept-Language": "nl, x-klingon;q=2"}
    )

    assert '<html lang="de" dir="ltr">' in answer.body.decode()


async def test_unknown_signed_expired_and_invalid_references_are_answered_alike(federation, world):
    signed = make_recorded(2, SIGN)
    erased = make_recorded(3, REFUSE)
    for each in (signed, erased):
        await world.stores.decisions.record(each)
    await world.stores.personal_data.erase(ALICE, keep_given=False, may_rebuild=False)
    asked = (signed.reference, erased.reference, "7F3K9-QX2MB", "x", "%24abc", "%FF", "a" * 500)

    answers = [await federation.ask("GET", f"/r/{each}") for each in (*asked, signed.event_id)]

    assert {(each.status, each.body) for each in answers} == {(404, answers[0].body)}
    assert PAGE_SENTENCES["unknown"] in words_of(answers[0])


async def test_a_reference_may_be_written_as_people_and_clients_do(federation, refused):
    plain = refused.reference
    written = (plain.lower(), plain.replace("-", ""), f"{plain})", f"{plain}%E2%81%A9", f"{plain}.")

    assert [(await federation.ask("GET", f"/r/{each}")).status for each in written] == [200] * 5


async def test_the_page_names_duration_and_decider(federation, world):
    cases = (
        ({"mode": Mode.WARN}, SEND_AGAIN),
        ({"filter": TRUST}, PAGE_SENTENCES["ban"]),
        ({"filter": TRUST}, PAGE_SENTENCES["people"]),
        ({"filter": "policy-list"}, PAGE_SENTENCES["people"]),
        ({"expires_ts": 4_000_000_000_000}, "Until 2096-10-02 07:06 UTC."),
        ({"expires_ts": 1_000_000_000_000}, "It has ended, at 2001-09-09 01:46 UTC."),
    )
    for number, (change, says) in enumerate(cases, start=10):
        is_warning = change.get("mode") is Mode.WARN
        decision = replace(REFUSE, findings=(replace(FINDING, **change),), is_warning=is_warning)
        recorded = make_recorded(number, decision)
        await world.stores.decisions.record(recorded)

        assert says in words_of(await federation.ask("GET", f"/r/{recorded.reference}")), change


async def test_contacts_named_by_the_room_are_shown_as_unchecked(federation, world):
    world.room.add(
        world.alice,
        CONTACT,
        {
            "contacts": [
                {"matrix_id": "@mod:example.org", "email_address": "mods@example.org"},
                {"email_address": '"><script>'},
                "nobody",
            ],
            "support_page": "https://example.org/appeals",
        },
    )
    room = await world.rooms.join(world.room.room_id, ["example.org"])
    recorded = make_recorded(5, REFUSE, room_id=room.room_id)
    await world.stores.decisions.record(recorded)

    page = await federation.ask("GET", f"/r/{recorded.reference}")

    text = words_of(page)
    assert "@mod:example.org" in text
    assert 'href="mailto:mods@example.org"' in page.body.decode()
    assert 'href="https://example.org/appeals" rel="noreferrer nofollow"' in page.body.decode()
    assert PAGE_SENTENCES["unchecked"] in text
    assert "script" not in page.body.decode()


async def test_too_many_views_of_a_network_are_put_off_and_others_go_on(federation, refused):
    def get(network):
        return federation.ask(
            "GET", f"/r/{refused.reference}", headers={"X-Forwarded-For": f"203.0.{network}.9"}
        )

    statuses = [(await get(1)).status for _ in range(31)]
    refused_view, other = await get(1), await get(2)

    assert statuses == [200] * 30 + [429]
    assert PAGE_SENTENCES["too_many"] in words_of(refused_view)
    assert int(refused_view.headers["retry-after"]) >= 1
    assert other.status == 200


async def test_notices_are_written_once(world, monkeypatch):
    pages = ReasonPages(world.clock, operator_page=None)
    first = await pages.notice(404, "unknown", "de")
    monkeypatch.setattr(pages, "_templates", None)

    again = await pages.notice(404, "unknown", "de", headers=((b"retry-after", b"3"),))

    assert again.body == first.body
    assert dict(again.headers)[b"retry-after"] == b"3"


async def test_a_database_that_cannot_be_read_is_no_fault_of_the_reader(federation, world):
    world.database.path.unlink()

    answer = await federation.ask("GET", f"/r/{REFUSED.reference}")

    assert answer.status == 503
    assert PAGE_SENTENCES["trouble"] in words_of(answer)


def test_every_sentence_is_in_a_template_or_said_by_name():
    sources = "".join(
        path.read_text()
        for folder in ("web/reasons", "service/reasons")
        for path in (SOURCES / folder).rglob("*")
        if path.suffix in (".py", ".html") and path.name != "sentences.py"
    )
    subjects = {"message", "reaction", "membership", "other"}
    titles = {name for name in PAGE_SENTENCES if name.endswith("_title")}

    said = set(re.findall(r'"(\w+)"', sources)) | subjects | titles
    assert PAGE_SENTENCES.keys() - said == set()
