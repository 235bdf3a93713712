"""Checks of a running server's health, rooms, leaks and communities, from its admin API."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from countersign.ports.stores.leaks import LeakCounts
from countersign.service.health.doctor import (
    BACKGROUND_REMEDY,
    OUTAGES,
    PART_REMEDIES,
    WARNING_REMEDIES,
    Check,
    Outcome,
)


def check_health(health: Mapping[str, Any], installed: str) -> Iterator[Check]:
    """Yield the health of the running server: one check, or one for each unhealthy part.

    Args:
        health: the answer of `/_countersign/v1/health`.
        installed: the version of the program that asks.
    """
    is_well = True
    for part, trouble in health["parts"].items():
        if trouble:
            is_well = False
            yield Check(
                name="server",
                outcome=Outcome.FAIL,
                message=f"It runs, but not all is well: {part}: {trouble}",
                remedy=PART_REMEDIES.get(part, "If it lasts for a minute, its log says more."),
            )
    for part, trouble in health.get("warnings", {}).items():
        if trouble and part not in ("policy", "dashboard"):  # they have checks of their own
            is_well = False
            yield Check(
                name="server",
                outcome=Outcome.WARN if part in WARNING_REMEDIES else Outcome.FAIL,
                message=f"{part}: {trouble}",
                remedy=WARNING_REMEDIES.get(part, BACKGROUND_REMEDY),
            )
    if health["version"] != installed:
        yield Check(
            name="server",
            outcome=Outcome.WARN,
            message=f"Version {health['version']} is running; {installed} is installed.",
            remedy="Start it again.",
        )
    elif is_well:
        yield Check(name="server", outcome=Outcome.OK, message=f"Running, version {installed}.")


def check_unfound(unfound: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield the aliases and spaces of policies whose rooms were not found.

    Args:
        unfound: from the answer of `/_countersign/v1/rooms`.
    """
    for each in unfound:
        yield Check(
            name="community",
            outcome=Outcome.WARN,
            message=f"No rooms are known of {each['name']}, which a policy names: {each['reason']}",
            remedy="Until it is found the default policy holds for them. Name a room by its ID.",
        )


def check_rooms(rooms: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield the state of each room.

    Args:
        rooms: as the running server lists them at `/_countersign/v1/rooms`.
    """
    present = [room for room in rooms if room["membership"] != "left"]
    if not present:
        yield Check(
            name="room",
            outcome=Outcome.SKIP,
            message="This server is in no room yet.",
            remedy="Invite its user, or run: countersign rooms join ROOM_ID --via SERVER",
        )
    for room in present:
        for alert in room["alerts"]:
            yield Check(
                name="room",
                outcome=Outcome.FAIL if alert["kind"] in OUTAGES else Outcome.WARN,
                message=f"{room['room_id']}: {alert['message']}",
                remedy=alert["remedy"],
            )
        if not room["alerts"]:
            how = "names us with our key"
            if room["is_list_only"]:
                how = "followed as a policy list; it needs no m.room.policy"
            elif room["is_management_only"]:
                how = "a management room; it needs no m.room.policy"
            yield Check(
                name="room", outcome=Outcome.OK, message=f"{room['room_id']}: joined, {how}."
            )


def check_leaks(counts: LeakCounts, *, is_anyone_told: bool) -> Check:
    """Return a check of the leaks of the last day and of their delivery to recipients.

    Args:
        counts: the counts of that day.
        is_anyone_told: the settings name a bot or a webhook.
    """
    if not counts.leaks:
        message = "No refused event was seen out in a room within the last day."
        return Check(name="leaks", outcome=Outcome.OK, message=message)
    message = f"{counts.leaks:,} refused events were seen out in rooms within the last day"
    if not is_anyone_told:
        return Check(
            name="leaks",
            outcome=Outcome.WARN,
            message=f"{message}, and nobody was told.",
            remedy="Redact them (countersign leaks list), and name a moderation bot or a webhook "
            "in redactions: bots, webhooks, or set redactions: by_ourselves.",
        )
    if counts.waiting or counts.given_up:
        return Check(
            name="leaks",
            outcome=Outcome.WARN,
            message=f"{message}; of their hand-overs {counts.waiting:,} wait and "
            f"{counts.given_up:,} were given up.",
            remedy="countersign leaks list tells why.",
        )
    return Check(name="leaks", outcome=Outcome.OK, message=f"{message}; all were handed over.")


def check_communities(rooms: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield each community that is in a raid, or whose policy has a dropped step.

    Args:
        rooms: as the running server lists them at `/_countersign/v1/rooms`.
    """
    communities = {room["community"]: room for room in rooms if room["membership"] == "joined"}
    for name, room in sorted(communities.items()):
        if room["raid"] is not None:
            yield Check(
                name="raid",
                outcome=Outcome.WARN,
                message=f"The community {name} is in raid mode: {room['raid']}",
                remedy=f"It ends by itself; now: countersign raid off --community {name}",
            )
        for step in room["dropped_steps"]:
            yield Check(
                name="guard",
                outcome=Outcome.WARN,
                message=f"The runaway guard had {step} of the community {name} only record: it "
                "refused too many people whom the community knows.",
                remedy="countersign guard list tells why; mend the policy, or: "
                f"countersign guard restore {step} --community {name}",
            )


def check_redacting(rooms: Sequence[Mapping[str, Any]], our_user_id: str) -> Iterator[Check]:
    """Yield each room in which our user is to redact leaks but lacks the power.

    Args:
        rooms: as the running server lists them at `/_countersign/v1/rooms`.
        our_user_id: the user with whom we are in rooms.
    """
    for room in rooms:
        if room["membership"] == "joined" and not room["may_redact"]:
            yield Check(
                name="redactions",
                outcome=Outcome.WARN,
                message=f"{room['room_id']}: our user has no power to redact what leaks there.",
                remedy=f"A moderator can give {our_user_id} the power level that the room's redact "
                "asks for; a bot may redact in its place (redactions: bots).",
            )


def check_unseen(servers: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield each server that holds many unseen signatures.

    Args:
        servers: as the running server lists them at `/_countersign/v1/leaks/banked`.
    """
    for each in servers:
        if each["is_alarming"]:
            yield Check(
                name="signatures",
                outcome=Outcome.WARN,
                message=f"{each['server']} had {each['signed_lately']:,} events signed within the "
                f"hour, and {each['unseen_lately']:,} of them nobody has seen.",
                remedy="Either it keeps them to send them all at once, or its transactions do not "
                "reach us: look whether other servers reach us (server name, above).",
            )
