"""Longest times that dashboard pages and admin API endpoints block the event loop.

The applications of a real server are asked in their own process, with many decisions and rooms
behind them. Of each answer, in milliseconds: the first time that passed and the median of others;
the median of the CPU time that the loop's thread took in all; the longest stretch of it in which
nobody else had a turn, of all times but the first and of the first; and the median of the CPU time
of other threads, for which the loop's waits for the interpreter's lock.

Usage: python benchmarks/page_holds.py [--decisions 1000000] [--rooms 500] [--only /now]
"""

import argparse
import asyncio
import gc
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import uvloop
from starlette.types import ASGIApp, Message, Scope

import stored_decisions
from bench_server import NAME, joined_room, state_event
from countersign.adapters.logs import configure_logs
from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.system import SystemClock
from countersign.bootstrap.own_process import spare_garbage_collector
from countersign.bootstrap.parts.dashboard import build_dashboard_services
from countersign.bootstrap.services import open_services
from countersign.bootstrap.stores import open_stores
from countersign.config import Config, read_config
from countersign.web.admin.app import admin_app
from countersign.web.dashboard.app import dashboard_app
from countersign.web.metrics import MetricsEndpoint

PEOPLE_IN_ROOM = 5
V1 = "/_countersign/v1"
PAGES = (
    *("/now", "/review", "/decisions", "/decisions?verdict=refuse", "/decisions/{refused}"),
    *("/incidents/{refused}", "/filters", "/filters?days=7", "/people", "/rooms"),
    *("/rooms/!room0:example.org", "/raids", "/leaks", "/indicators", "/appeals"),
    *("/policy/default", "/policy/default/edit", "/confirmations", "/keys", "/settings", "/audit"),
    "/privacy",
)
ANSWERS = (
    *(f"{V1}/decisions?limit=1000", f"{V1}/incidents?limit=5000", f"{V1}/reviews?limit=5000"),
    *(f"{V1}/decisions/stats?since_ts={{week_ts}}", f"{V1}/filters/statistics", f"{V1}/rooms"),
    *(f"{V1}/audit?limit=1000", f"{V1}/openapi.json", f"{V1}/health"),
)


async def fill(config: Config, count: int, rooms: int) -> None:
    """Store decisions, and rooms that we are in."""
    now_ts = SystemClock().now_ts()
    path = config.path(Path("countersign.db"))
    prepare_database(path)
    first_ts = now_ts - count * stored_decisions.EVERY_MS
    stored_decisions.fill(path, count, first_ts=first_ts)
    async with open_stores(config) as stores:
        for number in range(rooms):
            people = [
                config.user_id,
                *(f"@user{each}:hs.example" for each in range(PEOPLE_IN_ROOM)),
            ]
            state = [
                state_event("m.room.create", "", people[1], {"room_version": "11"}, 1),
                state_event("m.room.name", "", people[1], {"name": f"Room {number}"}, 2),
                *(
                    state_event("m.room.member", each, each, {"membership": "join"}, 3)
                    for each in people
                ),
            ]
            await stores.rooms.save(joined_room(f"!room{number}:example.org", state, now_ts))


class Requester:
    """Asks applications in this process, as a browser or a program would.

    Attributes:
        headers: sent with each request.
    """

    def __init__(self) -> None:
        self.headers: dict[str, str] = {"host": "127.0.0.1:1"}

    async def ask(
        self, app: ASGIApp, target: str, body: bytes | None = None
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        """Return the status, the headers and the body of an answer."""
        path, _, query = target.partition("?")
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET" if body is None else "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("127.0.0.1", 2),
            "server": ("127.0.0.1", 1),
        }
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Message) -> None:
            told.append(message)

        await app(scope, receive, send)
        content = b"".join(each.get("body", b"") for each in told[1:])
        return told[0]["status"], dict(told[0]["headers"]), content


class Holds:
    """Watches how long the event loop does nothing but one thing, in CPU time of its thread."""

    def __init__(self) -> None:
        self.longest = 0.0

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch for as long as the block lasts."""
        watch = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        self.longest = 0.0
        try:
            yield
            await asyncio.sleep(0)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def _watch(self) -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - began)


async def measure(name: str, app: ASGIApp, requester: Requester, runs: int) -> None:
    """Print one line."""
    passed, own, others, holds = [], [], [], []
    size = 0
    for _ in range(1 + runs):
        # Watching takes the interpreter's lock all the time, so times are taken without it.
        began, began_all, began_own = time.perf_counter(), time.process_time(), time.thread_time()
        status, _, content = await requester.ask(app, name)
        took_own = time.thread_time() - began_own
        passed.append(1e3 * (time.perf_counter() - began))
        own.append(1e3 * took_own)
        others.append(1e3 * (time.process_time() - began_all - took_own))
        if status != 200:
            sys.exit(f"{name} was answered with {status}: {content[:300]!r}")
        size = len(content)
        if not holds:
            holds.append(own[0])  # an upper bound: nobody watched
        watched = Holds()
        async with watched.watching():
            await requester.ask(app, name)
        holds.append(1e3 * watched.longest)
    print(
        f"{name[:44]:44}{passed[0]:9.1f}{statistics.median(passed[1:]):8.1f}"
        f"{statistics.median(own[1:]):8.1f}{max(holds[2:] or holds):8.1f}{own[0]:8.1f}"
        f"{statistics.median(others[1:]):8.1f}{size / 1e3:8.0f}",
        flush=True,
    )


async def ask_all(config: Config, options: argparse.Namespace) -> None:
    """Sign in, and ask for every page and every answer."""
    async with open_services(config) as services:
        await services.base.key_ring.load()
        await services.rooms.rooms.load()
        spare_garbage_collector()
        if options.no_gc:
            gc.disable()
        dashboard = dashboard_app(
            build_dashboard_services(config, services.admin, services.sign_in, services.base.stores)
        )
        admin = admin_app(services.admin)
        token = services.admin.token
        browser, program = Requester(), Requester()
        program.headers["authorization"] = f"Bearer {token}"
        browser.headers |= {
            "origin": "http://127.0.0.1:1",
            "content-type": "application/x-www-form-urlencoded",
        }
        form = urlencode({"token": token}).encode()
        _, headers, _ = await browser.ask(dashboard, "/sign-in", form)
        browser.headers["cookie"] = headers[b"set-cookie"].decode().partition(";")[0]
        _, _, found = await program.ask(admin, f"{V1}/decisions?verdict=refuse&limit=1")
        refused = json.loads(found)["decisions"][0]["reference"]
        week_ts = SystemClock().now_ts() - 7 * 86_400_000
        print(
            f"{'':44}{'first':>9}{'passed':>8}{'loop':>8}{'held':>8}{'first':>8}{'others':>8}"
            f"{'kB':>8}"
        )
        for names, app, requester in ((PAGES, dashboard, browser), (ANSWERS, admin, program)):
            for each in names:
                name = each.format(refused=refused, week_ts=week_ts)
                if options.only in name:
                    await measure(name, app, requester, options.runs)
        if options.only in "/metrics":
            endpoint = MetricsEndpoint(services.admin.metrics)

            async def metrics(scope: Scope, receive: object, send: object) -> None:
                answer = await endpoint.page()
                await answer(scope, receive, send)

            await measure("/metrics", metrics, Requester(), options.runs)


def main() -> None:
    """Fill a database, and ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--rooms", type=int, default=stored_decisions.ROOMS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where a filled database is, or is kept")
    parser.add_argument("--only", default="", help="ask only for what has this in its path")
    parser.add_argument("--no-gc", action="store_true", help="without the garbage collector")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        file = folder / "countersign.yaml"
        is_new = not file.exists()
        if is_new:
            subprocess.run(
                [
                    *(sys.executable, "-m", "countersign", "init"),
                    *("--server-name", NAME, "--dir", str(folder)),
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        config = read_config(file)
        configure_logs(logging.CRITICAL, is_json=False)
        if is_new:
            asyncio.run(fill(config, options.decisions, options.rooms))
        uvloop.run(ask_all(config, options))


if __name__ == "__main__":
    main()
