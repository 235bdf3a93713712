"""Verbs on measures: raid mode, mutes and trust."""

from typing import Final

from countersign.policy.measures.trust_records import Trust
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.commands.moderation.trust import TrustCommands
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import Verb
from countersign.service.management.wording import Exact, Foreign, Wording

MAX_MUTES: Final = 20
NO_LEVEL: Final = "none"


class MeasureVerbs:
    """Verbs over the commands on raids, mutes and trust."""

    def __init__(self, raids: RaidCommands, mutes: MuteCommands, trust: TrustCommands) -> None:
        self._raids = raids
        self._mutes = mutes
        self._trust = trust

    def all(self) -> tuple[Verb, ...]:
        """Return the verbs."""
        levels = "|".join((*Trust, NO_LEVEL))
        return (
            Verb(
                name="raid",
                usage="raid [on [strict] [for 1h] [REASON] | off]",
                does="raid mode: how it stands, begin or prolong it, end it",
                run=self.raid,
            ),
            Verb(
                name="mute",
                usage="mute [end @user:server]",
                does="who is muted, and ending a mute",
                run=self.mute,
            ),
            Verb(
                name="trust",
                usage=f"trust @user:server [{levels}] [for 7d] [REASON]",
                does="how far somebody is trusted, and giving or taking a level",
                run=self.trust,
            ),
        )

    async def raid(self, request: Request) -> Wording:
        """Show, start or end raid mode."""
        lasts_ms, words = request.duration()
        match words[:1]:
            case ():
                return self._raid_status(request)
            case ("off",):
                report = await self._raids.end(request.actor, community=request.community)
                refused = sum(report["refused"].values())
                return Wording.of(f"Raid mode is off. It refused {refused:,} events.")
            case ("on",):
                is_strict = words[1:2] == ("strict",)
                report = await self._raids.begin(
                    request.actor,
                    community=request.community,
                    lasts_ms=lasts_ms,
                    reason=" ".join(words[2 if is_strict else 1 :]),
                    is_strict=is_strict,
                )
                return _raid(report)
        raise BadJson("Write raid, raid on or raid off.")

    def _raid_status(self, request: Request) -> Wording:
        raids = self._raids.status(request.actor)
        for report in raids:
            if report["community"] == request.community:
                return _raid(report)
        return Wording.of("Raid mode is off.")

    async def mute(self, request: Request) -> Wording:
        """Show mutes, or end those of a user."""
        match request.words:
            case () | ("list",):
                return self._list_mutes(request)
            case ("end", user_id, *reason):
                ended = await self._mutes.end(
                    request.actor,
                    user_id=user_id,
                    community=request.community,
                    reason=" ".join(reason),
                )
                return Wording.of(f"Ended {len(ended['ended'])} of the mutes of ", Foreign(user_id))
        raise BadJson("Write mute, or mute end with a user ID. The policy mutes, not moderators.")

    def _list_mutes(self, request: Request) -> Wording:
        every = self._mutes.list(request.actor)["mutes"]
        mutes = [each for each in every if each["community"] == request.community]
        wording = Wording.of(f"People who are muted: {len(mutes):,}.")
        for each in mutes[:MAX_MUTES]:
            wording.line("• ", Foreign(each["user_id"]), f" until {moment(each['until_ts'])}")
        return wording

    async def trust(self, request: Request) -> Wording:
        """Show a user's trust, or set it."""
        lasts_ms, words = request.duration()
        if not words:
            raise BadJson("Name a user, such as @alice:example.org.")
        user_id, level = words[0], words[1] if len(words) > 1 else None
        if level is None:
            found = await self._trust.show(
                request.actor, user_id=user_id, community=request.community
            )
        else:
            found = await self._trust.set_level(
                request.actor,
                user_id=user_id,
                level=None if level == NO_LEVEL else level,
                community=request.community,
                lasts_ms=lasts_ms,
                reason=" ".join(words[2:]),
            )
        return _standing(found)


def _raid(report: JsonObject) -> Wording:
    strict = " (strict)" if report["strict_until_ts"] else ""
    wording = Wording.of(
        f"Raid mode is on{strict} until {moment(report['until_ts'])}: ", Foreign(report["because"])
    )
    refused = sum(report["refused"].values())
    wording.line(
        f"{report['suspects']:,} suspects, {report['joins']:,} joins, {refused:,} events refused."
    )
    if report["note"]:
        wording.line(report["note"])
    wording.line("End it with ", Exact("!cs raid off"))
    return wording


def _standing(found: JsonObject) -> Wording:
    wording = Wording.of(
        Foreign(found["user_id"]), f" is {found['level']}: ", Foreign(found["because"])
    )
    if found["given"]:
        until_ts = found["given_until_ts"]
        until = f" until {moment(until_ts)}" if until_ts else ""
        wording.line(f"A moderator gave {found['given']}{until}.")
    wording.line(f"{found['accepted_events']:,} events accepted on {found['active_days']:,} days.")
    if found["note"]:
        wording.line(found["note"])
    return wording
