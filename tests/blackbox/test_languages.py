"""Tests of refusal texts in the language of the room."""

import pytest

from tests.blackbox.program import SPAM
from tests.blackbox.wire import Requester, assert_error, assert_refused

WARNED = "shouting here"
POLICY = {
    "filters": [{"keyword": {"words": [SPAM]}}],
    "rules": [
        {
            "name": "shouting",
            "when": f'event.text.contains("{WARNED}")',
            "warn": {"en": "Softly, please.", "de": "Bitte leise."},
        }
    ],
}


@pytest.fixture(scope="module")
def languages(make_program, make_room, join):
    """A server with a German room, an Arabic one, and an English one, and with tiny limits."""
    limits = {"per_origin": {"per_second": 0.2, "burst": 30}}
    program = make_program(limits=limits)
    program.rooms = [make_room("11", program, name) for name in ("german", "arabic", "english")]
    join(program, program.rooms)
    _, arabic, english = (room.room_id for room in program.rooms)
    rooms = {arabic: "ar", english: "en"}
    program.write_policy({"language": {"default": "de", "rooms": rooms}, **POLICY})
    program.reload_policy()
    return program


@pytest.fixture(scope="module")
def multilingual_client(languages):
    requester = Requester(languages)
    yield requester
    requester.connection.close()


def said(requester, room, server, body):
    answer = requester.ask(room.event(server, content={"msgtype": "m.text", "body": body}), server)
    assert_refused(answer)
    reference = answer.json["org.countersign.reference"]
    return answer.json["error"].replace(reference, "REFERENCE")


def test_a_refusal_is_in_the_rooms_language(languages, multilingual_client, first):
    german, arabic, english = languages.rooms

    assert said(multilingual_client, german, first, SPAM) == (
        "Bitte diese Nachricht ändern oder die Moderation fragen: Sie enthält etwas, das hier "
        "nicht erlaubt ist. (Kennung REFERENCE)"
    )
    assert said(multilingual_client, arabic, first, SPAM) == (
        "\u2067\u2068يُرجى تعديل هذه الرسالة أو سؤال المشرفين: فيها شيء لا تسمح به هذه الغرفة."
        "\u2069 \u2068(المرجع \u2068REFERENCE\u2069)\u2069\u2069"
    )
    assert said(multilingual_client, english, first, SPAM) == (
        "Please change this message, or ask the moderators: it holds something that this room "
        "does not allow. (reference REFERENCE)"
    )


def test_a_warning_is_in_the_rooms_language(languages, multilingual_client, second):
    german, _, english = languages.rooms

    assert said(multilingual_client, german, second, WARNED) == (
        "Bitte leise. Wer es so meint, sendet es noch einmal, und es geht durch. "
        "(Kennung REFERENCE)"
    )
    assert said(multilingual_client, english, second, f"{WARNED} too").startswith(
        "Softly, please. If"
    )


def test_a_decision_keeps_its_language(languages, multilingual_client, second):
    german = languages.rooms[0]
    event = german.event(second, content={"msgtype": "m.text", "body": SPAM})
    before = multilingual_client.ask(event, second)

    languages.write_policy({"language": "fr", **POLICY})
    languages.reload_policy()
    after = multilingual_client.ask(event, second)
    now = said(multilingual_client, german, second, SPAM)
    languages.write_policy({"language": "de", **POLICY})
    languages.reload_policy()

    assert before.body == after.body
    assert now.startswith("Merci de modifier")
    assert "Bitte diese Nachricht" in languages.run(
        "decisions", "why", before.json["org.countersign.reference"]
    ).replace("\n", " ")


def test_errors_are_in_the_rooms_language(languages, multilingual_client, third, denied):
    german = languages.rooms[0]
    shut_out = multilingual_client.ask(german.event(denied), denied)
    assert_error(shut_out, 403, "M_FORBIDDEN")
    assert shut_out.json["error"] == (
        "Bitte die Moderation des Raums fragen: Die Server-Zugriffsliste des Raums sperrt "
        f"{denied.server_name}."
    )
    event = german.event(third)
    for _ in range(31):
        answer = multilingual_client.ask(event, third)
    assert_error(answer, 429, "M_LIMIT_EXCEEDED")
    assert answer.json["error"].startswith("Bitte langsamer")
