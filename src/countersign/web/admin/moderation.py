"""`/_countersign/v1/trust`, `/raids`, `/guard`, `/decisions/allow`: what moderators say."""

from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request

from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.trust import Trust
from countersign.policy.policies.dependencies import (
    droppable_steps,
    raid_steps,
    trust_steps,
)
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.service.errors import NotFound
from countersign.service.evaluation.decide import Moderation
from countersign.service.measures.allowances import find_refused
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Community, Policies
from countersign.service.rooms.protected_rooms import Rooms
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.http.answers import Answer

MAX_LASTS_MS: Final = 10 * 366 * 86_400_000
MAX_REASON_CHARS: Final = 500

NO_RAID_STEPS: Final = (
    "No step of this community's policy depends on raid mode, so it changes nothing. Start the "
    "policy from the preset newcomer-safe, or have steps apply to the untrusted: docs/policy.md."
)
NO_TRUST_STEPS: Final = (
    "No step of this community's policy depends on trust, so only the level banned changes "
    "anything. Start the policy from the preset newcomer-safe, or give steps applies_to: "
    "docs/policy.md."
)
GUARD_IS_OFF: Final = "The guard is switched off in this community's policy (guard: is_on)."
NO_DROPPABLE_STEPS: Final = (
    "No step of this community's policy can be dropped: none refuses, or all name people."
)


class ModerationEndpoints:
    """Trust, raid mode, the runaway guard, and what is allowed nevertheless."""

    def __init__(
        self,
        moderation: Moderation,
        *,
        policies: Policies,
        rooms: Rooms,
        decisions: DecisionStore,
        clock: Clock,
        requests: AdminRequests,
    ) -> None:
        self._moderation = moderation
        self._policies = policies
        self._rooms = rooms
        self._decisions = decisions
        self._clock = clock
        self._requests = requests

    async def get_trust(self, request: Request) -> Answer:
        """Answer with how a user stands in a community, and in each room of it."""
        user_id = _user_id(request.query_params.get("user_id", ""))
        community = self._community(request.query_params.get("community"))
        return Answer(200, await self._trust(user_id, community))

    async def set_trust(self, request: Request) -> Answer:
        """Give a user a level of trust, or take it away again with null."""
        body = await self._requests.read(request)
        user_id = _user_id(get_field(body, "user_id", str))
        community = self._community(body.get("community"))
        given = body.get("level")
        if given is not None and given not in set(Trust):
            raise BadJson(f"The level must be null or one of {', '.join(Trust)}.")
        lasts_ms = _lasts_ms(body)
        await self._moderation.acquaintances.give(
            community.name,
            user_id,
            None if given is None else Trust(given),
            until_ts=None if lasts_ms is None else self._clock.now_ts() + lasts_ms,
            reason=_reason(body),
        )
        return Answer(200, await self._trust(user_id, community))

    async def get_raids(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with the raids that are under way."""
        reports = self._moderation.raids.under_way()
        return Answer(200, {"raids": [self._raid(report) for report in reports]})

    async def begin_raid(self, request: Request) -> Answer:
        """Begin raid mode, or prolong it."""
        body = await self._requests.read(request)
        community = self._community(body.get("community"))
        report = self._moderation.raids.begin(
            community.name,
            community.policy.raid_rules,
            _reason(body) or "a moderator said so",
            lasts_ms=_lasts_ms(body),
        )
        await self._moderation.raids.save()
        return Answer(200, self._raid(report))

    async def end_raid(self, request: Request) -> Answer:
        """End raid mode, and answer with what came of it."""
        body = await self._requests.read(request)
        community = self._community(body.get("community"))
        report = self._moderation.raids.end(community.name)
        if report is None:
            raise NotFound(f"The community {community.name} is in no raid.")
        await self._moderation.raids.save()
        return Answer(200, self._raid(report))

    async def get_guard(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with the steps that the runaway guard dropped, and with those that it may drop."""
        dropped = self._moderation.guard.all()
        return Answer(
            200,
            {
                "dropped": [asdict(step) for step in dropped],
                "communities": [_guarded(community) for community in self._policies.all()],
            },
        )

    async def restore(self, request: Request) -> Answer:
        """Let a dropped step refuse again."""
        body = await self._requests.read(request)
        community = self._community(body.get("community"))
        step = get_field(body, "step", str)
        restored = await self._moderation.guard.restore(community.name, step)
        if restored is None:
            raise NotFound(f"The step {step} of {community.name} is not dropped.")
        return Answer(200, {"restored": asdict(restored)})

    async def allow(self, request: Request) -> Answer:
        """Let the words of a refused event pass when they are sent again, for a while."""
        body = await self._requests.read(request)
        recorded = await find_refused(get_field(body, "reference", str), self._decisions)
        community = self._policies.for_room(recorded.room_id)
        allowance = await self._moderation.second_chances.allow(
            recorded, community=community.name, lasts_ms=_lasts_ms(body) or 86_400_000
        )
        return Answer(200, {"allowed": asdict(allowance)})

    def _raid(self, report: RaidReport) -> JsonObject:
        community = self._policies.find(report.community)
        steps = () if community is None else raid_steps(community.policy.pipeline)
        return {**_raid(report), "steps": steps, "note": None if steps else NO_RAID_STEPS}

    def _community(self, name: object) -> Community:
        name = DEFAULT_COMMUNITY if name is None else name
        community = self._policies.find(name) if isinstance(name, str) else None
        if community is None:
            names = ", ".join(each.name for each in self._policies.all())
            raise NotFound(f"There is no community {name!r}; there is {names}.")
        return community

    async def _trust(self, user_id: str, community: Community) -> JsonObject:
        trust = self._moderation.acquaintances
        known = await trust.find(community.name, user_id)
        raid = self._moderation.raids.find_against(
            community.name, server_name_of(user_id), self._clock.now_ts()
        )
        rooms = [
            room
            for room in self._rooms.all()
            if self._policies.for_room(room.room_id).name == community.name
            and user_id in room.state.members
        ]
        standings = {
            room.room_id if room else "": trust.standing_of(
                user_id, known, room, community.policy, raid
            )
            for room in (*rooms, None)
        }
        nowhere = standings.pop("")
        steps = trust_steps(community.policy.pipeline)
        # Nothing of a banned user is signed, whatever the steps are.
        has_effect = bool(steps) or nowhere.level is Trust.BANNED
        return {
            "user_id": user_id,
            "community": community.name,
            "level": nowhere.level.value,
            "because": nowhere.because,
            "first_seen_ts": known.first_seen_ts or None,
            "accepted_events": known.accepted_events,
            "active_days": known.active_days,
            "given": known.given and known.given.value,
            "given_until_ts": known.given_until_ts,
            "given_reason": known.given_reason,
            "rooms": {
                room_id: {"level": standing.level.value, "because": standing.because}
                for room_id, standing in standings.items()
            },
            "steps": steps,
            "note": None if has_effect else NO_TRUST_STEPS,
        }


def _user_id(value: str) -> str:
    if not is_user_id(value):
        raise BadJson("A user ID such as @alice:example.org is needed.")
    return value


def _lasts_ms(body: JsonObject) -> int | None:
    value = body.get("lasts_ms")
    if value is None or (type(value) is int and 0 < value <= MAX_LASTS_MS):
        return value
    raise BadJson("The field 'lasts_ms' must be a number of milliseconds, of ten years at most.")


def _reason(body: JsonObject) -> str:
    value: Any = body.get("reason", "")
    if not isinstance(value, str) or len(value) > MAX_REASON_CHARS:
        raise BadJson(f"The field 'reason' must be text of at most {MAX_REASON_CHARS} characters.")
    return value


def _guarded(community: Community) -> JsonObject:
    policy = community.policy
    steps = droppable_steps(policy.pipeline)
    note = None if steps else NO_DROPPABLE_STEPS
    if not policy.guard_rules.is_on:
        steps, note = (), GUARD_IS_OFF
    return {"community": community.name, "steps": steps, "note": note}


def _raid(report: RaidReport) -> JsonObject:
    return {
        "community": report.community,
        "because": report.raid.because,
        "started_ts": report.raid.started_ts,
        "suspect_since_ts": report.raid.suspect_since_ts,
        "until_ts": report.raid.until_ts,
        "domains": dict(report.raid.domains),
        "ended_ts": report.ended_ts,
        "suspects": report.suspects,
        "joins": report.joins,
        "refused": dict(report.refused),
    }
