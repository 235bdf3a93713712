"""Verb that tries words as a keyword filter on archived events."""

import json
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Sentences, Wording

SINCE_MS: Final = 7 * DAY_MS
WAIT_SECONDS: Final = 20
LOOK_EVERY_SECONDS: Final = 0.5
MAX_EXAMPLES: Final = 5
RUNNING: Final = "running"


class TrialVerbs(VerbGroup):
    """Verbs over the commands on backtests."""

    @verb(
        "try [WORDS [for 7d]]",
        does="what a keyword would have refused within a week; without words, how the last "
        "trial went",
    )
    async def try_words(self, request: Request) -> Wording:
        """Judge archived events by one keyword, or show the result of the last trial."""
        lasts_ms, words = request.duration()
        if not words:
            jobs = (await self._commands.backtests.list(request.actor))["jobs"]
            own_jobs = [each for each in jobs if each["community"] == request.community]
            if not own_jobs:
                raise BadJson("Name a word or several, such as: !cs try free bitcoin")
            return _result_in_words(
                await self._commands.backtests.look(request.actor, own_jobs[0]["job"])
            )
        since_ts = self._clock.now_ts() - (SINCE_MS if lasts_ms is None else lasts_ms)
        job = await self._commands.backtests.start(
            request.actor,
            document=json.dumps({"filters": [{"keyword": {"words": [" ".join(words)]}}]}),
            community=request.community,
            since_ts=since_ts,
        )
        for _ in range(round(WAIT_SECONDS / LOOK_EVERY_SECONDS)):
            if job["state"] != RUNNING:
                break
            await self._clock.sleep(LOOK_EVERY_SECONDS)
            job = await self._commands.backtests.look(request.actor, job["job"])
        return _result_in_words(job)


def _result_in_words(job: JsonObject) -> Wording:
    report = job["report"]
    if job["state"] == RUNNING:
        return Wording.of(
            f"It goes on: {job['done']:,} of {job['total'] or 0:,} events. Look later: ",
            Exact("!cs try"),
        )
    if report is None:
        return Wording.of("It came to nothing: ", Sentences(job["trouble"] or job["state"]))
    refused = report["refused_now"]
    wording = Wording.of(
        f"Of {report['events']:,} archived events {refused:,} would be refused by it, "
        f"{report['newly_refused']['count']:,} of which passed."
    )
    for each in report["newly_refused"]["examples"][:MAX_EXAMPLES]:
        wording.line(
            f"• {moment(each['ts'])}, {each['trust']}: ", Foreign(each["sender"]), " in ",
            Foreign(each["room_id"]),
        )  # fmt: skip
    return wording
