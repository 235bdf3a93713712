"""Verbs on measures: raid mode, mutes and trust."""

from typing import Final

from countersign.policy.measures.crowds import CAME_MS
from countersign.policy.measures.trust_records import Trust
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request, without_dashes
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Wording

MAX_MUTES: Final = 20
NO_LEVEL: Final = "none"
STRICT: Final = "strict"
ARRIVALS: Final = "arrivals"
NO_OPTIONS: Final = (
    "There are no options here: write raid on strict, or raid on arrivals for those who came "
    "lately, and then for 1h, or a reason."
)
LEVELS: Final = "|".join((*Trust, NO_LEVEL))


class MeasureVerbs(VerbGroup):
    """Verbs over the commands on raids, mutes and trust."""

    @verb(
        "raid [on [strict|arrivals] [for 1h] [REASON] | off]",
        does="raid mode: how it stands, begin or prolong it, end it; strict: no newcomer may "
        "write; arrivals: nobody who came within half an hour, or comes later",
    )
    async def raid(self, request: Request) -> Wording:
        """Show, start or end raid mode."""
        lasts_ms, words = request.duration()
        match words[:1]:
            case ():
                return self._raid_status(request)
            case ("off",):
                report = await self._commands.raids.end(request.actor, community=request.community)
                refused = sum(report["refused"].values())
                return Wording.of(f"Raid mode is off. It refused {refused:,} events.")
            case ("on",):
                who = _held_back(words[1:])
                report = await self._commands.raids.begin(
                    request.actor,
                    community=request.community,
                    lasts_ms=lasts_ms,
                    reason=" ".join(words[2 if who else 1 :]),
                    is_strict=who is not None,
                    came_within_ms=self._arrivals_ms(request) if who == ARRIVALS else None,
                )
                return _raid(report)
        raise BadJson("Write raid, raid on or raid off.")

    def _arrivals_ms(self, request: Request) -> int:
        """Return how long ago arrivals begin: some time before the alert that is replied to."""
        about = request.about
        late_ms = 0 if about is None else max(0, self._clock.now_ts() - about.sent_ts)
        return CAME_MS + late_ms

    def _raid_status(self, request: Request) -> Wording:
        raids = self._commands.raids.status(request.actor)
        for report in raids:
            if report["community"] == request.community:
                return _raid(report)
        return Wording.of("Raid mode is off.")

    @verb(
        "mute [end @user:server | many|end-many @user:server…|incident REFERENCE "
        "[for 2h] [REASON]]",
        does="who is muted, and ending a mute; muting several people, or all who took part "
        "in an incident, and ending that",
    )
    async def mute(self, request: Request) -> Wording:
        """Show mutes, or end those of a user."""
        match request.words:
            case () | ("list",):
                return self._list_mutes(request)
            case ("end", user_id, *reason):
                ended = await self._commands.mutes.end(
                    request.actor,
                    user_id=user_id,
                    community=request.community,
                    reason=" ".join(reason),
                )
                return Wording.of(f"Ended {len(ended['ended'])} of the mutes of ", Foreign(user_id))
            case ("many" | "end-many", *_):
                return await self._mute_many(request)
        raise BadJson("Write mute, mute end with a user ID, or mute many with several.")

    async def _mute_many(self, request: Request) -> Wording:
        """Mute several people, or end their mutes."""
        lasts_ms, (what, *words) = request.duration()
        named: dict[str, object] = {"user_ids": None, "incident": None}
        if words[:1] == ["incident"] and len(words) > 1:
            named["incident"], *words = words[1:]
        else:
            named["user_ids"] = people = [each for each in words if each.startswith("@")]
            words = words[len(people) :]
        reason, community = " ".join(words), request.community
        if what == "end-many":
            done = await self._commands.bulk_mutes.end(
                request.actor, **named, community=community, reason=reason
            )
            wording = Wording.of(f"{len(done['people']):,} people may write again.")
        else:
            done = await self._commands.bulk_mutes.begin(
                request.actor, **named, community=community, lasts_ms=lasts_ms, reason=reason
            )
            until = moment(done["until_ts"])
            wording = Wording.of(f"{len(done['people']):,} people are muted until {until}.")
        for user_id, why in list(done["skipped"].items())[:MAX_MUTES]:
            wording.line("Left out: ", Foreign(user_id), f": {why}")
        return wording

    def _list_mutes(self, request: Request) -> Wording:
        every = self._commands.mutes.list(request.actor)["mutes"]
        mutes = [each for each in every if each["community"] == request.community]
        wording = Wording.of(f"People who are muted: {len(mutes):,}.")
        for each in mutes[:MAX_MUTES]:
            wording.line("• ", Foreign(each["user_id"]), f" until {moment(each['until_ts'])}")
        return wording

    @verb(
        f"trust @user:server [{LEVELS}] [for 7d] [REASON]",
        does="how far somebody is trusted, and giving or taking a level",
    )
    async def trust(self, request: Request) -> Wording:
        """Show a user's trust, or set it."""
        lasts_ms, words = request.duration()
        if not words:
            raise BadJson("Name a user, such as @alice:example.org.")
        user_id, level = words[0], words[1] if len(words) > 1 else None
        if level is None:
            standing = await self._commands.trust.show(
                request.actor, user_id=user_id, community=request.community
            )
        else:
            standing = await self._commands.trust.set_level(
                request.actor,
                user_id=user_id,
                level=None if level == NO_LEVEL else level,
                community=request.community,
                lasts_ms=lasts_ms,
                reason=" ".join(words[2:]),
            )
        return _standing_in_words(standing)


def _held_back(words: tuple[str, ...]) -> str | None:
    """Return who may not write, `STRICT` or `ARRIVALS`, by the words after `on`; None for nobody.

    Raises:
        BadJson: there are options as on the command line, which would be taken for a reason.
    """
    plain = [without_dashes(word) for word in words]
    who = plain[0].lower() if plain and plain[0].lower() in (STRICT, ARRIVALS) else None
    rest = 1 if who else 0
    if plain[rest:] != list(words[rest:]):
        raise BadJson(NO_OPTIONS)
    return who


def _raid(report: JsonObject) -> Wording:
    strict = " (strict)" if report["strict_until_ts"] else ""
    if report["strict_since_ts"]:
        strict = f" (strict for who came since {moment(report['strict_since_ts'])})"
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


def _standing_in_words(standing: JsonObject) -> Wording:
    wording = Wording.of(
        Foreign(standing["user_id"]), f" is {standing['level']}: ", Foreign(standing["because"])
    )
    if standing["given"]:
        until_ts = standing["given_until_ts"]
        until = f" until {moment(until_ts)}" if until_ts else ""
        wording.line(f"A moderator gave {standing['given']}{until}.")
    wording.line(
        f"{standing['accepted_events']:,} events accepted on {standing['active_days']:,} days."
    )
    if standing["note"]:
        wording.line(standing["note"])
    return wording
