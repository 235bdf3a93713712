"""Tests of links without `https://`, and of file names and the like, which are none."""

import pytest

from countersign.policy.text.content import Content
from countersign.policy.text.links.bare_names import is_place
from countersign.policy.text.links.written_links import MAX_NAMES, LinkForm
from countersign.testing.counting import count_calls


def links_in(body):
    links = Content({"body": body}, "m.room.message").links
    return [(link.target, link.form) for link in links]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ("our channel t.me/+AbC, join", "t.me/+AbC"),
        ("(discord.gg/abc)", "discord.gg/abc"),
        ("**chat.whatsapp.com/AbC**", "chat.whatsapp.com/AbC"),
        ("see cutt.ly/abc.", "cutt.ly/abc"),
        ("matrix.to/#/#room:example.org", "matrix.to/#/#room:example.org"),
        ("get.example.sh/install", "get.example.sh/install"),
        ("shop.example.org:8448/x?y=z", "shop.example.org:8448/x?y=z"),
        ("login.example.com?session=1", "login.example.com?session=1"),
        ("去t.me/abc看", "t.me/abc看"),
    ],
)
def test_a_name_with_a_path_is_a_place(body, target):
    assert links_in(body) == [(target, LinkForm.PLACE)]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ("visit win-casino.xyz for more", "win-casino.xyz"),
        ("VISIT WIN-CASINO.XYZ!", "WIN-CASINO.XYZ"),
        ("Website:example.com", "example.com"),
        ("访问example.com领取", "example.com"),
        ("_my-shop.ru_", "my-shop.ru"),
        ("казино.рф", "казино.рф"),
        ("xn--80aswg.xn--p1ai", "xn--80aswg.xn--p1ai"),
        ("win-bonus.live now", "win-bonus.live"),
        ("888.com", "888.com"),
        ("PayPal.com", "PayPal.com"),
        ("example.co.uk", "example.co.uk"),
        ("is example.org, or", "example.org"),
    ],
)
def test_a_name_that_looks_like_a_domain_is_one(body, target):
    assert links_in(body) == [(target, LinkForm.NAME)]


@pytest.mark.parametrize(
    "body",
    [
        "node.js, e.g. ASP.NET, version 1.2.co",
        "setup.py main.rs README.md lib.so.6 a.zip",
        "done.Then we go. i.e. z.B. e.V. U.S. Ph.D. a.m./p.m.",
        "great.thanks for the help.me too, done.today ok.so",
        "user.name self.id request.user.email config.host np.int",
        "@bob:example.org me@example.org first.last@example.org",
        "README.md/CHANGELOG.md and/or a.b/c",
        "System.IO System.Net.Http java.io.File",
        "com.example.app io.example.desktop",
        "10-wan.network id_ed25519.pub parser.ml:42 main.cc",
        "v1.2.3 3.14 10.0.0.1 1.2.3.4:80",
        "foo.run() window.name.toString( items.data[0]",
        "docker-compose.yml nginx.conf a.b.c",
        "src/main.com C:\\example.com ?x=1&y.com",
        "`example.com` and ```\nexample.org\n```",
        "#12: see #a:b",
    ],
)
def test_names_of_files_and_in_programs_and_sentences_without_a_space_are_none(body):
    assert links_in(body) == []


def test_code_in_formatted_text_holds_no_names():
    html = "<p>set <code>object.example.com</code></p><pre><code>example.net</code></pre>"

    assert Content({"formatted_body": html}, "m.room.message").links == ()
    assert len(Content({"formatted_body": f"{html} example.net"}, "m.room.message").links) == 1


def test_a_place_counts_in_code_too_since_people_copy_it():
    assert links_in("`t.me/abc`") == [("t.me/abc", LinkForm.PLACE)]


def test_an_alias_is_a_link_to_its_room():
    (link,) = Content({"body": "come to #chat:example.org, now"}, "m.room.message").links

    assert (link.target, link.form) == ("#chat:example.org", LinkForm.ALIAS)
    assert link.url == "https://matrix.to/#/#chat:example.org"


def test_a_name_that_repeats_the_host_of_a_link_is_no_link_of_its_own():
    html = (
        '<a href="https://www.example.org/x">example.org</a> <a href="https://a.example">b.com</a>'
    )

    links = Content({"formatted_body": html}, "m.room.message").links
    assert [link.target for link in links] == [
        "https://www.example.org/x", "https://a.example", "b.com",
    ]  # fmt: skip


def test_the_first_of_many_names_are_links_and_paths_after_them_are_found():
    names = " ".join(f"example{number}.com" for number in range(MAX_NAMES + 20))
    content = Content({"body": f"{names} t.me/abc"}, "m.room.message")

    forms = [link.form for link in content.links]
    assert forms.count(LinkForm.NAME) == MAX_NAMES
    assert forms[-1] is LinkForm.PLACE
    assert not content.was_cut


@pytest.mark.parametrize(
    "piece", ["a.com/", "a.com,", ".com", "a.com#a:", "#a:b.c", "`a.com`", "`"]
)
def test_places_are_found_in_steps_in_proportion_to_the_text(piece):
    half, whole = (
        Content({"body": piece * (size // len(piece))}, "x") for size in (15_000, 30_000)
    )
    steps = count_calls(lambda: half.links)

    assert count_calls(lambda: whole.links) <= 2 * steps + 2_000


@pytest.mark.parametrize("name", ["", ".", "com", "-a.com", "a-.com", "a..com", "a_b.com", "1.com"])
def test_impossible_names_are_no_links(name):
    assert not is_place(name, "")
