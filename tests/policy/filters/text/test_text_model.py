"""Tests of `text-model`: points for texts that resemble advertising, none for others."""

# ruff: noqa: RUF001 - words of many scripts

import re

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.text.text_model import TALK_POINTS, TextModel
from countersign.policy.findings import FindingKind
from countersign.policy.questions.crowds import Crowd
from countersign.policy.questions.messages import QuotesTruly, RelatedMessage

SCAM = (
    "Earn 500 dollars a day from home with crypto trading, no risk, guaranteed profit, contact me "
    "on https://t.me/richnow"
)
JUDGE = TextModel()
REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "has anyone tried the new release yet? it works fine here",
        "the meeting is at six, join at https://meet.example.org/room",
    ],
)
def test_honest_texts_are_no_finding(message, no_facts, body):
    assert JUDGE.judge(message(body), no_facts) is None


QUOTING = f"> <@eve:example.com> {SCAM}\n> {SCAM}\n\nplease stop that"
QUOTING_HTML = {
    "format": "org.matrix.custom.html",
    "formatted_body": f"<mx-reply><blockquote><a href='https://matrix.to/#/@eve:example.com'>Eve</a>"
    f"<br>{SCAM}</blockquote></mx-reply>please <b>stop</b> that",
}


TRUE, FORGED = Facts({QuotesTruly(): True}), Facts({QuotesTruly(): False})


@pytest.mark.parametrize("html", [{}, QUOTING_HTML])
def test_quotations_in_replies_are_not_judged(message, html):
    assert JUDGE.judge(message(QUOTING, **REPLY, **html), TRUE) is None


@pytest.mark.parametrize(
    ("body", "html"), [(QUOTING, {}), (QUOTING, QUOTING_HTML), ("please stop that", QUOTING_HTML)]
)
def test_a_quotation_that_the_answered_message_does_not_contain_is_judged(message, body, html):
    event = message(body, **REPLY, **html)

    assert list(JUDGE.asks(event)) == [QuotesTruly()]
    assert JUDGE.judge(event, FORGED).points >= 6
    assert JUDGE.judge(event, TRUE) is None


def test_an_honest_answer_to_what_nobody_remembers_is_left_alone(message):
    body = "> <@bob:example.org> the meeting is at six, is 300 dollars for the hall fine?\n\nyes"

    assert JUDGE.judge(message(body, **REPLY), FORGED) is None


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (QUOTING, {}),
        (f"> {SCAM}", {}),
        (f"> {SCAM}", REPLY),
        (f"> <@eve:example.com> {SCAM}", REPLY),
        (QUOTING, {"m.relates_to": {**REPLY["m.relates_to"], "is_falling_back": True}}),
        (QUOTING, {**REPLY, "m.new_content": {"msgtype": "m.text", "body": QUOTING}}),
        ("hello", QUOTING_HTML),
    ],
)
def test_a_fake_quotation_is_judged(message, no_facts, body, more):
    assert JUDGE.judge(message(body, **more), no_facts).points >= 6


def test_a_quotation_by_hand_below_a_true_one_is_judged(message):
    body = f"> <@eve:example.com> hi\n\nhello\n> {SCAM}"

    assert JUDGE.judge(message(body, **REPLY), TRUE).points >= 6


def test_the_finding_has_points_and_names_the_strongest_parts(message, no_facts):
    finding = JUDGE.judge(message(SCAM), no_facts)

    assert finding.kind is FindingKind.EVIDENCE
    assert finding.points == finding.value >= 6
    assert "body (en)" in finding.reason
    assert "'profit'" in finding.reason


@pytest.mark.parametrize("between", ["_", "-", "~", "+", "*", "\u2800"])
def test_words_joined_by_signs_are_read_separately(message, no_facts, between):
    assert JUDGE.judge(message(SCAM.replace(" ", between)), no_facts).points >= 6


@pytest.mark.parametrize(
    "body",
    [
        "https://example.org/how-to-earn-500-dollars-a-day-from-home-with-crypto-trading",
        "/usr/lib/python3/dist-packages/crypto_trading/profit_from_home/dollars_a_day.py",
        "name: " + "_" * 60 + " town: " + "_" * 60,
    ],
)
def test_links_and_paths_are_not_read_apart(message, no_facts, body):
    assert JUDGE.judge(message(body), no_facts) is None


def test_small_capitals_are_read_as_letters(message, no_facts):
    capitals = dict(zip("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
    written = SCAM.partition("https")[0].translate(str.maketrans(capitals))

    plain = JUDGE.judge(message(SCAM.partition("https")[0]), no_facts)
    assert JUDGE.judge(message(written), no_facts).points == plain.points


def in_letters_from(first: str, written: str) -> str:
    return "".join(
        chr(ord(first) + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter
        for letter in written.lower()
    )


@pytest.mark.parametrize(
    "disguised",
    [
        lambda text: in_letters_from("🅐", text),
        lambda text: in_letters_from("🅰", text),
        lambda text: "\u200b".join(in_letters_from("🇦", text)),
        lambda text: "🔥".join(text.split()),
        lambda text: "".join(map(str.capitalize, text.split())),
        lambda text: re.sub(r"(?<=[a-z]{2})(?=[a-z]{2})", "-", text),
        lambda text: re.sub(r"(?<=[a-z]{2})(?=[a-z]{2})", ".", text),
    ],
)
def test_disguised_texts_have_nearly_the_same_points(message, no_facts, disguised):
    pitch = SCAM.partition("https")[0].strip(" :")
    plain = JUDGE.judge(message(pitch), no_facts).points

    assert JUDGE.judge(message(disguised(pitch)), no_facts).points >= plain - 2


def test_a_link_over_two_lines_is_a_link(message, no_facts):
    plain = JUDGE.judge(message(f"{PITCH} my-shop.com"), no_facts)

    assert plain.points > JUDGE.judge(message(f"{PITCH} my-shop"), no_facts).points
    assert JUDGE.judge(message(f"{PITCH} my-shop.\ncom"), no_facts).points == plain.points


@pytest.mark.parametrize("more", ['"my-shop.com"', "by 'Anna Smith'", '"real money"'])
def test_a_link_or_a_name_in_quotation_marks_makes_no_talk(message, no_facts, more):
    assert "only talks" not in JUDGE.judge(message(f"{PITCH} {more}"), no_facts).reason


@pytest.mark.parametrize(
    "content",
    [
        {"format": "org.matrix.custom.html", "formatted_body": f"<b>{SCAM}</b>"},
        {"m.new_content": {"msgtype": "m.text", "body": SCAM}},
        {"filename": "a.png", "org.matrix.msc1767.caption": {"m.text": [{"body": SCAM}]}},
    ],
)
def test_every_text_is_judged(message, no_facts, content):
    assert JUDGE.judge(message("look", **content), no_facts).points >= 6


def test_points_are_within_the_options(message, no_facts):
    assert TextModel(max_points=3).judge(message(SCAM), no_facts).points == 3
    assert TextModel(max_points=3).most_points() == 3
    assert TextModel(min_points=12).judge(message(SCAM), no_facts) is None


def test_an_event_is_read_once_however_many_steps_ask(message, no_facts):
    event = message(SCAM)
    first = event.text_prediction

    JUDGE.judge(event, no_facts)

    assert event.text_prediction is first


def test_many_texts_are_read_up_to_a_limit(message, no_facts):
    event = message("look", **{f"k{n}": f"on walk {n} we saw the old mill" for n in range(1_000)})

    assert JUDGE.judge(event, no_facts) is None


PITCH = "Earn 500 dollars a day from home with crypto trading, no risk, guaranteed profit today"


@pytest.mark.parametrize(
    "body",
    [
        f"they wrote '{PITCH}' again",
        f"I got this spam: {PITCH}",
        f"{PITCH}, c'est une arnaque",
    ],
)
def test_talk_about_fraud_is_worth_less(message, no_facts, body):
    finding = JUDGE.judge(message(body), no_facts)

    assert "only talks of such" in finding.reason
    assert finding.points <= JUDGE.judge(message(PITCH), no_facts).points - TALK_POINTS + 1


@pytest.mark.parametrize(
    "more",
    [
        "no scam, 100 % legit",
        "NOT A SCAM",
        "scam-free",
        "I was tired of scams",
        "100% legit, beware of scammers",
        "kein Betrug",
        "n'est pas une arnaque",
        "não é golpe",
        "это не мошенничество",
        "không lừa đảo",
        "dolandırıcılık yok",
        "不是骗局",
        "詐欺ではありません",
        "ليس احتيالا",
        "'we pay every day', no scam",
        "I don't lie, you're in",
    ],
)
def test_denying_a_scam_is_no_talk_about_it(message, no_facts, more):
    finding = JUDGE.judge(message(f"{PITCH}. {more}"), no_facts)

    assert "only talks" not in finding.reason


@pytest.mark.parametrize(
    "more",
    [
        "is this a scam?",
        "isn't this a scam?",
        "is it 100% safe or a scam?",
        "they say 'no scam, 100% legit'",
        "No, this is a scam",
        "das ist Betrug, oder?",
        "это мошенники",
        "这不是骗局吗?",
        "lừa đảo",
    ],
)
def test_asking_or_warning_is_talk_about_it(message, no_facts, more):
    finding = JUDGE.judge(message(f"{PITCH}. {more}"), no_facts)

    assert "only talks" in finding.reason


@pytest.mark.parametrize(
    ("body", "is_talk"),
    [
        (f'"{PITCH} my-shop.com"', False),
        (f'my aunt said: "{PITCH} my-shop.com"', False),
        (f'I got this: "{PITCH} my-shop.com"', True),
        (f'"{PITCH} my-shop.com" real?', True),
        (f"{PITCH} http://my-shop.com:8080/x", False),
        (f"{PITCH} http://192.168.1.7:8080/x", True),
    ],
)
def test_quotations_with_a_link_and_links_with_a_port_are_talk_only_beside_other_signs(
    message, no_facts, body, is_talk
):
    assert ("only talks" in JUDGE.judge(message(body), no_facts).reason) is is_talk


def test_a_quotation_does_not_make_a_pitch_talk_about_fraud(message):
    body = f"> <@bob:example.org> is this a scam?\n\n{PITCH}"

    assert "only talks" not in JUDGE.judge(message(body, **REPLY), TRUE).reason


def test_a_contact_excludes_talk_about_fraud(message, no_facts):
    finding = JUDGE.judge(message(f"no scam, no spam! {SCAM}"), no_facts)

    assert finding.points >= 6
    assert "only talks" not in finding.reason


OUTPUT = (
    "2026-03-02 11:40:07 error: ", "M_FORBIDDEN ", "502 Bad Gateway ", "status: 503 ",
    "ValueError: ", "ECONNREFUSED: ", "connection refused ", "https://api.example.org:8448/ ",
    "sshd[4312]: failed ", "(code=exited) ", "see /etc/app/config.yaml ", "0.0.0.0:8080->80/tcp ",
)  # fmt: skip


@pytest.mark.parametrize("output", OUTPUT)
def test_program_output_scores_less_unless_beside_a_contact(message, no_facts, output):
    pitch = "Earn 500 dollars a day from home, guaranteed profit: https://rich-now.example"
    plain = JUDGE.judge(message(pitch), no_facts)

    shown = TextModel(min_points=1).judge(message(output + pitch), no_facts)
    with_contact = JUDGE.judge(message(output + SCAM), no_facts)

    assert plain.points >= 6
    assert shown.points <= plain.points - TALK_POINTS + 1
    assert "only talks" in shown.reason
    assert with_contact.points >= 9


PITCH = "earn five hundred dollars every day from home with crypto trading guaranteed profit"
WORDS = PITCH.split()
LINK = "https://rich-now.example"


@pytest.mark.parametrize(
    "body",
    [
        f"{'  '.join(' '.join(word) for word in WORDS)}  {LINK}",
        "\n".join(" ".join([*WORDS, LINK])),
        ".".join([*WORDS, LINK]),
        ".".join([*WORDS, "rich-now.com"]),
        " ".join(word.translate(str.maketrans("oae", "043")) for word in WORDS) + f" {LINK}",
        " ".join("*".join(word) for word in WORDS) + f" {LINK}",
    ],
)
def test_words_in_disguise_are_read_and_worth_more(message, no_facts, body):
    read = JUDGE.judge(message(body), no_facts)
    finding = TextModel(disguised_points=3).judge(message(body), no_facts)

    assert read.points >= 4
    assert finding.points == min(12, read.points + 3)
    assert "filters do not read" in finding.reason


@pytest.mark.parametrize(
    "body",
    [
        f"{PITCH} {LINK}",
        f"{PITCH} {LINK} x86 k8s utf8mb4 mp3 h264",
        f"{PITCH} {LINK} org.example.app.main.view",
        f"{PITCH} {LINK} A. B. Smith, U.S.A.",
    ],
)
def test_usual_words_are_in_no_disguise(message, no_facts, body):
    finding = TextModel(disguised_points=3).judge(message(body), no_facts)

    assert "filters do not read" not in finding.reason


def test_a_message_that_grows_into_a_pitch_by_edits_is_worth_more(message):
    filter_ = TextModel(edited_points=9)
    body = "we look for people for a remote job, 300 dollars a day"
    relation = {"rel_type": "m.replace", "event_id": "$x"}
    edit = message(
        f"* {body}",
        **{"m.new_content": {"msgtype": "m.text", "body": body}, "m.relates_to": relation},
    )
    edits, first = filter_.asks(edit)

    def judged(before, said):
        return filter_.judge(edit, Facts({edits: Crowd(by_sender=before), first: said}))

    assert [*filter_.asks(message(body))] == [*TextModel().asks(edit)] == []
    once, again = judged(0, None), judged(1, None)
    assert again.points >= 10 > (0 if once is None else once.points)
    assert "edited again" in again.reason
    assert judged(1, RelatedMessage("@a:b", len(body) // 2, ())) == again
    # A correction, or the count of a poll.
    assert judged(1, RelatedMessage("@a:b", len(body) - 3, ())) == once


def test_a_name_that_reads_like_an_advertisement_weighs_more_where_the_policy_says_so(
    event, no_facts
):
    def judged(filter_, name):
        content = {"membership": "join", "displayname": name}
        return filter_.judge(event("m.room.member", content, state_key="@a:b"), no_facts)

    name = "crypto signals vip join, earn money daily"
    plain = judged(TextModel(), name).points

    assert plain >= 8
    assert judged(TextModel(named_points=3), name).points == min(plain + 3, 12)
    weak = "Free Software Friends Vienna"
    assert judged(TextModel(named_points=3), weak) == judged(TextModel(), weak)
