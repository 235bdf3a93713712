"""Filters of words, links and media see every field that clients show."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.form.event_type import EventType
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.filters.people.display_name import DisplayName
from countersign.policy.filters.people.impersonation import Impersonation
from countersign.policy.filters.text.keyword import Keyword
from countersign.policy.filters.text.link import Link
from countersign.policy.questions.people import Names, NamesInRoom
from countersign.policy.questions.rooms import RoomAlias

WORDS = Keyword(words=("cheap watches",))
INVITATIONS = Link(kinds=("invitation",))
NO_ALIAS = Facts({RoomAlias("!room:example.org"): None})
SCAM = "Cheap WATCHES at t.me/shop"
PICTURE = "mxc://example.org/abc"

PLACES = {
    "message": ("m.room.message", {"msgtype": "m.text", "body": SCAM}),
    "notice": ("m.room.message", {"msgtype": "m.notice", "body": SCAM}),
    "emote": ("m.room.message", {"msgtype": "m.emote", "body": SCAM}),
    "own message type": ("m.room.message", {"msgtype": "org.example.own", "body": SCAM}),
    "formatted text": ("m.room.message", {"body": "x", "formatted_body": f"<i>{SCAM}</i>"}),
    "caption": (
        "m.room.message",
        {"msgtype": "m.image", "filename": "a.png", "body": SCAM, "url": PICTURE},
    ),
    "file name": ("m.room.message", {"msgtype": "m.file", "body": SCAM, "url": PICTURE}),
    "edit": ("m.room.message", {"body": "* x", "m.new_content": {"body": SCAM}}),
    "edit of an edit": (
        "m.room.message",
        {"body": "* x", "m.new_content": {"body": "x", "m.new_content": {"body": SCAM}}},
    ),
    "gallery": ("m.room.message", {"msgtype": "dm.filament.gallery", "body": SCAM}),
    "caption in a gallery": (
        "m.room.message",
        {"msgtype": "m.gallery", "itemtypes": [{"itemtype": "m.image", "body": SCAM}]},
    ),
    "preview": (
        "m.room.message",
        {"body": "x", "com.beeper.linkpreviews": [{"og:title": SCAM}]},
    ),
    "preview, stable": (
        "m.room.message",
        {"body": "x", "m.url_previews": [{"og:description": SCAM}]},
    ),
    "profile of one message": (
        "m.room.message",
        {"body": "x", "com.beeper.per_message_profile": {"displayname": SCAM}},
    ),
    "profile in an edit": (
        "m.room.message",
        {"m.new_content": {"com.beeper.per_message_profile": {"displayname": SCAM}}},
    ),
    "extensible": ("org.matrix.msc1767.message", {"org.matrix.msc1767.text": SCAM}),
    "extensible, stable": ("m.message", {"m.text": [{"body": SCAM}]}),
    "extensible HTML": (
        "m.message",
        {"m.text": [{"mimetype": "text/html", "body": f"<b>{SCAM}</b>"}]},
    ),
    "location": ("m.room.message", {"msgtype": "m.location", "body": SCAM, "geo_uri": "geo:1,2"}),
    "reaction": ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "key": SCAM}}),
    "poll": ("m.poll.start", {"m.poll": {"question": {"m.text": [{"body": SCAM}]}}}),
    "answer of a poll": (
        "org.matrix.msc3381.poll.start",
        {"org.matrix.msc3381.poll.start": {"answers": [{"org.matrix.msc1767.text": SCAM}]}},
    ),
    "sticker": ("m.sticker", {"body": SCAM, "url": PICTURE}),
    "reason of an invitation": ("m.room.member", {"membership": "invite", "reason": SCAM}),
    "reason of a join": ("m.room.member", {"membership": "join", "reason": SCAM}),
    "reason of a knock": ("m.room.member", {"membership": "knock", "reason": SCAM}),
    "name of a person": ("m.room.member", {"membership": "join", "displayname": SCAM}),
    "reason of a redaction": ("m.room.redaction", {"reason": SCAM}),
    "name of the room": ("m.room.name", {"name": SCAM}),
    "topic": ("m.room.topic", {"topic": SCAM}),
    "topic, extensible": ("m.room.topic", {"m.topic": {"m.text": [{"body": SCAM}]}}),
    "space": ("m.room.create", {"type": "m.space", "name": SCAM}),
    "tombstone": ("m.room.tombstone", {"body": SCAM}),
    "widget": ("im.vector.modular.widgets", {"name": SCAM, "url": "https://example.org"}),
    "server notice": (
        "m.room.message",
        {"msgtype": "m.server_notice", "body": SCAM, "admin_contact": "x"},
    ),
}


@pytest.mark.parametrize(("event_type", "content"), PLACES.values(), ids=PLACES)
def test_words_and_links_are_found_in_every_place(event, no_facts, event_type, content):
    sent = event(event_type, content)

    assert WORDS.judge(sent, no_facts) is not None
    assert INVITATIONS.judge(sent, NO_ALIAS) is not None


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.canonical_alias", {"alias": "#shop:example.com"}),
        ("m.room.canonical_alias", {"alt_aliases": ["#shop:example.com"]}),
    ],
)
def test_an_alias_in_the_state_is_an_invitation_like_in_a_text(event, event_type, content):
    assert INVITATIONS.judge(event(event_type, content, state_key=""), NO_ALIAS) is not None


def item(kind, **more):
    return {"itemtype": kind, "body": "a", "url": PICTURE, **more}


def preview(**more):
    return {"body": "x", "com.beeper.linkpreviews": [{"matched_url": "https://a.example", **more}]}


def profile(**more):
    return {"body": "x", "com.beeper.per_message_profile": {"id": "a", **more}}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image", {"msgtype": "dm.filament.gallery", "itemtypes": [item("m.image")]}),
        ("image", {"msgtype": "m.gallery", "itemtypes": [item("m.image", info={"w": 8})]}),
        ("video", {"msgtype": "m.gallery", "itemtypes": [item("m.image"), item("m.video")]}),
        ("audio", {"msgtype": "m.gallery", "itemtypes": [item("m.audio")]}),
        ("file", {"msgtype": "m.gallery", "itemtypes": [item("m.file")]}),
        ("image", {"m.new_content": {"msgtype": "m.gallery", "itemtypes": [item("m.image")]}}),
        ("image", {"msgtype": "m.gallery", "itemtypes": [{"itemtype": "m.image", "url": 5}]}),
        (
            "image",
            {"itemtypes": [{"itemtype": "m.image", "file": {"url": PICTURE, "key": {}}}]},
        ),
        ("image", preview(**{"og:image": PICTURE})),
        ("image", preview(**{"beeper:image:encryption": {"url": PICTURE, "key": {}}})),
        ("image", {"body": "x", "m.url_previews": [{"og:image": PICTURE}]}),
        ("image", {"x": PICTURE, **preview(**{"og:image": PICTURE})}),
        ("image", {"m.new_content": preview(**{"og:image": PICTURE})}),
        ("inline", profile(avatar_url=PICTURE)),
        ("inline", profile(avatar_file={"url": PICTURE, "key": {}})),
        ("avatar", profile(avatar_url=PICTURE)),
        ("inline", {"m.new_content": profile(avatar_url=PICTURE)}),
        ("image", {"m.file": {"url": PICTURE, "mimetype": "image/png"}, "msgtype": "m.image"}),
        ("file", {"org.matrix.msc1767.file": {"url": PICTURE, "size": 5}}),
    ],
)
def test_pictures_in_galleries_previews_and_profiles_are_media(event, no_facts, kind, content):
    sent = event(content=content)

    assert MediaKind(kinds=(kind,)).judge(sent, no_facts) is not None


@pytest.mark.parametrize(
    "content",
    [
        preview(**{"og:title": "t", "og:image:width": 40}),
        profile(displayname="Bob"),
        {"body": "x", "m.url_previews": []},
        {"body": "x", "itemtypes": "m.image"},
        {"body": "x", "itemtypes": [{"itemtype": 5}, "m.image"]},
    ],
)
def test_previews_and_profiles_without_a_picture_bring_none(event, no_facts, content):
    kinds = ("image", "video", "file", "inline", "avatar")

    assert MediaKind(kinds=kinds).judge(event(content=content), no_facts) is None


def test_a_file_in_a_gallery_is_known_by_its_name_size_and_type(event, no_facts):
    content = {
        "msgtype": "m.gallery",
        "itemtypes": [item("m.file", filename="setup.exe", info={"size": 900, "mimetype": "a/b"})],
    }
    sent = event(content=content)

    for filter_ in (
        MediaKind(file_names=("*.exe",)),
        MediaKind(max_bytes=800),
        MediaKind(mime_types=("a/*",)),
        EventType(deny_message_types=("m.file",)),
    ):
        assert filter_.judge(sent, no_facts) is not None


def test_bridges_show_their_people_by_profiles(event, no_facts):
    sent = event(content=profile(avatar_url=PICTURE), is_bridged=True)

    assert MediaKind(kinds=("inline",)).judge(sent, no_facts) is None


def named(event, **facts):
    sent = event(content=profile(displayname="Mo Derator t.me/shop"), **facts)
    names = Names("Bob", (("@mod:example.org", "Mo Derator t.me/shop"),))
    return sent, Facts({NamesInRoom(sent.sender): names})


def test_the_name_of_one_messages_profile_is_judged_like_a_name(event):
    by_person, by_bridge = named(event), named(event, is_bridged=True)

    assert DisplayName(on_messages=True).judge(*by_person) is not None
    assert DisplayName(on_messages=True).judge(*by_bridge) is None
    assert Impersonation().judge(*by_person) is not None
    assert Impersonation().judge(*by_bridge) is None


def test_names_of_profiles_are_told_once_whatever_else_stands_there(event):
    both = {**profile(displayname="Bob"), "m.new_content": profile(displayname="Bob")}

    assert event(content=both).seen.profile_names == ("Bob",)
    assert event(content=profile(displayname=5)).seen.profile_names == ()
    assert event(content={"com.beeper.per_message_profile": "Bob"}).seen.profile_names == ()
