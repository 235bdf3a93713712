"""Store of allowances, raids, mutes and dropped steps."""

import json
from collections.abc import Collection
from typing import Any

from countersign.adapters.sql.changes import count_change, write_counted
from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.outcomes import insert_outcome
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.outcomes import Outcome
from countersign.ports.stores.processes.changes import Topic


class SqlModerationStore(SqlStore):
    """Implements `ports.moderation.ModerationStore`."""

    async def save_allowance(self, allowance: Allowance, outcome: Outcome) -> None:
        def write(connection: Connection) -> None:
            connection.execute(get_query("upsert_allowance"), _allowance_values(allowance))
            insert_outcome(connection, outcome)
            count_change(connection, Topic.ALLOWANCES)

        await self._database.write(write)

    async def withdraw_allowance(
        self, allowance: Allowance, former: Allowance | None, outcome: Outcome
    ) -> None:
        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_allowance"), _allowance_values(allowance))
            if former is not None:
                connection.execute(get_query("upsert_allowance"), _allowance_values(former))
            insert_outcome(connection, outcome)
            count_change(connection, Topic.ALLOWANCES)

        await self._database.write(write)

    async def allowances(
        self, *, since_ts: int = 0, ending_after_ts: int = 0, limit: int = 10_000
    ) -> list[Allowance]:
        values = {"since_ts": since_ts, "ending_after_ts": ending_after_ts, "limit": limit}
        return [
            record_from(Allowance, row, steps=lambda steps: tuple(json.loads(steps)))
            for row in await self._database.read_rows(get_query("allowances"), values)
        ]

    async def save_raid(
        self, raid: RaidReport, *, is_restored: bool = True, is_prolonged: bool = True
    ) -> None:
        await write_counted(
            self._database,
            Topic.RAIDS,
            get_query("upsert_raid"),
            {
                **values_of(raid, refused=json.dumps(dict(raid.refused))),
                **values_of(
                    raid.raid,
                    domains=json.dumps(dict(raid.raid.domains)),
                    words=json.dumps([sorted(words) for words in raid.raid.words]),
                ),
                "is_restored": is_restored,
                "is_prolonged": is_prolonged,
            },
        )

    async def raids(self, *, under_way: bool = False, limit: int = 1_000) -> list[RaidReport]:
        return [
            RaidReport(
                community=row["community"],
                raid=record_from(
                    Raid,
                    row,
                    domains=json.loads,
                    words=lambda words: tuple(map(frozenset, json.loads(words))),
                ),
                ended_ts=row["ended_ts"],
                suspects=row["suspects"],
                joins=row["joins"],
                refused=json.loads(row["refused"]),
            )
            for row in await self._database.read_rows(
                get_query("raids"), {"under_way": under_way, "limit": limit}
            )
        ]

    async def save_mutes(self, mutes: Collection[Mute], *, forget_ended_before_ts: int) -> None:
        def write(connection: Connection) -> None:
            changed = {"changed": count_change(connection, Topic.MUTES)}
            for mute in mutes:
                connection.execute(get_query("upsert_mute"), values_of(mute) | changed)
            ended = {"until_ts": forget_ended_before_ts}
            connection.execute(get_query("delete_ended_mutes"), ended)

        await self._database.write(write)

    async def mutes(
        self, *, ending_after_ts: int, limit: int, changed_after: int = -1
    ) -> list[Mute]:
        values = {
            "ending_after_ts": ending_after_ts,
            "limit": limit,
            "changed_after": changed_after,
        }
        return [
            record_from(Mute, row)
            for row in await self._database.read_rows(get_query("latest_mutes"), values)
        ][::-1]

    async def save_dropped(self, step: DroppedStep) -> None:
        await write_counted(
            self._database,
            Topic.DROPPED_STEPS,
            get_query("upsert_dropped_step"),
            values_of(step),
        )

    async def forget_dropped(self, community: str, step: str) -> None:
        await write_counted(
            self._database,
            Topic.DROPPED_STEPS,
            get_query("delete_dropped_step"),
            {"community": community, "step": step},
        )

    async def dropped(self) -> list[DroppedStep]:
        return [
            record_from(DroppedStep, row)
            for row in await self._database.read_rows(get_query("dropped_steps"), {})
        ]

    async def save_step_changes(
        self, changes: Collection[StepChange], *, forget: Collection[tuple[str, str]] = ()
    ) -> None:
        def write(connection: Connection) -> None:
            for community, step in forget:
                connection.execute(
                    get_query("delete_policy_step"), {"community": community, "step": step}
                )
            for change in changes:
                connection.execute(get_query("upsert_policy_step"), values_of(change))
            count_change(connection, Topic.DROPPED_STEPS)

        await self._database.write(write)

    async def step_changes(self) -> list[StepChange]:
        return [
            record_from(StepChange, row, is_restored=bool)
            for row in await self._database.read_rows(get_query("policy_steps"), {})
        ]


def _allowance_values(allowance: Allowance) -> dict[str, Any]:
    return values_of(allowance, steps=json.dumps(allowance.steps))
