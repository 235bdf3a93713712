"""Tests of `link`, which goes by a link's target, whatever its text."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts
from countersign.policy.filters.text import link_kinds
from countersign.policy.filters.text.link import KINDS, MAX_JUDGED_BARE, MAX_JUDGED_LINKS, Link
from countersign.policy.findings import FindingKind
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.thresholds import Thresholds

NO_ALIAS = Facts({RoomAlias("!room:example.org"): None})

DEFAULT = Link()
EVERY_KIND = Link(kinds=KINDS, protect=("bank.example",))
ROOM = "!room:example.org"
REPLY = (
    f'<mx-reply><blockquote><a href="https://matrix.to/#/{ROOM}/$event">In reply to</a> '
    '<a href="https://matrix.to/#/@bob:example.org">bob.com</a><br>x</blockquote></mx-reply>y'
)


def labelled(href, label):
    return f'<a href="{href}">{label}</a>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Shall we meet at eight?", id="no link"),
        pytest.param("see https://example.org/a, or www.example.com.", id="links"),
        pytest.param("ssh://git@example.org https://me:secret@example.org", id="plain credentials"),
        pytest.param("mailto:me@example.org matrix:u/bob:example.org", id="to people"),
        pytest.param(
            f"https://matrix.to/#/{ROOM}/$event?via=example.org", id="message of the room"
        ),
        pytest.param("https://matrix.to/#/%40bob%3Aexample.org", id="mention, quoted"),
        pytest.param("https://app.element.io/#/user/@bob:example.org", id="person, by a client"),
        pytest.param(f"https://app.element.io/#/room/{ROOM}/$event", id="message, by a client"),
        pytest.param("https://docs.example.org/#/room/kitchen", id="another site's rooms"),
        pytest.param("matrix:roomid/room:example.org/e/event", id="message, as a matrix: URI"),
    ],
)
def test_usual_links_pass(message, body):
    assert EVERY_KIND.judge(message(body), NO_ALIAS) is None


@pytest.mark.parametrize(
    "html",
    [
        REPLY,
        labelled("https://www.example.org/x", "example.org"),
        labelled("https://example.org/x", "https://www.example.org"),
        labelled("https://nodejs.example", "node.js"),
        labelled("https://example.org", "See this. Or not"),
        labelled("mailto:me@example.org", "me@example.org"),
        labelled("https://example.org", "<img src='mxc://a/b'>"),
        labelled("https://matrix.to/#/#room:example.org", "#room:example.com"),
    ],
)
def test_links_whose_label_matches_pass(message, html):
    assert DEFAULT.judge(message("x", formatted_body=html), NO_ALIAS) is None


def test_mentions_are_no_links_to_be_allowed_or_counted(message):
    strict = Link(only_allowed=True, max_links=1)

    assert strict.judge(message("x", formatted_body=REPLY), NO_ALIAS) is None


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"body": "buy at https://shop.spam.example/x"}, "body"),
        (
            {"body": "x", "formatted_body": labelled("HTTPS://spam%2Eexample", "y")},
            "formatted_body",
        ),
        ({"body": "x", "m.new_content": {"body": "http://spam.example"}}, "m.new_content.body"),
        ({"body": "x", "info": {"caption": "www.spam.example"}}, "info.caption"),
    ],
)
def test_denied_domains_are_found_wherever_they_stand(event, content, where):
    finding = Link(deny=("spam.example",)).judge(event(content=content), NO_ALIAS)

    assert finding is not None
    assert finding.reason.startswith("links to ")
    assert finding.reason.endswith(f"spam.example', in {where}")


def test_denied_domains_are_found_without_a_scheme_but_not_in_a_user_id(message):
    filter_ = Link(deny=("spam.example", "t.me/joinchat/*"))

    finding = filter_.judge(message("come to Spam.Example!"), NO_ALIAS)

    assert finding is not None
    assert finding.reason == "names 'spam.example'"
    assert filter_.judge(message("t.me/joinchat/abc"), NO_ALIAS) is not None
    assert filter_.judge(message("@bob:spam.example, bob@spam.example, t.me/x"), NO_ALIAS) is None


def test_deny_wins_over_allow(message):
    filter_ = Link(allow=("example.org",), deny=("example.org/blocked/*",), only_allowed=True)

    assert filter_.judge(message("https://example.org/fine"), NO_ALIAS) is None
    assert filter_.judge(message("https://example.org/blocked/x"), NO_ALIAS) is not None


def test_a_single_link_that_is_not_allowed_refuses_the_event(message):
    filter_ = Link(allow=("example.org",), only_allowed=True)

    finding = filter_.judge(message("https://example.org https://example.com"), NO_ALIAS)

    assert finding is not None
    assert finding.reason == "links to 'example.com', which is not allowed"


PLACES = {"invitation", "messenger"}


@pytest.mark.parametrize(
    ("kind", "target", "why"),
    [
        ("look-alike", "https://p\u0430ypal.com", "it mixes alphabets"),
        ("look-alike", "https://b4nk.example/login", "it looks like 'bank.example'"),
        ("look-alike", "https://bank.example.evil.org", "it looks like 'bank.example'"),
        ("credentials", "https://bank.example@evil.org", "'bank.example' stands before it"),
        ("credentials", "https://bank%2Eexample@evil.org", "'bank%2Eexample' stands before it"),
        ("invitation", "https://matrix.to/#/#other:example.com?via=b", "an invitation"),
        ("invitation", "https://matrix.to/#/!other:example.org/$event", "an invitation"),
        ("invitation", "matrix:r/other:example.com", "an invitation"),
        ("invitation", "matrix:roomid/other:example.org/e/event", "an invitation"),
        ("invitation", "https://app.element.io/#/room/#other:example.com", "an invitation"),
        ("invitation", "https://chat.example.net/x/#/room/%21other%3Aexample.com", "an invitation"),
        ("invitation", "element://vector/webapp/#/room/#other:example.com", "an invitation"),
        ("invitation", "https://discord.gg/abc", "an invitation"),
        ("invitation", "https://www.discord.com/invite/abc", "an invitation"),
        ("invitation", "https://t.me/+abc", "an invitation"),
        ("invitation", "tg://join?invite=abc", "an invitation"),
        ("invitation", "https://chat.whatsapp.com/abc", "an invitation"),
        ("messenger", "https://discord.gg/abc", "an invitation"),
        ("messenger", "https://t.me/+abc", "an invitation"),
        ("shortener", "https://bit.ly/abc", "it hides where a link leads"),
        ("ip-address", "http://0x7f000001:8080/", "an IP address"),
        ("international", "https://xn--mnchen-3ya.de", "letters beyond a to z"),
    ],
)
def test_only_links_of_the_given_kinds_are_refused(message, kind, target, why):
    linking = message("x", formatted_body=labelled(target, "y"))
    others = tuple(other for other in KINDS if {kind, other} not in ({kind}, PLACES))
    if "alphabets" in why:
        others = tuple(other for other in others if other not in ("international", "disguised"))

    finding = Link(kinds=(kind,), protect=("bank.example",)).judge(linking, NO_ALIAS)

    assert finding is not None
    assert finding.reason.endswith(why)
    assert Link(kinds=others, protect=("bank.example",)).judge(linking, NO_ALIAS) is None


@pytest.mark.parametrize(
    "label", ["https://bank.example/login", "bank.com", "www.bank.example now", "Bank.com/login"]
)
def test_a_label_that_names_another_domain_is_refused(message, label):
    html = labelled("https://evil.example", label)

    finding = DEFAULT.judge(message("x", formatted_body=html), NO_ALIAS)

    assert finding is not None
    assert "its label says" in finding.reason


def test_allowed_links_may_be_of_any_kind_and_are_not_counted(message):
    filter_ = Link(allow=("discord.gg",), kinds=("invitation",), max_links=1)

    assert filter_.judge(message("https://discord.gg/a https://discord.gg/b"), NO_ALIAS) is None


def test_different_links_are_counted(message):
    filter_ = Link(max_links=2)
    two = "https://a.example https://b.example https://a.example"

    assert filter_.judge(message(two), NO_ALIAS) is None
    finding = filter_.judge(message(f"{two} https://c.example"), NO_ALIAS)
    assert finding is not None
    assert finding.reason == "holds 3 links; this room allows 2"


def test_places_are_links_and_names_alone_are_counted_only_if_asked(message):
    names = "go to example.com, read_me.txt, or e.g. node.js at example.net"
    places = "go to example.com/a, read_me.txt, or e.g. node.js at example.net/x"

    assert Link(only_allowed=True).judge(message(names), NO_ALIAS) is None
    assert Link(only_allowed=True).judge(message(places), NO_ALIAS) is not None
    assert Link(only_allowed=True, also_bare=True).judge(message(names), NO_ALIAS) is not None
    assert Link(max_links=1).judge(message(names), NO_ALIAS) is None
    assert Link(max_links=1).judge(message(places), NO_ALIAS) is not None
    assert Link(max_links=2, also_bare=True).judge(message(names), NO_ALIAS) is None
    assert Link(max_links=1, also_bare=True).judge(message(names), NO_ALIAS) is not None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("invitation", "t.me/+abc"),
        ("invitation", "https://t.me?start=abc"),
        ("invitation", "https://signal.group/#CjQKIA"),
        ("invitation", "tg://join?invite=abc"),
        ("invitation", "https://somebody.t.me"),
        ("ip-address", "http://3405803783/"),
        ("invitation", "(Discord.gg/abc)"),
        ("invitation", "matrix.to/#/#other:example.com"),
        ("invitation", "come to #other:example.com!"),
        ("invitation", "#other:matrix.org"),
        ("shortener", "bit.ly/abc"),
        ("look-alike", "b4nk.example"),
        ("international", "m\u00fcnchen.de"),
    ],
)
def test_a_link_needs_no_scheme_to_be_of_a_kind(message, kind, body):
    filter_ = Link(kinds=(kind,), protect=("bank.example",))

    assert filter_.judge(message(body), NO_ALIAS) is not None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("#help:example.org, https://matrix.to/#/#help:example.org", id="same server"),
        pytest.param("is t.me or bit.ly down?", id="names of services"),
        pytest.param("is https://t.me down? (https://t.me/) and discord.gg, https://discord.gg",
                     id="sites of services"),
        pytest.param("http://grafana:3000/d/abc http://intranet", id="names in one's own network"),
        pytest.param("@t.me:example.org me@t.me", id="user ID, mail address"),
        pytest.param("http://127.0.0.1:8008/x http://[::1]/ http://10.1.2.3 http://0.0.0.0:80/",
                     id="own machine and network"),
        pytest.param("http://[fe80::1]/ http://[fd00::5]:80/ http://100.64.3.2/ http://nas.local/x",
                     id="beside it"),
        pytest.param("https://maps.app.goo.gl/AbC goo.gl/maps/AbC photos.app.goo.gl/x",
                     id="share links of one service"),
        pytest.param("https://first.last@git.example.org/x.git https://b.c:d@example.org",
                     id="user names with a dot"),
        pytest.param("https://me%40example.org:secret@dav.example.org/", id="mail address as user"),
        pytest.param("ssh://git.com@example.org smtps://a%40example.org:b@example.org",
                     id="not for browsers"),
    ],
)  # fmt: skip
def test_links_that_only_resemble_a_kind_pass(message, body):
    assert EVERY_KIND.judge(message(body), NO_ALIAS) is None


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("ip-address", "http://203.0.113.7/setup.exe"),
        ("ip-address", "http://[2001:db8::1]/"),
        ("ip-address", "http://172.32.0.1/"),
        ("shortener", "https://goo.gl/abc"),
        ("shortener", "https://goo.gl/mapsabc"),
        ("credentials", "https://www.bank.example.com@evil.example/"),
        ("credentials", "https://bank.example.com:443@evil.example/"),
        ("credentials", "https://me@bank.example.com@evil.example/"),
        ("credentials", "https://bank.example%2Flogin@evil.example/"),
    ],
)
def test_similar_links_are_still_refused(message, kind, target):
    assert Link(kinds=(kind,)).judge(message(target), NO_ALIAS) is not None


@pytest.mark.parametrize(
    "label",
    [
        "parser.ml:42", "System.IO", "10-wan.network", "id_ed25519.pub", "Vue.js", "logger.info",
        "main.rs", "user.name", "com.example.app", "libc.so.6", "asp.net",
    ],
)  # fmt: skip
def test_a_label_that_is_a_file_or_a_name_in_a_program_is_no_domain(message, label):
    html = labelled("https://docs.example.org/x", label)

    assert DEFAULT.judge(message("x", formatted_body=html), NO_ALIAS) is None


def test_nobody_hides_a_link_behind_a_thousand_others(message):
    links = " ".join(f"https://{n}.example" for n in range(MAX_JUDGED_LINKS + 1))
    words = " ".join(f"w.{n}" for n in range(MAX_JUDGED_BARE + 1))

    assert DEFAULT.judge(message(links), NO_ALIAS) is not None
    assert DEFAULT.judge(message(words), NO_ALIAS) is None
    assert Link(deny=("x.example",)).judge(message(words), NO_ALIAS) is not None


def test_mistakes_are_all_told():
    with pytest.raises(OptionsInvalid) as caught:
        Link(kinds=("shortner",), deny=("a b",), protect=("*",))

    assert [mistake.suggestion for mistake in caught.value.mistakes] == ["shortener", None, None]


@pytest.mark.parametrize(
    ("body", "points"),
    [
        ("visit my-shop dot com", 4),
        ("visit my-shop . com, t . me / abc", 7),
        ("do not open hxxps://my-shop[.]example", 2),
        ("that is a fraud: t[.]me/abc", 5),
    ],
)
def test_a_disguised_link_is_evidence_and_never_refuses_alone(message, body, points):
    filter_ = Link(kinds=("invitation", "disguised"))

    finding = filter_.judge(message(body), NO_ALIAS)

    assert finding is not None
    assert (finding.kind, finding.points) == (FindingKind.EVIDENCE, points)
    assert finding.points <= filter_.most_points() < Thresholds().refuse
    assert Link(kinds=("invitation",)).judge(message(body), NO_ALIAS) is None


@pytest.mark.parametrize(
    ("body", "points"),
    [("visit my-shop dot com", 4), ("my-shop,com", 4), ("hello", None), ("it is my-shop[.]com", 2)],
)
def test_where_only_some_links_are_allowed_a_disguised_one_counts(message, body, points):
    finding = Link(only_allowed=True, kinds=()).judge(message(body), NO_ALIAS)

    assert (finding and finding.points) == points


def test_a_disguised_link_to_an_allowed_domain_or_in_code_is_none(message):
    filter_ = Link(kinds=("disguised",), allow=("example.org",))

    assert filter_.judge(message("see example (dot) org"), NO_ALIAS) is None
    assert filter_.judge(message("`x = example . com`"), NO_ALIAS) is None
    assert Link().most_points() == 0


def test_the_rooms_own_alias_is_no_invitation_wherever_it_is_registered(message):
    facts = Facts({RoomAlias(ROOM): "#own:matrix.org"})
    own = "#own:matrix.org, https://matrix.to/#/%23own%3Amatrix.org?via=a matrix:r/own:matrix.org"

    assert Link(kinds=("invitation",)).judge(message(own), facts) is None
    assert Link(kinds=("invitation",)).judge(message("#other:matrix.org"), facts) is not None


def test_the_alias_is_asked_for_only_where_a_link_may_be_to_a_room(message):
    inviting, plain = message("#other:example.com"), message("https://example.com/a example.org")

    assert list(Link(kinds=("invitation",)).asks(inviting)) == [RoomAlias(ROOM)]
    assert list(Link(kinds=("invitation",)).asks(plain)) == []
    assert list(Link().asks(inviting)) == []


def test_an_address_in_a_command_is_nothing_to_click_on(message):
    judge = Link(kinds=("ip-address",)).judge
    html = {"format": "org.matrix.custom.html"}
    command = "curl http://203.0.113.7:8448/version"

    assert judge(message(f"`{command}` times out"), NO_ALIAS) is None
    coded = {**html, "formatted_body": f"<code>{command}</code> times out"}
    assert judge(message(f"`{command}` times out", **coded), NO_ALIAS) is None
    assert judge(message(f"{command} times out"), NO_ALIAS) is not None
    log = "2026-03-02 11:32:01 ERROR sync: http://203.0.113.7:8448/version timed out"
    assert judge(message(f"look:\n{log}\nany idea?"), NO_ALIAS) is None
    assert judge(message("Mar  2 11:32:01 srv app[7]: GET http://203.0.113.7/"), NO_ALIAS) is None
    assert judge(message("[WARN] http://203.0.113.7/ is slow"), NO_ALIAS) is None
    assert judge(message(f"{log}\nhttp://203.0.113.7/win is free"), NO_ALIAS) is not None
    linked = '<a href="http://203.0.113.7/win">`http://203.0.113.7/win`</a>'
    assert judge(message("`x`", **html, formatted_body=linked), NO_ALIAS) is not None


@pytest.mark.parametrize(
    "body",
    [
        "`http://203.0.113.7/win`",
        "2026-03-02 11:32:01 ERROR sync: http://203.0.113.7/win timed out",
        "```\nhttp://203.0.113.7/win\n```",
    ],
)
def test_only_allowed_also_refuses_links_in_code_and_logs(message, body):
    filter_ = Link(only_allowed=True, allow=("example.org",), kinds=KINDS)

    assert filter_.judge(message(body), NO_ALIAS) is not None
    assert filter_.judge(message(body.replace("203.0.113.7", "example.org")), NO_ALIAS) is None
    assert filter_.judge(message(body.replace("203.0.113.7", "192.168.1.20")), NO_ALIAS) is None


def test_log_lines_are_searched_once_however_many_addresses_stand_in_them(message, monkeypatch):
    searched = []
    search = link_kinds.without_log_lines
    monkeypatch.setattr(
        link_kinds, "without_log_lines", lambda text: searched.append(text) or search(text)
    )
    log = "\n".join(
        f"2026-03-02 11:32:01 ERROR sync: http://203.0.113.{number}/ timed out"
        for number in range(1, 190)
    )

    assert Link(kinds=("ip-address",)).judge(message(log), NO_ALIAS) is None
    assert len(searched) == 1


def test_the_label_of_an_address_by_numbers_is_still_compared(message):
    judge = Link(kinds=("false-label",), only_allowed=True).judge
    html = '<a href="http://203.0.113.7/x">https://bank.example</a>'
    labelled = message("look", format="org.matrix.custom.html", formatted_body=html)

    assert Link(kinds=("false-label",)).judge(labelled, NO_ALIAS) is not None
    assert judge(labelled, NO_ALIAS) is not None


@pytest.mark.parametrize("room", ["#a:example.com", "https://matrix.to/#/#a:example.com"])
def test_another_room_of_matrix_is_an_invitation_and_no_messenger(message, room):
    asking = message(f"I get M_FORBIDDEN in {room}, and you?")

    assert Link(kinds=("invitation",)).judge(asking, NO_ALIAS) is not None
    assert Link(kinds=("messenger",)).judge(asking, NO_ALIAS) is None


def test_a_link_in_a_sentence_is_left_alone_if_only_links_alone_are_looked_at(message):
    judge = Link(kinds=("shortener",), max_letters=20).judge

    assert judge(message("https://bit.ly/abc 17"), NO_ALIAS) is not None
    assert judge(message("look at this: bit.ly/abc, bit.ly/abcdef"), NO_ALIAS) is not None
    assert judge(message("the release window of the series: https://bit.ly/abc"), NO_ALIAS) is None


KNOWN = "https://launch.club/blog"


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        pytest.param(KNOWN, True, id="a member's link"),
        pytest.param(f"read {KNOWN} first, the page is on launch.club", True, id="and its domain"),
        pytest.param(f"{KNOWN} https://other.club", False, id="and another link"),
        pytest.param(f"{KNOWN} other.club", False, id="and another name"),
        pytest.param(f"{KNOWN} other (dot) club", False, id="and a disguised one"),
        pytest.param(f"{KNOWN} write to +49 1512 3456789", False, id="and a contact"),
        pytest.param(f"{KNOWN} {' '.join(f'{KNOWN}/{n}' for n in range(12))}", False, id="many"),
    ],
)
def test_a_link_that_members_posted_passes_if_nothing_else_leads_elsewhere(message, body, passes):
    event = message(body)
    known = tuple(
        IndicatorFacts(each, each.name, is_vouched=each.name.startswith("launch.club"))
        for each in event.indicators
    )
    facts = Facts({IndicatorsSeen(per_seconds=86_400): known})
    denies = Link(deny=("*.club",), kinds=("disguised",), vouched=True)

    assert (denies.judge(event, facts) is None) is passes
    assert Link(deny=("*.club",)).judge(event, facts) is not None
