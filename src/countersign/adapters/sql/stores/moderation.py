"""Store of allowances, raids, mutes and dropped steps."""

import json
from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any, Final

from countersign.adapters.sql.changes import count_change, write_counted
from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.outcomes import insert_outcome
from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.outcomes import Outcome
from countersign.ports.stores.processes.changes import Topic

_DROPPED_COLUMNS: Final = tuple(each.name for each in fields(DroppedStep))
_MUTE_COLUMNS: Final = tuple(each.name for each in fields(Mute))


class SqlModerationStore:
    """Implements `ports.moderation.ModerationStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            Allowance(
                community=row["community"],
                sender=row["sender"],
                fingerprint=row["fingerprint"],
                reference=row["reference"],
                steps=tuple(json.loads(row["steps"])),
                allowed_ts=row["allowed_ts"],
                until_ts=row["until_ts"],
            )
            for row in await self._database.read_rows(get_query("allowances"), values)
        ]

    async def save_raid(self, raid: RaidReport, *, may_reopen: bool = True) -> None:
        await write_counted(
            self._database,
            Topic.RAIDS,
            get_query("upsert_raid"),
            {
                "community": raid.community,
                "started_ts": raid.raid.started_ts,
                "because": raid.raid.because,
                "suspect_since_ts": raid.raid.suspect_since_ts,
                "until_ts": raid.raid.until_ts,
                "ended_ts": raid.ended_ts,
                "suspects": raid.suspects,
                "joins": raid.joins,
                "refused": json.dumps(dict(raid.refused)),
                "domains": json.dumps(dict(raid.raid.domains)),
                "words": json.dumps([sorted(words) for words in raid.raid.words]),
                "strict_until_ts": raid.raid.strict_until_ts,
                "may_reopen": may_reopen,
            },
        )

    async def raids(self, *, under_way: bool = False, limit: int = 1_000) -> list[RaidReport]:
        return [
            RaidReport(
                community=row["community"],
                raid=Raid(
                    because=row["because"],
                    started_ts=row["started_ts"],
                    suspect_since_ts=row["suspect_since_ts"],
                    until_ts=row["until_ts"],
                    domains=dict(json.loads(row["domains"])),
                    words=tuple(map(frozenset, json.loads(row["words"]))),
                    strict_until_ts=row["strict_until_ts"],
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
                connection.execute(get_query("upsert_mute"), asdict(mute) | changed)
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
            Mute(**{name: row[name] for name in _MUTE_COLUMNS})
            for row in await self._database.read_rows(get_query("latest_mutes"), values)
        ][::-1]

    async def save_dropped(self, step: DroppedStep) -> None:
        await write_counted(
            self._database,
            Topic.DROPPED_STEPS,
            get_query("upsert_dropped_step"),
            {
                "community": step.community,
                "step": step.step,
                "policy_revision": step.policy_revision,
                "because": step.because,
                "dropped_ts": step.dropped_ts,
            },
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
            DroppedStep(**{name: row[name] for name in _DROPPED_COLUMNS})
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
                connection.execute(get_query("upsert_policy_step"), asdict(change))
            count_change(connection, Topic.DROPPED_STEPS)

        await self._database.write(write)

    async def step_changes(self) -> list[StepChange]:
        return [
            StepChange(
                community=row["community"],
                step=row["step"],
                fingerprint=row["fingerprint"],
                changed_ts=row["changed_ts"],
                is_restored=bool(row["is_restored"]),
            )
            for row in await self._database.read_rows(get_query("policy_steps"), {})
        ]


def _allowance_values(allowance: Allowance) -> dict[str, Any]:
    return {
        "community": allowance.community,
        "sender": allowance.sender,
        "fingerprint": allowance.fingerprint,
        "reference": allowance.reference,
        "steps": json.dumps(allowance.steps),
        "allowed_ts": allowance.allowed_ts,
        "until_ts": allowance.until_ts,
    }
