"""Texts of alerts: references, rooms, harms and counts, without any text of a sender."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from countersign.policy.measures.crowds import NewcomerCrowd
from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.review.incidents import Likeness
from countersign.ports.stores.confirmations import Confirmation
from countersign.ports.stores.review.appeals import Appeal
from countersign.ports.stores.review.reports import ReportedEvent
from countersign.service.management.alerting.incidents import MAX_PEOPLE, Incident
from countersign.service.management.moments import moment
from countersign.service.management.verbs.decisions import harm_in_words
from countersign.service.management.verbs.reviews import ABOUT_PEOPLE_HERE
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

MAX_ROOMS: Final = 3
MAX_STEPS: Final = 10

_ALIKE: Final = {
    Likeness.INDICATOR: "the same link, contact or wallet, ",
    Likeness.WAVE: "near duplicates, ",
    Likeness.STEP: "",
    Likeness.SENDER: "",
}

RoomName = Callable[[str], str | None]
"""Returns the name of a room by its ID; None if it has none."""

ENCRYPTED: Final = (
    "This room is encrypted, so I can read no commands here and send no alerts. Make an "
    "unencrypted room that only moderators can enter, and name it in the server's settings."
)


def incident_in_words(incident: Incident, room_name: RoomName) -> Wording:
    """Return the alert of an incident, for its first message and for edits."""
    people = f"{len(incident.people):,}"
    if len(incident.people) >= MAX_PEOPLE:
        people = f"more than {people}"
    wording = Wording.of(
        f"Refused: {harm_in_words(incident.harm)}, {_events(incident.count)} of {people} "
        f"{'person' if people == '1' else 'people'}, {_ALIKE[incident.key[0]]}step ",
        Exact(incident.step),
    )  # fmt: skip
    rooms = [room_id for room_id, _ in incident.rooms.most_common(MAX_ROOMS)]
    other_rooms = len(incident.rooms) - len(rooms)
    wording.line(
        "In ", *joined([Foreign(room_name(each) or each) for each in rooms]),
        f" and {other_rooms:,} more rooms" if other_rooms else "",
        f", since {moment(incident.first_ts)}",
    )  # fmt: skip
    shown = incident.references[:MAX_ROOMS]
    wording.line("Reference ", *joined([Exact(each) for each in shown]))
    wording.line("✅ allows, 🚫 is spam (20 of them at most), ❓ explains.")
    return wording


def digest_in_words(missed: Counter[str], since_ts: int) -> Wording:
    """Return the digest of refusals that have no alert of their own.

    Args:
        missed: number of refused events, by step.
        since_ts: the beginning, in ms since the epoch.
    """
    wording = Wording.of(f"Refused besides, since {moment(since_ts)}: {_events(missed.total())}.")
    for step, count in missed.most_common(MAX_STEPS):
        wording.line("• ", Exact(step), f": {count:,}")
    if len(missed) > MAX_STEPS:
        wording.line(f"• and {len(missed) - MAX_STEPS:,} more steps")
    wording.line("More: ", Exact("!cs status"))
    return wording


def raid_in_words(report: RaidReport) -> Wording:
    """Return the alert of a raid that has started."""
    wording = Wording.of(
        f"Raid mode began, until {moment(report.raid.until_ts)}: ", Foreign(report.raid.because)
    )
    wording.line("How it goes: ", Exact("!cs raid"))
    _add_buttons(wording)
    return wording


def crowd_in_words(crowd: NewcomerCrowd, room_name: RoomName) -> Wording:
    """Return the alert of a crowd that is not usual, for its first message and for edits."""
    usual = f"on a usual day {crowd.usual:,} do" if crowd.usual else "on a usual day few do"
    wording = Wording.of(
        f"Unusually many newcomers: {crowd.people:,} came lately and wrote within ten minutes; "
        f"{usual}. {crowd.messages:,} messages of theirs were signed."
    )
    wording.line("In ", *joined([Foreign(room_name(each) or each) for each in crowd.rooms[:3]]))
    wording.line("It may be a launch or a class, or a raid that gives no sign of itself: look.")
    _add_buttons(wording)
    return wording


def _add_buttons(wording: Wording) -> None:
    wording.line(
        "✋ lets nobody write for half an hour who came within the half hour before this message, "
        "or comes later; 🔓 ends raid mode. Or write ", Exact("!cs raid on arrivals for 30m"),
        ", ", Exact("!cs raid on strict"), " for all newcomers, ", Exact("!cs raid off"),
    )  # fmt: skip


def dropped_in_words(dropped: DroppedStep) -> Wording:
    """Return the alert of a step that the runaway guard dropped."""
    wording = Wording.of(
        "The runaway guard has the step ", Exact(dropped.step), " only record from now on: ",
        Sentences(dropped.because),
    )  # fmt: skip
    wording.line("What it refused: ", Exact(f"!cs refused {dropped.step}"))
    wording.line("A lead restores it: ", Exact(f"countersign guard restore {dropped.step}"))
    return wording


def waiting_in_words(waiting: Sequence[Confirmation]) -> Wording:
    """Return the alert of commands that wait for a second person.

    The commands' parameters are left out: they may name a person to erase.
    """
    if not waiting:
        return Wording.of("Nothing waits for a second person any more.")
    is_one = len(waiting) == 1
    wording = Wording.of(
        f"{'A command waits' if is_one else f'{len(waiting):,} commands wait'} for a second person:"
    )
    _add_items(wording, [
        (Exact(each.reference), " ", Exact(each.command), " by ", Foreign(each.actor),
         f", until {moment(each.expires_ts)}")
        for each in waiting
    ])  # fmt: skip
    wording.line(
        "What they do: ", Exact("!cs confirm"), ". Confirm one that is not your own: ",
        Exact(f"!cs confirm {waiting[0].reference}"),
    )  # fmt: skip
    return wording


def reported_in_words(waiting: Sequence[ReportedEvent], about_people_here: int) -> Wording:
    """Return the alert of events that members reported: whose they are stays out of the room.

    Args:
        waiting: what waits, of people who do not read the alert.
        about_people_here: how many more events wait, of people who do.
    """
    if not waiting and not about_people_here:
        return Wording.of("Nothing that members reported waits any more.")
    wording = Wording.of(f"Members reported {_events(len(waiting) + about_people_here)}.")
    if about_people_here:
        wording.line(ABOUT_PEOPLE_HERE.format(count=f"{about_people_here:,}"))
    _add_items(wording, [
        (Exact(each.reference), f" by {each.reporters:,} member",
         f"{'' if each.reporters == 1 else 's'}, since {moment(each.first_ts)}")
        for each in waiting
    ])  # fmt: skip
    if waiting:
        first = waiting[0].reference
        wording.line(
            "What it is: ", Exact(f"!cs why {first}"), ". Answer: ",
            Exact(f"!cs review spam {first}"), " or ", Exact(f"!cs review keep {first}"),
        )  # fmt: skip
    return wording


def appealed_in_words(appeals: Sequence[Appeal]) -> Wording:
    """Return the alert of open appeals, by due date; what people wrote stays out of the room."""
    if not appeals:
        return Wording.of("No appeal waits for an answer any more.")
    waits = "An appeal waits" if len(appeals) == 1 else f"{len(appeals):,} appeals wait"
    wording = Wording.of(f"{waits} for an answer:")
    _add_items(wording, [
        (Exact(each.reference), f", due {moment(each.due_ts)}") for each in appeals
    ])  # fmt: skip
    first = appeals[0].reference
    wording.line(
        "What it says: ", Exact(f"!cs appeals {first}"), ". Answer: ",
        Exact(f"!cs appeals grant {first}"), " or ", Exact(f"!cs appeals uphold {first}"),
    )  # fmt: skip
    return wording


def _add_items(wording: Wording, items: Sequence[Sequence[str]]) -> None:
    """Add a list, each item given as the parts of its line, the first `MAX_STEPS` of them."""
    for parts in items[:MAX_STEPS]:
        wording.line("• ", *parts)
    if len(items) > MAX_STEPS:
        wording.line(f"• and {len(items) - MAX_STEPS:,} more")


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


def joined(parts: Sequence[str]) -> list[str]:
    """Return parts of a line with commas between them."""
    line: list[str] = []
    for part in parts:
        line += [", ", part]
    return line[1:]
