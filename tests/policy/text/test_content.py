"""Tests of the extractor: all text that is shown or notifies somebody, with its place."""

import sys

import pytest

from countersign.policy.text.content import MAX_TAGS, MAX_TEXTS, MAX_VALUES, Content
from countersign.policy.text.content_parts import LEAST_TAGS, Link, Media, Relation
from countersign.policy.text.html_text import Picture
from countersign.policy.text.links.written_links import MAX_DIFFERENT_LINKS, MAX_LINKS
from countersign.policy.text.mentions import MAX_MENTIONED
from countersign.testing.counting import count_calls

HASH = "A" * 43


def texts_of(content, event_type="m.room.message"):
    return {text.path: text.raw for text in Content(content, event_type).texts}


@pytest.mark.parametrize(
    ("event_type", "content", "path"),
    [
        ("m.room.message", {"body": "spam"}, "body"),
        ("m.room.message", {"formatted_body": "<b>spam</b>"}, "formatted_body"),
        ("m.room.message", {"m.new_content": {"body": "spam"}}, "m.new_content.body"),
        ("m.room.message", {"body": "image", "filename": "spam"}, "filename"),
        ("m.room.message", {"info": {"thumb": {"alt": "spam"}}}, "info.thumb.alt"),
        ("m.room.message", {"geo_uri": "spam"}, "geo_uri"),
        ("m.sticker", {"body": "spam"}, "body"),
        ("m.reaction", {"m.relates_to": {"key": "spam"}}, "m.relates_to.key"),
        ("m.room.topic", {"topic": "spam"}, "topic"),
        ("m.room.topic", {"m.topic": {"m.text": [{"body": "spam"}]}}, "m.topic.m.text[0].body"),
        ("m.room.name", {"name": "spam"}, "name"),
        ("m.room.member", {"displayname": "spam"}, "displayname"),
        ("m.room.redaction", {"reason": "spam"}, "reason"),
        ("m.poll.start", {"m.poll": {"question": {"m.text": [{"body": "spam"}]}}},
         "m.poll.question.m.text[0].body"),
        ("org.matrix.msc3381.poll.start",
         {"org.matrix.msc3381.poll.start": {"answers": [{}, {"org.matrix.msc1767.text": "spam"}]}},
         "org.matrix.msc3381.poll.start.answers[1].org.matrix.msc1767.text"),
        ("com.example.own", {"a": [[{"b": "spam"}]]}, "a[0][0].b"),
    ],
)  # fmt: skip
def test_a_text_is_found_wherever_it_is_shown(event_type, content, path):
    assert texts_of(content, event_type)[path] == "spam"


def test_html_of_extensible_events_is_read_as_html():
    content = {"m.text": [{"mimetype": "text/html", "body": "sp<b>am</b>"}, {"body": "ham"}]}

    assert texts_of(content) == {"m.text[0].body": "spam", "m.text[1].body": "ham"}


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        pytest.param("m.room.encrypted", {"ciphertext": "AwgAEspam"}, id="ciphertext"),
        pytest.param("m.room.message", {"url": "mxc://example.org/spam"}, id="media ID"),
        pytest.param("m.reaction", {"m.relates_to": {"event_id": f"${HASH}"}}, id="event ID"),
        pytest.param("m.room.message", {"file": {"key": {"k": HASH}, "iv": HASH}}, id="file key"),
        pytest.param("m.room.message", {"info": {"blurhash": "LEHV6nWB2yk8pyo"}}, id="blurhash"),
        pytest.param("m.room.message", {"msgtype": "m.text"}, id="message type"),
        pytest.param("m.room.message", {"format": "org.matrix.custom.html"}, id="format"),
        pytest.param("m.room.member", {"membership": "invite"}, id="membership"),
        pytest.param("m.poll.response", {"m.selections": ["aZ09spam"]}, id="vote"),
    ],
)
def test_strings_that_no_client_shows_are_left_out(event_type, content):
    assert texts_of(content, event_type) == {}


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.message", {"ciphertext": "spam"}),
        ("m.room.message", {"url": "https://spam.example"}),
        ("m.room.message", {"url": "mxc://example.org/buy spam"}),
        ("m.room.message", {"body": "mxc://example.org/spam"}),
        ("m.reaction", {"m.relates_to": {"event_id": "$spam"}}),
        ("m.room.message", {"k": "spam to read"}),
        ("m.room.message", {"msgtype": "spam"}),
        ("m.room.message", {"format": "m.buy spam"}),
    ],
)
def test_nothing_readable_hides_under_the_key_of_an_identifier(event_type, content):
    assert len(texts_of(content, event_type)) == 1


def test_keys_are_not_texts():
    assert texts_of({"spam": True, "list": {"spam": 1}}) == {}


def test_a_place_in_the_normalized_texts_leads_back_to_its_text():
    content = Content({"body": "Hi", "topic": "Great SPAM"}, "x")

    assert content.text_at(content.normalized.index("spam")).path == "topic"


def test_deep_nesting_costs_no_stack():
    content = {"body": "spam"}
    for _ in range(4_000):
        content = {"m": [content]}

    assert next(iter(texts_of(content).values())) == "spam"


def test_links_are_found_written_out_and_behind_labels():
    content = Content(
        {
            "body": "see https://a.example/x, or www.b.example.",
            "formatted_body": '<a href="https://evil.example">https://bank.example</a>',
        },
        "m.room.message",
    )

    assert content.links == (
        Link("https://evil.example", "https://bank.example", "formatted_body"),
        Link("https://a.example/x", None, "body"),
        Link("www.b.example", None, "body"),
        Link("https://bank.example", None, "formatted_body"),
    )


@pytest.mark.parametrize(
    ("body", "targets"),
    [
        ("HTTPS://A.example/x?y#z", ["HTTPS://A.example/x?y#z"]),
        ("看https://a.example。", ["https://a.example。"]),
        ("1https://a.example", ["https://a.example"]),
        ("x" * 30 + "https://a.example", ["https://a.example"]),
        ("(see <gemini://a.example>), 'www.b.example'", ["gemini://a.example", "www.b.example"]),
        ("https://a.example/https://www.b.example", ["https://a.example/https://www.b.example"]),
        ("mailto:me@a.example Matrix:u/a:b", ["mailto:me@a.example", "Matrix:u/a:b"]),
        ("İ https://a.example", ["https://a.example"]),
        ("awww. ://x 5://x https:// https://", []),
    ],
)
def test_links_begin_with_their_scheme_and_end_where_no_link_goes_on(body, targets):
    assert [link.target for link in Content({"body": body}, "x").links] == targets


@pytest.mark.parametrize("piece", ["://", "a:// ", "https://", "www.", "a.-", "https://a b"])
def test_links_are_found_in_steps_in_proportion_to_the_text(piece):
    half, whole = (
        Content({"body": piece * (size // len(piece))}, "x") for size in (30_000, 60_000)
    )
    steps = count_calls(lambda: half.links)

    assert count_calls(lambda: whole.links) <= 2 * steps + 100
    assert len(whole.links) <= 1


@pytest.mark.parametrize("value", [[], {}, [[[]]], {"a": {}}, [{}, {}]])
def test_reading_empty_content_is_cheap(value):
    calls = 0

    def note(_frame, what, _argument):
        nonlocal calls
        calls += what == "call"

    def cost(times):
        nonlocal calls
        calls = 0
        sys.setprofile(note)
        texts = Content({"a": [value] * times}, "x").texts
        sys.setprofile(None)
        assert texts == ()
        return calls

    assert cost(1_000) - cost(1) < 10


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"m.mentions": {"user_ids": ["@bob:example.org"]}}, id="m.mentions"),
        pytest.param(
            {"m.new_content": {"m.mentions": {"user_ids": ["@bob:example.org"]}}}, id="edit"
        ),
        pytest.param({"body": "hi @bob:example.org."}, id="written out"),
        pytest.param({"formatted_body": '<a href="https://matrix.to/#/@bob:example.org">B</a>'},
                     id="pill"),
        pytest.param({"body": "https://matrix.to/#/%40bob%3Aexample.org?via=x"}, id="quoted link"),
        pytest.param({"body": "matrix:u/bob:example.org?action=chat"}, id="matrix URI"),
    ],
)  # fmt: skip
def test_mentions_are_found_in_each_way_of_making_them(content):
    assert Content(content, "m.room.message").mentions.user_ids == {"@bob:example.org"}


@pytest.mark.parametrize(
    "body",
    [
        "lunch?", "bob", "me@example.org", "@bob", "@:x", "12:30 @ cafe",
        "~me@2001:db8::f", "@2001:db8:69fc:101::f", "git@git.example.org:a/b.git",
        "scp a me@host.example.org:/tmp", "app@sha256:e3b0c442.98", "npm i @types/node@18.0:1",
        "@file:JvmName(1) @get:kotlin.Rule(2)", '<v-a @click:append="b" @click:outside.stop="c">',
        "`@bob:example.org`", "```\n@bob:example.org\n```", "``a ` @bob:example.org``",
    ],
)  # fmt: skip
def test_invalid_mentions_mention_nobody(body):
    mentions = Content({"body": body}, "m.room.message").mentions

    assert mentions.user_ids == frozenset()
    assert not mentions.is_room


def test_nobody_is_mentioned_in_code_of_formatted_text():
    html = "<pre><code class='x'>@bob:example.org</code></pre><code>@al:example.org</code>"
    said = {"formatted_body": f"{html} @carol:example.org"}

    assert Content({"formatted_body": html}, "m.room.message").mentions.user_ids == frozenset()
    assert Content(said, "m.room.message").mentions.user_ids == {"@carol:example.org"}


@pytest.mark.parametrize(
    "body",
    [
        "(@bob:example.org)", "**@bob:example.org**", "_@bob:example.org_", "cc:@bob:example.org",
        "hey,@bob:example.org", "` @bob:example.org", "`a` @bob:example.org `b`",
    ],
)  # fmt: skip
def test_a_user_id_that_begins_a_word_mentions_its_user(body):
    assert Content({"body": body}, "m.room.message").mentions.user_ids == {"@bob:example.org"}


def test_user_ids_are_found_in_a_long_text_that_repeats_some():
    body = "@bob:example.org " * 500 + "and @eve:example.org."

    assert Content({"body": body}, "m.room.message").mentions.user_ids == {
        "@bob:example.org",
        "@eve:example.org",
    }


@pytest.mark.parametrize(
    "content",
    [{"m.mentions": {"room": True}}, {"body": "Hey @room!"}, {"formatted_body": "<b>@room</b>"}],
)
def test_calling_the_room_is_noticed(content):
    assert Content(content, "m.room.message").mentions.is_room


@pytest.mark.parametrize("content", [{"body": "@roommate"}, {"m.mentions": {"room": "yes"}}])
def test_text_that_resembles_a_room_mention_is_none(content):
    assert not Content(content, "m.room.message").mentions.is_room


def test_media_come_with_what_the_sender_claims_of_them():
    content = {
        "msgtype": "m.image",
        "url": "mxc://a/1",
        "info": {"mimetype": "image/png", "size": 5, "thumbnail_url": "mxc://a/2"},
        "formatted_body": '<img src="mxc://a/3">',
    }

    assert set(Content(content, "m.room.message").media) == {
        Media("mxc://a/1", "m.image", "image/png", 5),
        Media("mxc://a/2", "thumbnail_url", None, None),
        Media("mxc://a/3", "img", None, None),
    }


def test_an_encrypted_file_and_a_sticker_are_media():
    file = Content({"msgtype": "m.file", "file": {"url": "mxc://a/1"}}, "m.room.message")
    sticker = Content({"url": "mxc://a/2"}, "m.sticker")

    assert [item.kind for item in (*file.media, *sticker.media)] == ["m.file", "m.sticker"]


@pytest.mark.parametrize(
    ("relates_to", "relation"),
    [
        (None, None),
        ({"rel_type": "m.replace", "event_id": "$a"}, Relation("edit", "$a")),
        ({"rel_type": "m.annotation", "event_id": "$a"}, Relation("reaction", "$a")),
        ({"rel_type": "m.thread", "event_id": "$a", "m.in_reply_to": {"event_id": "$b"}},
         Relation("thread", "$a")),
        ({"m.in_reply_to": {"event_id": "$b"}}, Relation("reply", "$b")),
        ({"rel_type": "own", "event_id": "$a"}, None),
        ({"rel_type": "m.replace", "event_id": 5}, Relation("edit", None)),
    ],
)  # fmt: skip
def test_relations_are_named(relates_to, relation):
    assert Content({"m.relates_to": relates_to}, "m.room.message").relation == relation


def test_pictures_come_with_the_text_that_they_stand_in():
    content = {"m.new_content": {"formatted_body": '<img src="mxc://a/b" height=5>'}}

    assert Content(content, "m.room.message").pictures == (
        (Picture("mxc://a/b", "5"), "m.new_content.formatted_body"),
    )


def test_a_picture_beyond_what_is_parsed_is_no_medium():
    content = Content({"formatted_body": "x" * 20_000 + "<img src='mxc://a/b'>"}, "m.room.message")

    assert (len(content.pictures), content.media) == (1, ())


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([f"{number:x}" for number in range(MAX_TEXTS)], id="texts"),
        pytest.param([0] * (MAX_VALUES - 2), id="numbers"),
    ],
)
def test_content_within_the_limits_is_read_in_full(values):
    seen = Content({"list": values}, "com.example.own")

    assert len(seen.texts) in (0, MAX_TEXTS)
    assert not seen.was_cut


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([f"{number:x}" for number in range(15_000)], id="texts"),
        pytest.param([0] * 30_000, id="numbers"),
        pytest.param([[]] * 20_000, id="lists"),
        pytest.param([{"a": {}}] * 8_000, id="objects"),
        pytest.param(["mxc://a/b"] * 15_000, id="media"),
    ],
)
def test_the_first_of_too_many_values_are_read_and_the_rest_is_reported_as_cut(values):
    read = 0

    class Counted(list):
        def __iter__(self):
            nonlocal read
            for value in list.__iter__(self):
                read += 1
                yield value

    seen = Content({"list": Counted(values), "z": "spam"}, "com.example.own")

    assert not seen.was_cut, "nobody looked yet"
    assert "spam" not in seen.normalized
    assert len(seen.texts) <= MAX_TEXTS + 1
    assert read <= MAX_VALUES
    assert seen.was_cut


def test_so_many_tags_are_read_in_all_formatted_texts_of_an_event():
    within = {"formatted_body": "<b>" * MAX_TAGS + "spam"}
    beyond = {"m.html": "<b>" * MAX_TAGS + "ham", "formatted_body": "<b>spam</b>"}

    seen, cut = Content(within, "m.room.message"), Content(beyond, "m.room.message")

    assert "spam" in seen.normalized
    assert not seen.was_cut
    assert "spam" not in cut.normalized
    assert cut.was_cut


@pytest.mark.parametrize(
    "before", ["https:// " * 600, "https://" * 600 + " ", "www. " * 600, "1:// " * 600]
)
def test_signs_of_links_hide_no_link_behind_them(before):
    seen = Content({"body": f"{before}https://evil.example/x"}, "m.room.message")

    assert "https://evil.example/x" in {link.target for link in seen.links}


def test_an_event_of_signs_beyond_number_is_cut():
    seen = Content({"body": "1://x " * 3_000}, "m.room.message")

    assert len(seen.links) > 0
    assert seen.was_cut


@pytest.mark.parametrize("hides", ["a{}.rs/x, ", "#a:b.rs ", "a{}.com "])
def test_names_hide_no_place_behind_them(hides):
    """Only some of thousands of names are read; later text is seen, or the event counts as cut."""
    before = "".join(hides.format(number) for number in range(3_000))
    seen = Content({"body": f"{before}evil.com/x"}, "m.room.message")
    links = {link.target for link in seen.links}

    assert seen.was_cut or "evil.com/x" in links


def test_links_are_found_in_formatted_texts_beyond_those_that_are_parsed():
    texts = [
        {"body": f"<b>{n}</b><a href='https://{n}.example'>x</a>", "mimetype": "text/html"}
        for n in range(MAX_TAGS // LEAST_TAGS)
    ]
    seen = Content({"m.text": texts}, "m.room.message")

    assert {link.target for link in seen.links} >= {
        f"https://{n}.example" for n in range(MAX_TAGS // LEAST_TAGS)
    }
    assert not seen.was_cut


def test_an_event_of_formatted_texts_beyond_number_is_cut():
    texts = [{"body": f"&amp;{n}", "mimetype": "text/html"} for n in range(600)]
    seen = Content({"m.text": texts}, "m.room.message")

    assert len(seen.texts) == MAX_TAGS // LEAST_TAGS
    assert seen.was_cut


@pytest.mark.parametrize("where", ["list", "words"])
def test_so_many_mentions_are_read(where):
    def read(number):
        users = [f"@u{n}:b{n}.example" for n in range(number)]
        listed = {"m.mentions": {"user_ids": users}}
        seen = Content(listed if where == "list" else {"body": " ".join(users)}, "m.room.message")
        return len(seen.mentions.user_ids), seen.was_cut

    assert read(MAX_MENTIONED) == (MAX_MENTIONED, False)
    assert read(MAX_MENTIONED + 1) == (MAX_MENTIONED + 1, True)
    assert read(3 * MAX_MENTIONED)[1]


def test_so_many_links_are_read():
    links = [f"https://a{number}.example" for number in range(MAX_DIFFERENT_LINKS + 1)]
    seen = Content({"body": " ".join(links[1:])}, "m.room.message")
    cut = Content({"body": " ".join(links)}, "m.room.message")

    assert len(seen.links) == len(cut.links) == MAX_DIFFERENT_LINKS
    assert not seen.was_cut
    assert cut.was_cut


def test_a_log_may_name_the_same_places_more_often():
    def read(times):
        lines = [f"GET https://a{number % 9}.example/v1 200" for number in range(times)]
        seen = Content({"body": "\n".join(lines)}, "m.room.message")
        return len(seen.links), seen.was_cut

    assert read(MAX_LINKS) == (9, False)
    assert read(MAX_LINKS + 1) == (9, True)
