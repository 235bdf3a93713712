"""Tests of `wave`, which compares an event with what others sent just before."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.wave import AGAIN_SAYS, Wave
from countersign.policy.findings import FindingKind
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from tests.policy.conftest import ALICE, BOB, CAROL

ADVERTISEMENT = (
    "Earn money from home with our new trading group, join today and get two hundred dollars "
    "as a welcome bonus, ask our manager for the details"
)


def judge(filter_, event, crowd):
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), crowd)))


def things(filter_, event):
    return [each.thing for each in filter_.asks(event) if isinstance(each, SentBefore)]


def test_the_same_text_from_few_passes(message):
    assert judge(Wave(), message(ADVERTISEMENT), Crowd()) is None
    two = Crowd(frozenset({BOB}), frozenset({"!room:example.org"}))
    assert judge(Wave(), message(ADVERTISEMENT), two) is None
    again = Crowd(frozenset({ALICE}), frozenset({"!room:example.org"}))
    assert judge(Wave(), message(ADVERTISEMENT), again) is None


def test_the_third_sender_is_a_wave(message):
    finding = judge(Wave(), message(ADVERTISEMENT), Crowd(frozenset({BOB, CAROL})))

    assert finding.reason == (
        "nearly the same text came from 3 senders within 600 seconds; from 3 on it is a wave"
    )
    assert (finding.value, finding.limit) == (3, 3)


def test_the_third_room_is_a_wave_whoever_sends(message):
    crowd = Crowd(frozenset({ALICE}), frozenset({"!a:b", "!b:b"}))

    assert "came to 3 rooms" in judge(Wave(), message(ADVERTISEMENT), crowd).reason


def test_repeating_oneself_is_a_wave_only_if_the_policy_says_so(message):
    crowd = Crowd(frozenset({ALICE}), by_sender=4)

    assert judge(Wave(), message(ADVERTISEMENT), crowd) is None
    assert judge(Wave(repeats=6), message(ADVERTISEMENT), crowd) is None
    assert judge(Wave(repeats=5), message(ADVERTISEMENT), crowd).value == 5


def test_repeating_oneself_may_be_a_courtesy_and_what_others_said_first_never(message):
    filter_ = Wave(repeats=5, courtesy_repeats=True)
    again = judge(filter_, message(ADVERTISEMENT), Crowd(frozenset({ALICE}), by_sender=4))
    others = frozenset({"@b:example.org", "@c:example.org", "@d:example.org"})
    copied = judge(filter_, message(ADVERTISEMENT), Crowd(others | {ALICE}, by_sender=1))
    crowd = judge(filter_, message(ADVERTISEMENT), Crowd(others))
    usual = judge(Wave(), message(ADVERTISEMENT), Crowd(others | {ALICE}, by_sender=1))

    for finding in (again, copied):
        assert (finding.kind, finding.says) == (FindingKind.COURTESY, AGAIN_SAYS)
    for finding in (crowd, usual):
        assert (finding.kind, finding.says) == (FindingKind.EVIDENCE, Wave.says)


@pytest.mark.parametrize("body", ["hello everyone", "+1", "👍👍👍", "thanks, that worked for me"])
def test_short_texts_are_not_compared(message, body):
    assert [*Wave().asks(message(body))] == []


def test_one_time_codes_are_not_compared(message):
    code = "<#> 962602 is your code at Example (Ref:PJMX), 49ab33cc-2299-44ac AVRIJHC739A"

    assert [*Wave(min_chars=50).asks(message(code))] == []


@pytest.mark.parametrize("min_chars", [800, 1_200, 2_000])
@pytest.mark.parametrize("number", ["", " 4 "])
def test_a_long_text_is_compared_whether_or_not_it_has_a_number(message, min_chars, number):
    words = " ".join(
        f"{first}{second}" for first in "abcdefghijklmno" for second in ADVERTISEMENT.split()
    )
    long = words[: min_chars // 2] + number + words[min_chars // 2 :]

    assert len(words) > 1.2 * 2_000
    assert len([*Wave(min_chars=min_chars).asks(message(long))]) == 1
    assert [*Wave(min_chars=min_chars).asks(message(long[: min_chars - 10]))] == []


def test_code_makes_no_text_longer(message):
    words = "what does it mean? " * 60
    pasted = f"{words}```\n{'error 17 ' * 5_000}\n```"

    assert [*Wave(min_chars=1_400).asks(message(pasted))] == []
    assert [*Wave(min_chars=1_400).asks(message(words * 2))] != []


def test_quoted_text_of_a_reply_does_not_count(message):
    quoted = f"> <@bob:example.org> {ADVERTISEMENT}\n\nplease do not answer to these people"
    reply = message(quoted, **{"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}})

    assert [*Wave().asks(reply)] == []


def test_a_reply_has_links_of_its_own(message):
    quoting = "> <@bob:example.org> see https://example.org/a\n\nno, https://example.org/win"
    html = {
        "format": "org.matrix.custom.html",
        "formatted_body": "<mx-reply>see <a href='https://example.org/a'>it</a></mx-reply>"
        "no, <a href='https://example.org/win'>it</a>",
    }
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}

    assert things(Wave(), message(quoting, **reply, **html)) == ["link example.org/win"]
    assert things(Wave(), message("https://example.org/win", **reply)) == ["link example.org/win"]


def test_links_are_compared_by_host_and_path(message):
    one = message("see https://EXAMPLE.org/win/?ref=1 now")
    other = message("go http://example.org/win#top")

    assert things(Wave(), one) == things(Wave(), other) == ["link example.org/win"]
    assert things(Wave(), message("https://matrix.to/#/@bob:example.org")) == []
    assert things(Wave(links=False), one) == []


def test_a_file_is_known_by_its_address_and_by_its_size(event):
    picture = {"msgtype": "m.image", "body": "a.png", "url": "mxc://a/b"}
    info = {"info": {"mimetype": "image/png", "size": 48_213}}

    assert things(Wave(), event(content=picture)) == ["file mxc://a/b"]
    assert things(Wave(), event(content=picture | info)) == [
        "file mxc://a/b",
        "file image/png 48213",
    ]
    assert things(Wave(), event("m.sticker", {"url": "mxc://a/b", "body": "hi"})) == []


def test_varied_texts_have_sketches_alike_and_others_do_not(message):
    def drawn(body):
        return next(q.sketch for q in Wave().asks(message(body)) if isinstance(q, SimilarBefore))

    first = drawn(ADVERTISEMENT)
    varied = drawn(
        "🔥🔥 " + ADVERTISEMENT.replace("two hundred", "250").upper() + " https://x.y/q7"
    )
    disguised = drawn(ADVERTISEMENT.replace("o", "\u043e").replace("a", "\u0430"))
    other = drawn(
        "I upgraded the server to the new release today and the logs look fine so far, except for "
        "one warning about the clock that I do not understand"
    )

    assert first.likeness_percent(varied.places) >= 60
    assert first.likeness_percent(disguised.places) >= 90
    assert first.likeness_percent(other.places) <= 15


def test_a_person_may_send_a_text_without_links_and_contacts_to_more_rooms(message):
    wave = Wave(rooms=3, own_rooms=6, courtesy_repeats=True)
    news = message("my cat Mina ran off near the old mill on Friday, have an eye open please")
    link = message(f"{news.content['body']} https://cats.example/mina")

    def judged(event, senders, rooms):
        crowd = Crowd(frozenset(senders), frozenset(f"!{number}:x" for number in range(rooms)), 1)
        answers = {each: crowd for each in wave.asks(event) if isinstance(each, SimilarBefore)}
        rest = {each: Crowd() for each in wave.asks(event) if each not in answers}
        return wave.judge(event, Facts(answers | rest))

    assert judged(news, [ALICE], 4) is None
    assert judged(news, [ALICE], 5).kind is FindingKind.COURTESY
    assert judged(news, [ALICE, BOB], 4).kind is FindingKind.EVIDENCE
    assert judged(link, [ALICE], 4).kind is FindingKind.EVIDENCE


SLOGAN = "you have been raided by the crows, everybody out"


def named(event, name, reason=None):
    content = {"membership": "join", "displayname": name, "reason": reason}
    return event("m.room.member", content, state_key=ALICE)


def test_names_and_reasons_of_people_of_several_servers_are_a_wave(event):
    filter_ = Wave(senders=3, servers=3, memberships=True)
    two, one = Crowd(frozenset({"@x:b", "@y:c"})), Crowd(frozenset({"@x:b", "@y:b"}))
    own = Crowd(frozenset({"@x:b", "@y:c", "@z:example.org"}))

    assert judge(filter_, named(event, SLOGAN), two) is not None
    assert judge(filter_, named(event, "x", SLOGAN), two) is not None
    assert judge(filter_, named(event, SLOGAN), one) is None
    assert judge(filter_, named(event, SLOGAN), own) is None


def test_memberships_and_messages_are_compared_by_steps_of_their_own(event, message):
    assert [*Wave(memberships=True).asks(message(ADVERTISEMENT))] == []
    assert [*Wave().asks(named(event, SLOGAN))] == []
    assert [*Wave(memberships=True).asks(named(event, "Ada"))] == []
