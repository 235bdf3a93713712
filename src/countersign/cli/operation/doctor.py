"""`countersign doctor`: check everything that can be wrong, and say what to do about it."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, end_if_json, is_json_wanted
from countersign.cli.operation.doctor_dashboard import examine_dashboard
from countersign.cli.operation.doctor_output import (
    Progress,
    check_as_json,
    show_check,
    showing_progress,
    summarise_checks,
)
from countersign.cli.operation.doctor_retention import examine_retention
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.protocol.errors import CountersignError

_Found = list[dict[str, Any]]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from countersign.config import Config
    from countersign.service.health.doctor import Check


@answering
def doctor(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check settings, keys, policy, database, name, TLS, notaries, clock, rooms; say what to do.

    Ends with 1 if anything fails; a warning is no failure. Changes nothing.
    """
    checks = asyncio.run(_collect(config, show=not is_json_wanted()))
    failed = sum(check.outcome.value == "fail" for check in checks)
    status = 1 if failed else 0
    answer = {"is_well": not failed, "checks": [check_as_json(check) for check in checks]}
    end_if_json(answer, status)
    summarise_checks(checks)
    sys.exit(status)


async def _collect(config_file: "Path", *, show: bool) -> "list[Check]":
    checks = []
    with showing_progress() as progress:
        async for check in _examine(config_file, progress):
            checks.append(check)
            if show:
                show_check(check)
    return checks


async def _examine(config_file: "Path", progress: Progress) -> "AsyncIterator[Check]":
    """Yield every check when it is done, the cheap and basic ones first."""
    from countersign.config import ConfigError, read_config
    from countersign.service.health.doctor import Check, Outcome

    progress("reading the files")
    try:
        config = read_config(config_file)
    except ConfigError as error:
        yield Check(name="settings", outcome=Outcome.FAIL, message=str(error))
        if error.sound is not None:
            async for check in _examine_files(error.sound, error.left_out):
                yield check
        return
    yield Check(name="settings", outcome=Outcome.OK, message=str(config.file))
    failed = set()
    async for check in _examine_files(config):
        yield check
        if check.outcome is Outcome.FAIL:
            failed.add(check.name)

    may_ask_others = not failed & {"keys", "TLS"}  # without which nobody can be asked
    async for check in _examine_running(config, progress, may_ask_others=may_ask_others):
        yield check


async def _examine_running(
    config: "Config", progress: Progress, *, may_ask_others: bool
) -> "AsyncIterator[Check]":
    """Yield checks of the running server, of how others see it, and of its rooms."""
    progress("asking the running server")
    health, warnings, rooms, unseen, unfound = _running(config)
    for check in health:
        yield check
    if rooms is not None:
        yield _policies_in_force(config)
        if (dashboard := examine_dashboard(config, warnings)) is not None:
            yield dashboard
    if (leaks := await _leaks(config)) is not None:
        yield leaks
    if may_ask_others:
        async for check in _examine_from_outside(config, rooms or [], progress):
            yield check
    if rooms is not None:
        for check in _examine_rooms(config, rooms, unseen, unfound):
            yield check


async def _examine_from_outside(
    config: "Config", rooms: list[dict[str, Any]], progress: Progress
) -> "AsyncIterator[Check]":
    """Yield checks of how other servers see us, and we them."""
    from countersign.bootstrap.outside_checks import open_outside_checks

    async with open_outside_checks(config) as outside:
        progress(f"looking at {config.server_name} as other servers do")
        yield await outside.doctor.check_server_name()
        progress("looking at what browsers get")
        yield await outside.browsers.check_well_known()
        yield await outside.browsers.check_support(config.support.document)
        if config.reasons.public_url is not None:
            yield await outside.browsers.check_pages(config.reasons.public_url)
        for pinned in config.federation.notaries:
            progress(f"asking the notary {pinned.name}")
            yield await outside.doctor.check_notary(pinned.notary)
        progress("comparing clocks")
        yield await outside.doctor.check_clock(_servers_of(rooms))


def _examine_rooms(
    config: "Config",
    rooms: list[dict[str, Any]],
    unseen: list[dict[str, Any]],
    unfound: list[dict[str, Any]],
) -> "Iterator[Check]":
    """Yield checks of the running server's rooms and of other servers."""
    from countersign.service.health.running_checks import (
        check_communities,
        check_redacting,
        check_rooms,
        check_unfound,
        check_unseen,
    )

    yield from (*check_unseen(unseen), *check_unfound(unfound), *check_rooms(rooms))
    yield from check_communities(rooms)
    if config.redactions.by_ourselves:
        yield from check_redacting(rooms, config.user_id)


async def _examine_files(
    config: "Config", left_out: frozenset[str] = frozenset()
) -> "AsyncIterator[Check]":
    """Yield problems that prevent a start, each with what to do; for other parts their state.

    Args:
        config: the settings.
        left_out: settings with mistakes, whose values are not the intended ones.
    """
    from countersign.bootstrap.start_checks import PARTS, find_start_troubles
    from countersign.service.health.doctor import Check, Outcome

    troubles = list(find_start_troubles(config, left_out=left_out))
    in_trouble = {trouble.part for trouble in troubles}
    for part in PARTS:
        for trouble in troubles:
            if trouble.part == part:
                yield Check(name=part, outcome=Outcome.FAIL, message=trouble.message)
    if not left_out & {"keys"} and "keys" not in in_trouble:
        yield Check(name="keys", outcome=Outcome.OK, message=_keys(config))
    if not left_out & {"policy", "communities", "checkers"} and "policy" not in in_trouble:
        yield Check(name="policy", outcome=Outcome.OK, message=_policy(config))
    if not left_out & {"database"} and "database" not in in_trouble:
        yield await _database(config)
    if not left_out & {"retention", "archive"}:
        yield examine_retention(config)
    if not left_out and not in_trouble - {"keys", "policy", "database"}:
        message = "Secrets, certificates, ports and folders are as a start needs them."
        yield Check(name="start", outcome=Outcome.OK, message=message)


def _keys(config: "Config") -> str:
    from countersign.bootstrap.files import read_keys

    keys = read_keys(config)
    further = len(keys.former_policy) + len(keys.leaked_policy)
    besides = f" and {further} more policy key{'s' * (further != 1)}" if further else ""
    return (
        f"{keys.server.key_id} and {keys.policy.key_id}{besides}; only their owner may read them."
    )


def _policy(config: "Config") -> str:
    from countersign.bootstrap.policies.documents import read_policies

    default, *others = read_policies(config).values()
    count = len(default.pipeline.steps)
    besides = f"; besides it policies of {len(others)} communities" if others else ""
    return (
        f"{count} filter{'s' * (count != 1)} in {config.path(config.policy)}, revision "
        f"{default.revision}{besides}."
    )


async def _database(config: "Config") -> "Check":
    from countersign.bootstrap.files import find_database, may_have_database
    from countersign.bootstrap.stores import open_stores_for_reading
    from countersign.ports.errors import StoreOutdated
    from countersign.service.health.doctor import Check, Outcome

    try:
        place = find_database(config)
        if not may_have_database(config):
            return Check(
                name="database",
                outcome=Outcome.SKIP,
                message=f"{place} is not there yet; the server makes it when it first starts.",
            )
        async with open_stores_for_reading(config) as stores:
            count = await stores.decisions.count()
    except StoreOutdated as error:
        return Check(name="database", outcome=Outcome.WARN, message=str(error))
    except CountersignError as error:
        return Check(name="database", outcome=Outcome.FAIL, message=str(error))
    return Check(name="database", outcome=Outcome.OK, message=f"{count:,} decisions in {place}.")


async def _leaks(config: "Config") -> "Check | None":
    """Return the check of leaks; None if the database cannot be read."""
    from countersign.bootstrap.files import may_have_database
    from countersign.bootstrap.stores import count_leaks
    from countersign.service.health.running_checks import check_leaks

    try:
        if not may_have_database(config):
            return None
        counts = await count_leaks(config)
    except CountersignError:
        return None  # the check of the database says why
    redactions = config.redactions
    return check_leaks(
        counts,
        is_anyone_told=bool(redactions.bots or redactions.webhooks or redactions.by_ourselves),
    )


def _running(
    config: "Config",
) -> "tuple[list[Check], dict[str, Any], _Found | None, _Found, _Found]":
    """Return checks of the running server, its warnings, and its rooms and unseen signatures."""
    from countersign import __version__
    from countersign.service.health.doctor import Check, Outcome
    from countersign.service.health.running_checks import check_health

    try:
        health = AdminClient(config).health()
        listed = AdminClient(config).get("/_countersign/v1/rooms")
        rooms, unfound = listed["rooms"], listed["unfound"]
        unseen = AdminClient(config).get("/_countersign/v1/leaks/banked")["servers"]
    except CountersignError as error:
        return [Check(name="server", outcome=Outcome.FAIL, message=str(error))], {}, None, [], []
    return list(check_health(health, __version__)), health["warnings"], rooms, unseen, unfound


def _policies_in_force(config: "Config") -> "Check":
    """Return the check whether the policies in force are those of the files."""
    from countersign.cli.compared_policies import PATH, compare_files, what_to_do
    from countersign.service.health.doctor import Check, Outcome

    try:
        answer = AdminClient(config).get(PATH)
        comparison = compare_files(config, answer)
    except CountersignError as error:
        return Check(name="in force", outcome=Outcome.FAIL, message=str(error))
    if comparison.is_same and not answer["trouble"]:
        count = len(comparison.policies)
        changed = ", ".join(comparison.changed_by_command)
        source = f"; changed by command: {changed}." if changed else ", as the files say."
        state = (
            f"The running server has {count} polic{'ies' if count != 1 else 'y'} in force{source}"
        )
        return Check(name="in force", outcome=Outcome.OK, message=state)
    *lines, remedy = [*what_to_do(comparison)] or [
        str(answer["trouble"]),
        "The files are well now: countersign policy reload",
    ]
    return Check(name="in force", outcome=Outcome.WARN, message="\n".join(lines), remedy=remedy)


def _servers_of(rooms: list[dict[str, Any]]) -> list[str]:
    """Return servers that are in our rooms, each once."""
    joined = (room for room in rooms if room["membership"] == "joined")
    return list(dict.fromkeys(server for room in joined for server in room["via"]))
