"""Scams of many kinds: plain, disguised, and in any field of an event."""

from collections.abc import Iterator
from typing import Any

from tests.waves.abuse.scams import lone_scams
from tests.waves.dice import Dice, abuse, come, edit_of, event_id, mxc, newcomers, picture, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import REFERENCE, ROOMS, Sent
from tests.waves.texts.fifth_scams import FIFTH
from tests.waves.texts.fourth_scams import GROUPS as FOURTH_GROUPS
from tests.waves.texts.fresh_scams import GROUPS
from tests.waves.texts.second_scams import GROUPS as SECOND_GROUPS
from tests.waves.texts.sixth_scams import SIXTH
from tests.waves.texts.third_scams import GROUPS as THIRD_GROUPS
from tests.waves.texts.warned_pitches import PITCHES

EVERY = tuple(template for group in GROUPS.values() for template in group)
UNTUNED = tuple(
    template for groups in (SECOND_GROUPS, THIRD_GROUPS, FOURTH_GROUPS) for group in groups.values()
    for template in group
)  # fmt: skip
_DIGITS = str.maketrans("oaeist", "043157")
_LEAST_CHARS = 6


@abusive()
def further_scams(dice: Dice) -> Iterator[Sent]:
    """Most of them name no amount."""

    def make(at: float, user: str, room_id: str) -> Sent:
        return abuse(at, user, text(dice.filled(dice.pick(EVERY))), room_id=room_id)

    yield from lone_scams(dice, 80, make)


@abusive(least_percent=85.0)
def scams_not_tuned_with(dice: Dice) -> Iterator[Sent]:
    """Send scams that the preset was not tuned with."""

    def make(at: float, user: str, room_id: str) -> Sent:
        return abuse(at, user, text(dice.filled(dice.pick(UNTUNED))), room_id=room_id)

    yield from lone_scams(dice, 80, make)


@abusive()
def warned_pitches(dice: Dice) -> Iterator[Sent]:
    """Send pitches with words of warning around them, or with others who praise them."""

    def make(at: float, user: str, room_id: str) -> Sent:
        return abuse(at, user, text(dice.filled(dice.pick(PITCHES))), room_id=room_id)

    yield from lone_scams(dice, 80, make)


@abusive(least_percent=90.0)
def scams_in_forty_languages(dice: Dice) -> Iterator[Sent]:
    """Links, contacts alone, contacts before the pitch, and disguised ones."""

    def make(at: float, user: str, room_id: str) -> Sent:
        said = dice.pick((*FIFTH, *SIXTH)).format(handle=dice.handle())
        return abuse(at, user, text(said), room_id=room_id)

    yield from lone_scams(dice, 100, make)


@abusive(least_percent=90.0)
def words_in_disguise(dice: Dice) -> Iterator[Sent]:
    """Spelled out, a letter or a word a line, joined by stops, with digits and invisible signs."""

    def make(at: float, user: str, room_id: str) -> Sent:
        body = _disguised(dice.filled(dice.pick(EVERY)), dice.randrange(8))
        return abuse(at, user, text(body), room_id=room_id)

    yield from lone_scams(dice, 60, make)


def _disguised(body: str, way: int) -> str:
    words = body.split(" ")
    if way == 0:
        return " ".join(" ".join(word) if _is_long(word) else word for word in words)
    if way == 1:
        return " ".join(word.translate(_DIGITS) if _is_plain(word) else word for word in words)
    if way == 2:
        return "\u200b".join(body)
    if way == 3:
        return "\n".join(words)
    if way == 4:
        return "\n".join(body)
    if way == 5:
        return ".".join(words)
    if way == 6:
        return "  ".join(" ".join(word) if _is_plain(word) else word for word in words)
    return " ".join("*".join(word) if _is_long(word) else word for word in words)


def _is_plain(word: str) -> bool:
    return not any(sign in word for sign in "./@+")


def _is_long(word: str) -> bool:
    return _is_plain(word) and len(word) >= _LEAST_CHARS


@abusive()
def further_scams_anywhere(dice: Dice) -> Iterator[Sent]:
    """Captions, names of files and people, answers of polls, edits, threads, reasons."""
    at = 60.0
    for number in range(70):
        (user,) = newcomers(dice, 1)
        at += dice.uniform(20, 60)
        yield from come(dice, [user], at, 2, rooms=ROOMS[:1])
        label = f"further{number}"
        hello = text("good evening")
        yield Sent(at + 5, user, hello, label=label, is_counted=False)
        scam = dice.filled(dice.pick(EVERY))
        state = {"type": "m.room.member"}
        ways: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
            (picture(dice, scam, filename="photo.png"), {}),
            (_file(dice, scam), {}),
            (_poll(scam), {"type": "m.poll.start"}),
            (edit_of(REFERENCE + label, scam), {}),
            (_in_thread(dice, scam), {}),
            ({"membership": "invite", "reason": scam},
             {**state, "state_key": f"@{dice.letters(6)}:home.example"}),
            ({"membership": "join", "displayname": scam[:250]}, {**state, "state_key": user}),
            ({"msgtype": "m.emote", "body": scam}, {}),
        )  # fmt: skip
        content, more = ways[number % len(ways)]
        yield abuse(at + dice.uniform(20, 60), user, content, **more)


def _file(dice: Dice, scam: str) -> dict[str, Any]:
    return {"msgtype": "m.file", "body": f"{scam[:120]}.pdf", "url": mxc(dice)}


def _poll(scam: str) -> dict[str, Any]:
    answers = [{"m.id": str(place), "m.text": [{"body": body}]} for place, body in
               enumerate((scam, "no"))]  # fmt: skip
    question = {"m.text": [{"body": "which one?"}]}
    return {"m.poll": {"question": question, "kind": "m.disclosed", "answers": answers}}


def _in_thread(dice: Dice, scam: str) -> dict[str, Any]:
    root = event_id(dice)
    return text(scam, **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
