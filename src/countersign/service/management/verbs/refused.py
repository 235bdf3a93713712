"""Verb on recent refusals: counts by filter, or the latest ones of a filter or a sender."""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.parameters import checked_user_id
from countersign.service.management.moments import duration_in_words, moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Wording

MAX_LASTS_MS: Final = 7 * DAY_MS
MAX_STEPS: Final = 20
MAX_LISTED: Final = 10


class RefusedVerbs(VerbGroup):
    """Verbs over searches and statistics of decisions."""

    @verb(
        "refused [STEP | @user:server] [for 24h]",
        does="what was refused within a day, by filter; or the latest ones of a step or of "
        "a sender",
    )
    async def refused(self, request: Request) -> Wording:
        """Answer with counts by step, or with the latest references."""
        lasts_ms, words = request.duration()
        lasts_ms = DAY_MS if lasts_ms is None else lasts_ms
        if lasts_ms > MAX_LASTS_MS:
            raise BadJson("At most 7d are looked through in the room.")
        since_ts = self._clock.now_ts() - lasts_ms
        match words:
            case ():
                return await self._by_step(request, since_ts, lasts_ms)
            case (name,):
                return await self._latest(request, name, since_ts)
        raise BadJson("Name one step of the policy, or one user ID.")

    async def _by_step(self, request: Request, since_ts: int, lasts_ms: int) -> Wording:
        statistics = await self._commands.decisions.statistics(request.actor, since_ts=since_ts)
        steps = sorted(statistics["steps"], key=lambda each: -each["refused"])
        wording = Wording.of(
            f"Within {duration_in_words(lasts_ms)}, of {statistics['decisions']:,} decisions:"
        )
        for step in steps[:MAX_STEPS]:
            parts = [f"{step['refused']:,} refused, {step['people']:,} people"]
            if step["allowed"]:
                parts.append(f"{step['allowed']:,} allowed later")
            if step["shadow"]:
                parts.append(f"{step['shadow']:,} in shadow")
            wording.line("• ", Exact(step["step"]), f": {'; '.join(parts)}")
        if not steps:
            wording.line("Nothing was refused.")
        return wording

    async def _latest(self, request: Request, name: str, since_ts: int) -> Wording:
        is_user = name.startswith("@")
        query = DecisionQuery(
            verdict=Verdict.REFUSE,
            sender=checked_user_id(name) if is_user else None,
            step=None if is_user else name,
            since_ts=since_ts,
        )
        result = await self._commands.decisions.search(request.actor, query, limit=MAX_LISTED)
        wording = Wording.of("The latest refusals of ", Foreign(name), ":")
        for decision in result["decisions"]:
            wording.line(
                "• ", Exact(decision["reference"]), f" {moment(decision['decided_ts'])}, in ",
                Foreign(decision["room_name"] or decision["room_id"]),
            )  # fmt: skip
        if not result["decisions"]:
            wording.line("None.")
            steps = result["steps"]
            if steps is not None and name not in steps:
                wording.line("No policy has that step. There are: ", Exact(", ".join(steps)))
        return wording
