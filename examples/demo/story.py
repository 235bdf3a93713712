"""The steps of the demo, in order."""

from collections.abc import Callable
from dataclasses import dataclass

from examples.demo.federation import LoopbackFederation
from examples.demo.matrix_client import MatrixError, MatrixUser
from examples.demo.screen import Screen

PASSWORD = "correct horse"
ROOM_VERSION = "12"
SPAM = "cheap watches"
REFERENCE_FIELD = "org.countersign.reference"
POLICY = {
    "filters": [
        {
            "keyword": {"words": [SPAM, "double your coins"]},
            "says": "No adverts in this room, please.",
        },
        {
            "mention-flood": {"max_users": 5},
            "says": "Please call fewer people at once.",
        },
    ]
}


class UnexpectedError(Exception):
    """Something in the story went another way than it should."""


@dataclass(frozen=True)
class Cast:
    """People and rooms of the story."""

    alice: MatrixUser
    bob: MatrixUser
    room_id: str


def tell(federation: LoopbackFederation, screen: Screen) -> Cast:
    """Play the whole story and return what is left on the stage.

    Raises:
        UnexpectedError, MatrixError, NotReadyInTimeError, CommandFailedError: it went wrong.
    """
    cast = meet(federation, screen)
    protect(federation, cast, screen)
    pass_ham(cast, screen)
    reference = refuse_spam(cast, screen)
    explain(federation, reference, screen)
    return cast


def meet(federation: LoopbackFederation, screen: Screen) -> Cast:
    """Have Alice open a room, and Bob join it from the other homeserver."""
    screen.step("A room on two homeservers, not protected yet")
    alice = federation.first.register("alice", PASSWORD)
    bob = federation.second.register("bob", PASSWORD)
    room_id = alice.create_room(ROOM_VERSION, name="The green")
    screen.done(f"{alice.user_id} creates {room_id} (room version {ROOM_VERSION})")
    bob.join(room_id, alice.server_name)
    screen.done(f"{bob.user_id} joins it from the other homeserver")
    _send_and_read(bob, alice, room_id, f"Get {SPAM} from me!", screen)
    screen.note("Spam passes: nobody looks at it.")
    return Cast(alice, bob, room_id)


def protect(federation: LoopbackFederation, cast: Cast, screen: Screen) -> None:
    """Bring Countersign into the room and name it there."""
    screen.step("Countersign joins, and the room names it in one state event")
    server = federation.policy_server
    via = cast.alice.server_name
    printed = server.run("rooms", "join", cast.room_id, "--via", via)
    screen.command(f"countersign rooms join '{cast.room_id}' --via {via}", printed)
    federation.name_policy_server(cast.room_id, cast.alice)
    screen.done(f"{cast.alice.user_id} sets m.room.policy to")
    screen.json(server.room_policy())
    federation.wait_until_protected(cast.room_id, cast.bob)
    screen.done("Both homeservers know it: from now on they ask before they pass an event on")


def pass_ham(cast: Cast, screen: Screen) -> None:
    """Show that people notice nothing."""
    screen.step("People talk as before: every event is signed on its way")
    _send_and_read(cast.alice, cast.bob, cast.room_id, "Hello Bob, can you hear me?", screen)
    _send_and_read(cast.bob, cast.alice, cast.room_id, "Loud and clear!", screen)


def refuse_spam(cast: Cast, screen: Screen) -> str:
    """Show that spam is refused, also in an edit; return the first decision's reference."""
    screen.step("Spam is refused before anybody sees it, and its sender reads our words")
    text = f"Get {SPAM.upper()} from me!"
    screen.says(cast.bob.user_id, text)
    refusal = _refusal(lambda: cast.bob.say(cast.room_id, text))
    screen.refused(refusal)

    harmless = "Nothing to see here."
    screen.says(cast.bob.user_id, harmless)
    event_id = cast.bob.say(cast.room_id, harmless)
    screen.says(f"{cast.bob.user_id} edits that to", text)
    _refusal(lambda: cast.bob.edit(cast.room_id, event_id, text, fallback=f"* {harmless}"))
    screen.done("Refused as well, though the text that old clients show is harmless")

    last_words = "Sorry."
    cast.alice.wait_for_event(cast.room_id, cast.bob.say(cast.room_id, last_words))
    seen = [event["content"]["body"] for event in cast.alice.messages(cast.room_id, limit=2)]
    if seen != [last_words, harmless]:
        raise UnexpectedError(f"Alice should see only harmless messages, and sees {seen}")
    screen.done("Alice's homeserver has seen none of it, and what Bob says next arrives")
    return str(refusal.body[REFERENCE_FIELD])


def explain(federation: LoopbackFederation, reference: str, screen: Screen) -> None:
    """Show a moderator why the event was refused."""
    screen.step("A moderator asks why")
    printed = federation.policy_server.run("decisions", "why", reference)
    screen.command(f"countersign decisions why {reference}", printed)


def _send_and_read(
    sender: MatrixUser, reader: MatrixUser, room_id: str, text: str, screen: Screen
) -> None:
    screen.says(sender.user_id, text)
    event = reader.wait_for_event(room_id, sender.say(room_id, text))
    screen.done(f"{reader.user_id} reads “{event['content']['body']}”")


def _refusal(send: Callable[[], object]) -> MatrixError:
    try:
        send()
    except MatrixError as error:
        if error.errcode == "M_FORBIDDEN":
            return error
        raise
    raise UnexpectedError("spam was not refused")
