"""Tests of `indicator`, which weighs links, contacts and wallets by who sent them before."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.text.indicator import Indicator
from countersign.policy.findings import FindingKind
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.message_traits.bare_handles import bare_handles_of
from countersign.policy.questions.indicators import BadBecause, BadIndicator, IndicatorFacts
from countersign.policy.text.indicators.joining import RecentMessages
from countersign.policy.text.indicators.kinds import IndicatorKind
from tests.policy.conftest import ALICE, BOB, CAROL

NEW = Standing(level=Trust.NEW, because="")
MEMBER = Standing(level=Trust.MEMBER, because="")
CONTACT = "write to telegram @abc_def"
LINK = "see https://shop.example/offer"
WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
SHARED = "see https://github.com/example/project"
TWO = frozenset({BOB, CAROL})


@pytest.fixture
def message(event):
    """Return a message of somebody who is trusted so far."""

    def make(body, standing):
        return event(content={"msgtype": "m.text", "body": body}, standing=standing)

    return make


def judge(event, filter_=None, **known):
    filter_ = filter_ or Indicator()
    seen = tuple(IndicatorFacts(each, "it", **known) for each in event.indicators)
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), seen)))


def points(event, filter_=None, **known):
    finding = judge(event, filter_, **known)
    return 0 if finding is None else finding.points


def bad(because):
    return BadIndicator(
        community="default",
        digest=b"d" * 16,
        kind="handle",
        name="",
        because=because,
        reference="",
        made_ts=1,
        until_ts=2,
    )


def test_nothing_is_asked_about_a_text_without_indicators(message):
    event = message("hello, how are you?", standing=NEW)

    assert list(Indicator().asks(event)) == []
    assert Indicator().judge(event, Facts()) is None


def test_a_link_from_one_or_two_newcomers_passes(message):
    assert judge(message(SHARED, standing=NEW)) is None
    assert judge(message(SHARED, standing=NEW), senders=frozenset({BOB})) is None


def test_a_contact_that_is_new_here_weighs_little_and_more_with_a_second_newcomer(message):
    first = message(CONTACT, standing=NEW)

    assert points(first) == 2
    assert points(first, is_known=True) == 0
    assert points(first, senders=frozenset({BOB}), is_known=True) == 8
    assert points(message(CONTACT, standing=MEMBER), senders=frozenset({BOB})) == 0


def test_a_wallet_of_one_newcomer_weighs_nothing_and_that_of_two_more_than_a_phone_number(message):
    event = message(f"my payment to {WALLET} does not arrive", standing=NEW)

    assert points(event) == 0
    assert points(event, senders=frozenset({BOB})) == 8
    phone = message("call +49 1555 0123 456", standing=NEW)
    assert points(phone, senders=frozenset({BOB})) == 5


def test_a_free_mail_address_that_is_hidden_weighs_as_much_as_one_that_is_not(message):
    assert points(message("write to anna(at)gmail(dot)com", standing=NEW)) == 6
    assert points(message("write to anna@gmail.com", standing=NEW)) == 0
    assert points(message("write to anna(at)club(dot)example", standing=NEW)) < 2


def test_a_bare_name_that_several_newcomers_pass_on_weighs_less_than_a_contact(message):
    event = message("thanks to @abc_def", standing=NEW)
    assert [question.are_bare for question in Indicator().asks(event)] == [True]

    def weighed(**known):
        seen = tuple(IndicatorFacts(each, "it", **known) for each in bare_handles_of(event))
        found = Indicator().judge(event, Facts(dict.fromkeys(Indicator().asks(event), seen)))
        return 0 if found is None else found.points

    assert weighed() == 0
    assert weighed(senders=frozenset({BOB})) == weighed(senders=TWO) == 8
    assert weighed(senders=TWO, is_vouched=True) == 0
    assert weighed(bad=bad(BadBecause.SAID)) == 12
    assert weighed(senders=TWO, bad=bad(BadBecause.REFUSED)) == 10


@pytest.mark.parametrize("body", ["thanks to @abc_def:example.org", "ask anna@abc_def", "@anna hi"])
def test_user_ids_and_plain_names_are_no_bare_names(message, body):
    assert list(Indicator().asks(message(body, standing=NEW))) == []


def test_nothing_is_asked_about_bare_names_of_members(message):
    assert list(Indicator().asks(message("thanks to @abc_def", standing=MEMBER))) == []


@pytest.mark.parametrize(
    "known",
    [
        {"senders": TWO},
        {"senders": frozenset({ALICE}), "rooms": frozenset({"!a:b", "!c:d"}), "by_sender": 2},
        {"senders": frozenset({ALICE}), "by_sender": 4},
    ],
)
def test_the_third_message_with_a_contact_refuses_by_itself_whatever_its_words(message, known):
    finding = judge(message(CONTACT, standing=NEW), **known)

    assert finding.points == 10
    assert finding.kind is FindingKind.EVIDENCE
    assert "it, which" in finding.reason
    assert "abc_def" not in finding.reason


@pytest.mark.parametrize("times", [2, 3])
def test_a_repeated_question_is_no_wave(message, times):
    alice = frozenset({ALICE})

    assert points(message(CONTACT, standing=NEW), senders=alice, by_sender=times) == 2


def test_a_link_that_many_newcomers_share_is_weak_evidence(message):
    many = frozenset(f"@user{number}:b" for number in range(60))

    assert points(message(LINK, standing=NEW), senders=many, is_known=True) == 3
    pitch = f"Turned $300 into $4000 in a week without any risk, register today: {LINK}"
    assert points(message(pitch, standing=NEW), senders=many, is_known=True) == 5
    assert points(message(SHARED, standing=NEW), senders=many, is_known=True) == 2


def test_a_link_that_one_newcomer_carries_from_room_to_room_is_stronger(message):
    rooms = frozenset({"!a:b", "!c:d"})

    assert points(message(LINK, standing=NEW), rooms=rooms, by_sender=2) == 8


@pytest.mark.parametrize(("kind", "weight"), [(IndicatorKind.LINK, 7), (IndicatorKind.DOMAIN, 2)])
def test_different_pages_of_a_site_weigh_little_from_room_to_room(message, kind, weight):
    event = message(LINK, standing=NEW)
    rooms = frozenset({"!a:b", "!b:b", "!c:b"})
    seen = tuple(
        IndicatorFacts(each, "it", is_known=True, **({"rooms": rooms} if each.kind is kind else {}))
        for each in event.indicators
    )

    asked = Indicator().asks(event)
    assert Indicator().judge(event, Facts(dict.fromkeys(asked, seen))).points == weight


def test_a_domain_that_no_member_posted_weighs_a_little(message):
    event = message("https://shop.example/", standing=NEW)

    assert points(event) == 1
    assert points(event, is_known=True) == 0
    assert points(event, Indicator(unknown_domains=False)) == 0


def test_indicators_vouched_for_or_sent_by_members_are_no_wave(message):
    for text in (CONTACT, LINK, SHARED):
        assert judge(message(text, standing=NEW), senders=TWO, is_vouched=True) is None
        assert judge(message(text, standing=MEMBER), senders=TWO, by_sender=9) is None


def test_a_bad_indicator_weighs_by_its_reason(message):
    said = [
        (
            points(message(CONTACT, standing=NEW), bad=bad(because)),
            points(message("https://shop.example/", standing=NEW), bad=bad(because)),
        )
        for because in BadBecause
    ]

    assert said == [(8, 2), (10, 3), (12, 12)]
    assert points(message(CONTACT, standing=MEMBER), bad=bad(BadBecause.SAID)) == 12


def test_an_indicator_that_several_were_refused_with_counts_as_a_wave_unless_vouched_for(message):
    event, refused = message(CONTACT, standing=NEW), bad(BadBecause.REFUSED)

    assert points(event, senders=TWO, bad=refused) == points(event, senders=TWO) == 10
    assert points(event, senders=TWO, bad=refused, is_vouched=True) == 8


def test_helplines_never_count(message):
    for text in ("call +49 800 111 0 111", "https://www.telefonseelsorge.de/chat", "https://h.ex/"):
        event = message(text, standing=NEW)
        named = Indicator(helplines=("h.ex",))

        assert event.indicators
        assert judge(event, named, senders=TWO, bad=bad(BadBecause.SAID)) is None
    own = Indicator(helplines=("+1 (555) 010-0123",))
    assert judge(message("call +15550100123", standing=NEW), own, senders=TWO) is None


def test_a_feed_that_links_to_its_own_pages_is_no_wave(message):
    post = message("new post: https://news.example/posts/xyz", standing=NEW)
    room, before = frozenset({post.room_id}), {"by_sender": 9, "is_known": True}

    assert points(post, rooms=room, senders=frozenset({ALICE}), **before) == 2, "the same page"
    domain = [each for each in post.indicators if each.kind is IndicatorKind.DOMAIN]
    seen = (IndicatorFacts(domain[0], "it", rooms=room, senders=frozenset({ALICE}), **before),)
    asked = Indicator().asks(post)
    assert Indicator().judge(post, Facts(dict.fromkeys(asked, seen))) is None


def test_a_contact_over_two_messages_is_no_wave_for_being_read_again(event):
    texts = ("I am on telegram", "@abc_def hello", "how are you?")
    last = event(
        content={"msgtype": "m.text", "body": texts[2]},
        standing=NEW,
        recent_messages=RecentMessages(texts, 2),
    ).with_recent_messages

    assert last.indicators
    assert points(last, by_sender=9) == 4
    assert points(last, senders=TWO) == 10
