"""Tests of `turned-account`: a member may post an offer in one room, not in several."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.people.turned_account import TurnedAccount
from countersign.policy.findings import FindingKind
from countersign.policy.questions.crowds import Crowd, SentBefore
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from tests.policy.conftest import ALICE

OTHER_ROOM = Crowd(frozenset({ALICE}), frozenset({"!other:example.org"}), 1)
SAME_ROOM = Crowd(frozenset({ALICE}), frozenset({"!room:example.org"}), 1)
CONTACT = "dear friends, write to telegram @abc_def"
OF_A_CLUB = "the choir is on telegram too, @abc_def, ask Anna for the dates"
OFFER = "earn $500 a day: https://shop.example/start"
EVENT_LINK = "our meeting is next week, all are welcome: https://events.example/42"


def judge(event, crowd, **known):
    filter_ = TurnedAccount()
    answers = {}
    for question in filter_.asks(event):
        if isinstance(question, IndicatorsSeen):
            answers[question] = tuple(
                IndicatorFacts(each, "it", **known) for each in event.indicators
            )
        else:
            assert isinstance(question, SentBefore)
            answers[question] = crowd
    return filter_.judge(event, Facts(answers))


@pytest.mark.parametrize("text", [CONTACT, OFFER])
def test_the_first_room_gets_it_and_may_get_it_again(message, text):
    assert judge(message(text), Crowd()) is None
    assert judge(message(text), SAME_ROOM) is None


@pytest.mark.parametrize("text", [CONTACT, OFFER])
def test_the_second_room_waits_for_a_moderator(message, text):
    finding = judge(message(text), OTHER_ROOM)

    assert finding.kind is FindingKind.RULE
    assert "the moderators" in finding.says
    assert (finding.value, finding.limit) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        EVENT_LINK,
        "https://events.example/",
        "I am so happy, this is wonderful news for everybody here",
        "mail me at alice@home.example",
        "my talk is at https://github.com/example/talk, 100% free",
    ],
)
def test_a_link_or_a_style_alone_is_no_offer(message, text):
    assert judge(message(text), OTHER_ROOM) is None


@pytest.mark.parametrize("text", [CONTACT, OFFER])
@pytest.mark.parametrize("known", [{"is_known": True}, {"is_vouched": True}])
def test_an_offer_that_other_members_posted_passes(message, text, known):
    assert judge(message(text), OTHER_ROOM, **known) is None


def test_all_offers_of_one_person_count_together_whatever_they_lead_to(message):
    questions = [
        next(each for each in TurnedAccount().asks(message(text)) if isinstance(each, SentBefore))
        for text in (CONTACT, OFFER)
    ]

    assert questions[0] == questions[1]


@pytest.mark.parametrize(
    ("text", "is_looked_for"), [(OF_A_CLUB, False), (CONTACT, True), (OFFER, True)]
)
def test_an_offer_is_looked_for_a_day_long(message, text, is_looked_for):
    asked = [each for each in TurnedAccount().asks(message(text)) if isinstance(each, SentBefore)]

    # The same link, so that a feed may post its other links elsewhere.
    pitches = [each for each in asked if each.per_seconds == 86_400]
    where = "shop.example/start" if text == OFFER else "abc_def"
    assert [each.thing for each in pitches] == (
        [f"pitch\0{ALICE}\0{where}"] if is_looked_for else []
    )


REQUEST = "by mistake I entered your number, please send me the code you just got"


def test_a_request_for_a_secret_counts_as_an_offer_from_the_second_room_on(message):
    assert judge(message(REQUEST), Crowd()) is None
    assert judge(message(REQUEST), SAME_ROOM) is None

    finding = judge(message(REQUEST), OTHER_ROOM)

    assert finding.kind is FindingKind.RULE
    assert "a code, a password or a key" in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "never send me the code you just got, nor anybody else",
        "the login code never comes, does it come for you?",
        "can you send me the code of the plugin?",
        "> please send me the code you just got\n\nthis is a scam, please do not answer them",
    ],
)
def test_talk_of_secrets_is_free_in_several_rooms(message, text):
    assert judge(message(text), OTHER_ROOM) is None
