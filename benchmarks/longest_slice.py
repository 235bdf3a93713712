"""Longest time that our own long work blocks the event loop, in CPU time of its thread.

In a room with 20,000 and with 150,000 members: comparing its state where one server of three has
another event of everybody; and the reach of a policy list's rule, where nearly all have left and
where nobody has.

Usage: python benchmarks/longest_slice.py
"""

import asyncio
import gc
import time
from collections.abc import Coroutine
from typing import Any

from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.answers.list_reaches import reach_of
from countersign.service.rooms.room import Room
from countersign.service.rooms.sync.catalogues import View
from countersign.service.rooms.sync.state_comparison import compare

SIZES = (20_000, 150_000)
RULES = get_room_version("11")
ROOM_ID = "!room:example.org"


def key_of(event_id: str) -> tuple[str, str]:
    return "m.room.member", event_id.partition(":")[2]


async def longest_slice(work: Coroutine[Any, Any, Any]) -> tuple[float, float]:
    """Return the longest stretch between two turns, and all of it, in seconds of CPU."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)

    watching = asyncio.create_task(watch())
    began = time.thread_time()
    await work
    total = time.thread_time() - began
    watching.cancel()
    return longest, total


def comparison(members: int) -> Coroutine[Any, Any, Any]:
    ours = {key_of(f"$1:@user{n}:a"): f"$1:@user{n}:a" for n in range(members)}
    same = frozenset(ours.values())
    other = frozenset(f"$2:@user{n}:a" for n in range(members))
    views = [
        View(server=server, standing=standing, disputed=frozenset(), tip="$tip")
        for server, standing in (("x", same), ("y", same), ("z", other))
    ]
    return compare(views, ours, key_of, quorum=2)


def room_of(members: int, *, leaving: bool) -> Room:
    state = RoomState(ROOM_ID, RULES)
    for membership in ("join", "leave") if leaving else ("join",):
        for number in range(members):
            user = f"@user{number}:server{number % 500}.example"
            content = {"membership": membership}
            event_id = f"${membership}{number}"
            depth = 2 + (membership == "leave")
            state.apply(StateEvent("m.room.member", user, user, content, event_id, depth, 0, 1))
    return Room(
        room_id=ROOM_ID, rules=RULES, state=state, membership="joined", via=(), joined_ts=10
    )


def rule(kind: str, entity: str) -> Any:
    state = RoomState("!list:example.org", RULES)
    content = {"entity": entity, "recommendation": "m.ban"}
    state.apply(StateEvent(f"m.policy.rule.{kind}", "r", "@m:a", content, "$r", 2, 0, 10**12))
    return next(iter(state.policy_rules))


def main() -> None:
    gc.disable()
    print(f"{'work':44}{'longest ms':>12}{'in all ms':>12}")
    for members in SIZES:
        longest, total = asyncio.run(longest_slice(comparison(members)))
        print(f"{f'compare the state of {members:,}':44}{1e3 * longest:>12.1f}{1e3 * total:>12.0f}")
        for leaving in (True, False):
            room = room_of(members, leaving=leaving)
            for kind, entity in (("user", "@*1:server1*"), ("server", "*1.example")):
                began = time.thread_time()
                reach_of(rule(kind, entity), room)
                spent = 1e3 * (time.thread_time() - began)
                where = "left" if leaving else "joined"
                print(f"{f'reach of a {kind} rule, {members:,} {where}':44}{spent:>12.1f}")


if __name__ == "__main__":
    main()
