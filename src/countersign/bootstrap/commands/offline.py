"""Commands without a running server: the same services, on the database."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from countersign.adapters.files.admin_files import ServerIsRunning
from countersign.adapters.files.indicator_secrets import ensure_indicator_secret
from countersign.adapters.logs import log_only
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.commands.running import archive_finder
from countersign.bootstrap.commands.stored import (
    StoredCommandDependencies,
    build_stored,
    confirmation_rules,
)
from countersign.bootstrap.files import find_data_folder
from countersign.bootstrap.measures import build_measures, load_measures
from countersign.bootstrap.policy_files import PolicyFiles
from countersign.bootstrap.registry import read_registry
from countersign.bootstrap.storage.databases import server_kept_out
from countersign.bootstrap.stores import open_stores_for_changes, open_stores_for_reading
from countersign.config import Config
from countersign.policy.policies.policy_documents import Policy, parse_policy
from countersign.ports.actors import Actor, ActorKind, Face
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.bundle import Stores
from countersign.protocol.errors import CountersignError
from countersign.service.commands.actors.access_register import OFFLINE_NAME
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.rooms.room import Room, restore_room
from countersign.web.admin.app import offline_app

OFFLINE: Actor = Actor.unlimited(OFFLINE_NAME, ActorKind.OFFLINE, Face.CLI)


_ABOUT_ROOMS: Final = ("/_countersign/v1/trust", "/_countersign/v1/decisions/")
"""Prefixes of the paths of commands that need the power levels of rooms."""


async def ask_offline(
    config: Config, method: str, target: str, body: dict[str, Any] | None = None
) -> tuple[int, bytes]:
    """Answer a request of the command line as a running server would; return status and body.

    A user who can open the database has all permissions. While a change is made no server can
    start; during a read it can.

    Args:
        config: has the location of the database.
        method: POST for changes.
        target: a path of the admin API that needs no running server, with its query.
        body: a JSON object.

    Raises:
        ServerIsRunning: another program holds the database.
        DatabaseUnusable: says what to do about it.
        CountersignError: it cannot be done now.
    """
    log_only(logging.ERROR)
    is_change = method != "GET"
    with _alone(config) if is_change else _nobody_kept_out():
        opened = open_stores_for_changes if is_change else open_stores_for_reading
        async with opened(config) as stores:
            clock, randomness = SystemClock(), SystemRandomness()
            secret = None
            if is_change:
                secret = ensure_indicator_secret(find_data_folder(config), randomness)
            measures = build_measures(stores, clock, indicator_secret=secret)
            await load_measures(measures)
            rooms = await _read_rooms(stores) if target.startswith(_ABOUT_ROOMS) else []
            names = await stores.rooms.names()
            commands = await build_stored(
                StoredCommandDependencies(
                    clock=clock,
                    randomness=randomness,
                    stores=stores,
                    policies=await read_policies(config, stores, must_be_sound=is_change),
                    measures=measures,
                    unseen=UnseenSignatures(clock, ceiling=1),
                    find_archived=archive_finder(config, stores.archive),
                    # Whoever can open the database sees every entry under its own number.
                    entry_numbers=EntryNumbers(b""),
                    activation=None,
                    rooms=lambda: rooms,
                    room_names=lambda: names,
                    confirmation_rules=confirmation_rules(config),
                )
            )
            return await _ask(offline_app(commands, OFFLINE, randomness), method, target, body)


async def read_policies(config: Config, stores: Stores, *, must_be_sound: bool) -> Policies:
    """Return the policies that the server would have at its next start, without storing anything.

    If there are none, reading commands continue without policies: all rooms then belong to the
    default community.
    """
    try:
        policies = Policies(await _next_policies(config, stores))
    except CountersignError:
        if must_be_sound:
            raise
        return Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", read_registry())})
    try:
        found_rooms = await stores.found_rooms.load()
    except StoreUnavailable:
        if must_be_sound:
            raise
        found_rooms = {}
    policies.set_found_rooms({name: each.room_ids for name, each in found_rooms.items()})
    return policies


async def _next_policies(config: Config, stores: Stores) -> dict[str, Policy]:
    files = PolicyFiles(config)
    rows = {row.community: row.document for row in await stores.policies.in_force()}
    if config.policies.source == "files" or DEFAULT_COMMUNITY not in rows:
        try:
            return {name: each.policy for name, each in files.read().items()}
        except CountersignError:
            if DEFAULT_COMMUNITY not in rows:
                raise
    return {name: each.policy for name, each in files.check(rows).items()}


async def _read_rooms(stores: Stores) -> list[Room]:
    rooms = [await restore_room(stored) for stored in await stores.rooms.load()]
    return [room for room in rooms if room is not None]


async def _ask(
    app: Any, method: str, target: str, body: dict[str, Any] | None
) -> tuple[int, bytes]:
    """Call an ASGI application without a network; return status and body."""
    path, _, query = target.partition("?")
    content = b"" if body is None else json.dumps(body).encode()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"content-length", b"%d" % len(content))],
    }
    status, pieces = 500, [b""]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(pieces)


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    with server_kept_out(config) as is_server_running:
        if is_server_running:
            raise ServerIsRunning(
                f"A server with these settings, or another command, holds the database of "
                f"{config.server_name}, and does not answer: it may be starting or stopping. Try "
                "again in a moment; the log of the server may say more."
            )
        yield


@contextmanager
def _nobody_kept_out() -> Iterator[None]:
    yield
