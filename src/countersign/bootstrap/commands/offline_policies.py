"""Activation and roll-back of policies while no server runs, for its next start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from countersign.adapters.system import SystemClock
from countersign.bootstrap.commands.offline import OFFLINE
from countersign.bootstrap.policy_files import build_policy_activation, user_name
from countersign.bootstrap.storage.databases import server_kept_out
from countersign.bootstrap.stores import open_stores
from countersign.config import Config, ConfigError
from countersign.policy.policies.policy_documents import Policy
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.permissions import Command
from countersign.service.policies.policy_activation import PolicyActivation


async def activate_offline(config: Config, community: str, document: bytes, note: str) -> Policy:
    """Put a document in force for the next start; return the policy.

    Raises:
        ConfigError: a server was started meanwhile.
        PolicyInvalid: it has mistakes, or conflicts with other policies.
        DatabaseUnusable, StoreUnavailable: says what to do about it.
    """
    async with _change(config, Command.POLICY_ACTIVATE, community, note) as (activation, details):
        policy = await activation.activate(community, document, actor=user_name(), note=note)
        details["after"] = policy.revision
        return policy


async def roll_back_offline(config: Config, community: str, to: str | None, note: str) -> Policy:
    """Put an earlier policy in force for the next start; see `PolicyActivation.roll_back`.

    Raises:
        ConfigError: a server was started meanwhile.
        PolicyUnknown: there is no such revision.
        PolicyInvalid: it now conflicts with other policies.
        DatabaseUnusable, StoreUnavailable: says what to do about it.
    """
    async with _change(config, Command.POLICY_ROLLBACK, community, note) as (activation, details):
        policy = await activation.roll_back(community, to, actor=user_name(), note=note)
        details["after"] = policy.revision
        return policy


@asynccontextmanager
async def _change(
    config: Config, command: Command, community: str, note: str
) -> AsyncIterator[tuple[PolicyActivation, dict[str, Any]]]:
    """Prevent a server from starting meanwhile, and record the change in the audit log."""
    with server_kept_out(config) as is_running:
        if is_running:
            raise ConfigError("A server was started meanwhile; try again.")
        async with open_stores(config) as stores:
            clock = SystemClock()
            activation = build_policy_activation(config, stores.policies, clock)
            await activation.records.take_over_history()
            before = await activation.find_in_force(community)
            async with AuditLog(stores.audit, clock).change(
                OFFLINE,
                command,
                community=community,
                details={"before": before and before.revision, "note": note, "by": user_name()},
            ) as details:
                yield activation, details
