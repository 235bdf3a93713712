"""Tests of `media-kind`, which goes by the media type that the event declares."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.filters.form.media_kind import KINDS, MediaKind
from countersign.policy.questions.messages import AnswersMember

URI = "mxc://example.org/abc"
ALL = MediaKind(kinds=KINDS)
SHAPES = {
    "image": ("m.room.message", {"msgtype": "m.image", "body": "x", "url": URI}),
    "video": ("m.room.message", {"msgtype": "m.video", "body": "x", "file": {"url": URI}}),
    "audio": ("m.room.message", {"msgtype": "m.audio", "body": "x", "url": URI}),
    "file": ("m.room.message", {"msgtype": "m.file", "body": "x", "url": URI}),
    "sticker": ("m.sticker", {"body": "x", "url": URI}),
    "inline": ("m.room.message", {"body": "x", "formatted_body": f'<b>a</b><img src="{URI}">'}),
    "reaction": ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "key": URI}}),
    "avatar": ("m.room.member", {"membership": "join", "avatar_url": URI}),
}


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        pytest.param("m.room.message", {"msgtype": "m.text", "body": "lunch?"}, id="text"),
        pytest.param("m.room.message", {"msgtype": "m.text", "body": f"see {URI}"}, id="mention"),
        pytest.param("m.reaction", {"m.relates_to": {"key": "👍️"}}, id="reaction"),
        pytest.param("m.room.message", {"body": "x", "info": {"thumbnail_url": URI}}, id="part"),
        pytest.param("m.room.member", {"membership": "join", "avatar_url": None}, id="no avatar"),
    ],
)
def test_events_without_media_pass(event, no_facts, event_type, content):
    assert ALL.judge(event(event_type, content), no_facts) is None


def test_a_pack_of_emoji_passes(event, no_facts):
    pack = {"images": {"cat": {"url": URI, "info": {"mimetype": "image/png"}}}}

    assert ALL.judge(event("im.ponies.room_emotes", pack, state_key=""), no_facts) is None


@pytest.mark.parametrize("kind", SHAPES)
def test_only_media_of_the_given_kinds_are_refused(event, no_facts, kind):
    one = event(*SHAPES[kind])
    others = tuple(other for other in KINDS if other != kind)

    finding = MediaKind(kinds=(kind,)).judge(one, no_facts)

    assert finding is not None
    assert finding.reason == f"brings media of the kind {kind}"
    assert MediaKind(kinds=others).judge(one, no_facts) is None


def test_a_voice_message_is_audio_too(event, no_facts):
    voice = event(content={"msgtype": "m.audio", "url": URI, "org.matrix.msc3245.voice": {}})
    music = event(content={"msgtype": "m.audio", "url": URI})

    assert MediaKind(kinds=("voice",)).judge(voice, no_facts) is not None
    assert MediaKind(kinds=("audio",)).judge(voice, no_facts) is not None
    assert MediaKind(kinds=("voice",)).judge(music, no_facts) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param({"m.new_content": {"msgtype": "m.image", "url": URI}}, "image", id="edit"),
        pytest.param({"msgtype": "m.image", "url": "https://x"}, "image", id="no medium's address"),
        pytest.param({"msgtype": "own.kind", "url": URI}, "file", id="unknown message type"),
        pytest.param(
            {"msgtype": "own.kind", "url": URI, "info": {"mimetype": "image/png"}},
            "image",
            id="unknown message type that says more",
        ),
        pytest.param(
            {"msgtype": "own.gallery", "items": [{"url": URI, "info": {"mimetype": "video/mp4"}}]},
            "video",
            id="gallery",
        ),
    ],
)
def test_no_wrapping_hides_media(event, no_facts, content, kind):
    finding = MediaKind(kinds=(kind,)).judge(event(content=content), no_facts)

    assert finding is not None


def test_an_encrypted_picture_with_its_thumbnail_is_not_a_file(event, no_facts):
    content = {
        "msgtype": "m.image",
        "file": {"url": URI},
        "info": {"mimetype": "image/png", "thumbnail_file": {"url": f"{URI}2"}},
    }

    assert MediaKind(kinds=("file",)).judge(event(content=content), no_facts) is None


@pytest.mark.parametrize("mime_type", ["image/png", "", None, 5])
def test_other_claimed_types_pass(event, no_facts, mime_type):
    content = {"msgtype": "m.file", "url": URI, "info": {"mimetype": mime_type}}

    assert MediaKind(mime_types=("application/*",)).judge(event(content=content), no_facts) is None


def test_listed_mime_types_are_refused(event, no_facts):
    content = {"msgtype": "m.file", "url": URI, "info": {"mimetype": "Application/X-MSdownload"}}

    finding = MediaKind(mime_types=("application/x-ms*",)).judge(event(content=content), no_facts)

    assert finding is not None
    assert finding.reason == "brings media of the type 'Application/X-MSdownload'"


@pytest.mark.parametrize("names", [{"body": "CV.exe "}, {"body": "look", "filename": "cv.exe"}])
def test_listed_file_names_are_refused(event, no_facts, names):
    filter_ = MediaKind(file_names=("*.EXE",))

    finding = filter_.judge(event(content={"msgtype": "m.file", "url": URI, **names}), no_facts)

    assert finding is not None
    assert "called" in finding.reason


def test_a_file_name_in_a_message_without_a_file_passes(message, no_facts):
    assert MediaKind(file_names=("*.exe",)).judge(message("it is cv.exe"), no_facts) is None


def test_an_unknown_kind_is_a_mistake():
    with pytest.raises(OptionsInvalid) as caught:
        MediaKind(kinds=("image", "picture", "sticke"))

    assert [(mistake.path, mistake.suggestion) for mistake in caught.value.mistakes] == [
        (("kinds", 1), None),
        (("kinds", 2), "sticker"),
    ]


def test_a_filter_that_refuses_nothing_is_a_mistake():
    with pytest.raises(OptionsInvalid, match="nothing to refuse"):
        MediaKind()


def sized(event, **info):
    return event(content={"msgtype": "m.image", "body": "x", "url": URI, "info": info})


@pytest.mark.parametrize("info", [{}, {"size": 5}, {"size": 1_000, "w": 100, "h": 50}, {"w": "x"}])
def test_media_within_the_limits_pass(event, no_facts, info):
    filter_ = MediaKind(max_bytes=1_000, max_side=100)

    assert filter_.judge(sized(event, **info), no_facts) is None


def test_media_above_a_claimed_size_are_refused(event, no_facts):
    big = MediaKind(max_bytes=1_000).judge(sized(event, size=1_001), no_facts)
    wide = MediaKind(max_side=100).judge(sized(event, w=1, h=101), no_facts)

    assert [finding and finding.reason for finding in (big, wide)] == [
        "brings media of 1,001 bytes; this room allows 1,000",
        "brings media 101 pixels wide or high; this room allows 100",
    ]


def test_media_without_a_claimed_size_are_refused_only_with_the_option(event, no_facts):
    strict = MediaKind(max_bytes=1_000, also_unsized=True)

    finding = strict.judge(sized(event), no_facts)

    assert finding is not None
    assert finding.reason == "brings media that claim no size"
    assert strict.judge(event("m.room.member", {"avatar_url": URI}), no_facts) is None


def answering(event, event_type="m.room.message", **content):
    relates_to = {"m.in_reply_to": {"event_id": "$asked"}}
    return event(event_type, {"body": "x", "url": URI, "m.relates_to": relates_to, **content})


def test_media_that_answer_nobody_may_belong_to_an_answer(event):
    asking = MediaKind(kinds=("image",), answers_seconds=60)
    media = event("m.room.message", SHAPES["image"][1])
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": URI}}

    assert list(ALL.asks(answering(event, msgtype="m.image"))) == []
    assert list(asking.asks(answering(event, msgtype="m.text"))) == []
    assert list(asking.asks(media)) == [AnswersMember(None, 60)]
    assert list(asking.asks(event("m.reaction", reaction))) == []


def test_media_that_answer_a_member_pass_and_others_do_not(event):
    asking = MediaKind(kinds=KINDS, answers_seconds=60)
    one = answering(event, msgtype="m.image")
    (question,) = asking.asks(one)

    assert question == AnswersMember("$asked", 60)
    assert asking.judge(one, Facts({question: True})) is None
    assert asking.judge(one, Facts({question: False})) is not None
    assert asking.judge(one, Facts({question: FactUnavailable("too late")})) is not None


def test_stickers_are_no_answers(event, no_facts):
    asking = MediaKind(kinds=KINDS, answers_seconds=60)
    sticker = answering(event, "m.sticker")

    assert list(asking.asks(sticker)) == []
    assert asking.judge(sticker, no_facts) is not None
