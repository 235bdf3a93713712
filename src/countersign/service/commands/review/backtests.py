"""Commands on backtests: another policy judges the archived events of the last days."""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.trials.backtest_jobs import BacktestJob, BacktestJobs

SINCE_MS: Final = 7 * DAY_MS
MAX_EVENTS: Final = 1_000_000


class BacktestCommands(CommandGroup):
    """Starts, shows and cancels backtests.

    Args:
        jobs: the jobs of the last hour.
        activation: parses documents.
        settings: the path of the settings, for the processes.
        is_archive_on: the archive is on.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        jobs: BacktestJobs,
        activation: PolicyActivation,
        *,
        settings: str,
        is_archive_on: bool,
    ) -> None:
        super().__init__(needs)
        self._jobs = jobs
        self._activation = activation
        self._settings = settings
        self._is_archive_on = is_archive_on

    async def start(
        self,
        actor: Actor,
        *,
        document: str,
        community: object = None,
        since_ts: int | None = None,
        room_id: str | None = None,
    ) -> JsonObject:
        """Start a backtest of a document on a community's archived events; return the job.

        Args:
            actor: the actor.
            document: the text of the policy.
            community: the community of the events; see `Permissions.community`.
            since_ts: beginning, in ms since the epoch; None for seven days ago.
            room_id: only events of this room.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`; the archive is off; or a
                backtest of the community is running.
            RateLimited: too many backtests of others are running.
            PolicyInvalid: the document has mistakes.
            StoreUnavailable: the audit log cannot be written, so the backtest was not started.
        """
        command = Command.BACKTESTS_START
        target = self._permissions.community(actor, command, community)
        if not self._is_archive_on:
            raise BadJson("The archive is off, so there is nothing to judge again. {archive: on}")
        if room_id is not None and self._permissions.community_of(room_id).name != target.name:
            raise NotFound(f"There is no room {room_id} in {target.name}.")
        policy = await in_thread(self._activation.parse, document.encode())
        if since_ts is None:
            since_ts = self._clock.now_ts() - SINCE_MS
        async with self._audit.change(actor, command, community=target.name) as details:
            details["revision"] = policy.revision
            job = self._jobs.start(
                target.name,
                {
                    "work": "backtest",
                    "settings": self._settings,
                    "document": document,
                    "community": target.name,
                    "since_ts": since_ts,
                    "room_id": room_id,
                    "limit": MAX_EVENTS,
                },
                actor=actor.name,
            )
            details["job"] = job.job_id
        return job_to_json(job)

    async def list(self, actor: Actor) -> JsonObject:
        """Return the jobs of the last hour in communities that the actor sees, latest first."""
        community_names = self._permissions.community_names(actor, Command.BACKTESTS_LOOK)
        jobs = self._jobs.of(lambda job: job.community in community_names)
        for name in sorted({job.community for job in jobs}):
            await self._audit.read(actor, Command.BACKTESTS_LOOK, community=name)
        return {"jobs": [job_to_json(job) | {"report": None} for job in jobs]}

    async def look(self, actor: Actor, job_id: str) -> JsonObject:
        """Return a job with its report, once it is done.

        Raises:
            NotFound: no such job is known to them.
        """
        job = self._find(actor, Command.BACKTESTS_LOOK, job_id)
        await self._audit.read(
            actor, Command.BACKTESTS_LOOK, community=job.community, subject=job_id
        )
        return job_to_json(job)

    async def cancel(self, actor: Actor, job_id: str) -> JsonObject:
        """End a job, if it runs still; return it.

        Raises:
            NotFound: no such job is known to them.
            StoreUnavailable: it cannot be written down, and so it goes on.
        """
        command = Command.BACKTESTS_CANCEL
        job = self._find(actor, command, job_id)
        async with self._audit.change(actor, command, community=job.community, subject=job_id):
            await self._jobs.cancel(job)
        return job_to_json(job)

    def _find(self, actor: Actor, command: Command, job_id: str) -> BacktestJob:
        community_names = self._permissions.community_names(actor, command)
        job = self._jobs.find(job_id)
        if job is None or job.community not in community_names:
            raise NotFound(f"There is no backtest {job_id!r}. They are kept for an hour.")
        return job


def job_to_json(job: BacktestJob) -> JsonObject:
    """Return a job as the admin API shows it."""
    return {
        "job": job.job_id,
        "community": job.community,
        "actor": job.actor,
        "started_ts": job.started_ts,
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "report": job.report,
        "trouble": job.trouble,
    }
