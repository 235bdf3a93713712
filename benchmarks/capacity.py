"""Processes, databases and memory needed for a given load, computed from measured costs.

Usage: python benchmarks/capacity.py --messages-per-second 20 --rooms 500 --people-per-room 300
       python benchmarks/capacity.py --processes 8
       python benchmarks/capacity.py --table

The costs are in capacity_costs.json, in verifications: the processor time of one Ed25519
verification on the machine on which they were measured. This machine's is measured at each run,
unless --verify-us gives it. `python benchmarks/capacity_costs.py` measures the costs anew.
docs/capacity.md explains the model.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

COSTS_FILE = Path(__file__).with_name("capacity_costs.json")
BUSY = 0.5
"""The share of a processor that is to be used at the busiest second: the rest is for bursts."""
HISTORY_REQUESTS = 68
"""Requests of one homeserver when its newcomer scrolls back over 60 old messages."""
HOUR_SECONDS = 3_600
YEAR_SECONDS = 365 * 24 * HOUR_SECONDS


@dataclass(frozen=True)
class Costs:
    """Measured costs.

    Attributes:
        fresh: processor time of a process for an event that it decides, in verifications.
        repeat: for an event that was decided, asked by another server, in verifications.
        together: for an event that another server asks about while it is decided, in verifications.
        heard: for an event that comes by `/send` alone, in verifications.
        joined: for a join that it decides, in verifications.
        followed: for a join that comes by `/send`, in verifications.
        raid: for a newcomer's message like those of others, which is refused, in verifications.
        idle: processor time of a process in a second without requests, in verifications.
        database_fresh: processor time of PostgreSQL for an event that is decided, in verifications.
        counters_fresh: processor time of Valkey for it, in verifications.
        database_followed: processor time of PostgreSQL for a join by `/send`, in verifications.
        database_raid: processor time of PostgreSQL for a raid's message, in verifications.
        counters_raid: processor time of Valkey for it, in verifications.
        database_rows: rows that are written for it.
        database_bytes: bytes of tables and indexes for it.
        log_bytes: bytes of PostgreSQL's write-ahead log for it.
        counters_bytes: memory of Valkey for it, until it expires.
        process_mb: memory of a process without rooms.
        room_kb: memory of a process for a room.
        person_kb: memory of a process for a person in a room.
    """

    fresh: float
    repeat: float
    together: float
    heard: float
    joined: float
    followed: float
    raid: float
    idle: float
    database_fresh: float
    counters_fresh: float
    database_followed: float
    database_raid: float
    counters_raid: float
    database_rows: float
    database_bytes: float
    log_bytes: float
    counters_bytes: float
    process_mb: float
    room_kb: float
    person_kb: float


@dataclass(frozen=True)
class Traffic:
    """Traffic of the busiest second.

    Attributes:
        messages_per_second: events of all rooms.
        rooms: protected rooms.
        people_per_room: joined people in each, on average.
        servers: homeservers that ask, in each room on average.
        unsigned_share: share of the events that come without our signature, so that every server in
            the room asks: joins and leaves, and events of servers that do not ask.
        histories_per_hour: how often somebody scrolls back to messages from before our signatures.
        raiders_per_second: people who join a room, and say what the others of a raid say.
    """

    messages_per_second: float
    rooms: int = 100
    people_per_room: int = 200
    servers: int = 20
    unsigned_share: float = 0.05
    histories_per_hour: float = 10.0
    raiders_per_second: float = 0.0

    @property
    def fresh(self) -> float:
        """Requests a second for events that are not decided yet."""
        return self.messages_per_second + self.histories_per_hour * HISTORY_REQUESTS / HOUR_SECONDS

    @property
    def repeats(self) -> float:
        """Requests a second for events that another server asked about before."""
        return self.messages_per_second * self.unsigned_share * self.others

    @property
    def others(self) -> int:
        """Number of servers in a room but the sender's."""
        return max(0, self.servers - 1)

    @property
    def requests(self) -> float:
        """Requests for a signature a second."""
        return self.fresh + self.repeats + self.raiders_per_second * (self.servers + 1)


@dataclass(frozen=True)
class Work:
    """Numbers of what is done, by the names of `Costs`."""

    fresh: float = 0.0
    repeat: float = 0.0
    together: float = 0.0
    heard: float = 0.0
    joined: float = 0.0
    followed: float = 0.0
    raid: float = 0.0

    @classmethod
    def of(cls, traffic: Traffic) -> "Work":
        """Return what traffic has the processes do in a second.

        All servers ask about the join of a raider at once, since it came without a signature.
        """
        raiders = traffic.raiders_per_second
        return cls(
            fresh=traffic.fresh,
            repeat=traffic.repeats,
            together=raiders * traffic.others,
            heard=traffic.messages_per_second,
            joined=raiders,
            followed=raiders,
            raid=raiders,
        )

    def cpu_seconds(self, costs: Costs, verify_us: float) -> float:
        """Return the processor time of the processes."""
        spent = sum(getattr(self, each.name) * getattr(costs, each.name) for each in fields(self))
        return float(spent) * verify_us / 1e6


@dataclass(frozen=True)
class Need:
    """Needs of some traffic.

    Attributes:
        requests: for a signature, a second.
        cores: processors that all processes use, without reserve.
        processes: processes with a processor each, used to the share that is allowed.
        database_cores: processors that PostgreSQL uses; 0 with SQLite.
        counters_cores: share of the one processor that Valkey can use; 0 with one process.
        process_mb: memory of each process.
        database_gb_a_year: growth of tables and indexes, if this were the rate all the time.
        log_mb_a_second: of the write-ahead log.
        counters_mb: memory of Valkey for the events of an hour.
    """

    requests: float
    cores: float
    processes: int
    database_cores: float
    counters_cores: float
    process_mb: float
    database_gb_a_year: float
    log_mb_a_second: float
    counters_mb: float


def need(traffic: Traffic, costs: Costs, verify_us: float, busy: float = BUSY) -> Need:
    """Return what some traffic needs.

    Args:
        traffic: at the busiest second.
        costs: as measured.
        verify_us: processor time of one verification on the machines in question.
        busy: the share of each processor that may be used.
    """
    work = Work.of(traffic).cpu_seconds(costs, verify_us)
    idle = costs.idle * verify_us / 1e6
    processes = max(1, math.ceil(work / (busy - idle)))
    cores = work + processes * idle
    is_shared = processes > 1
    people = traffic.rooms * traffic.people_per_room
    raiders = traffic.raiders_per_second
    decided = traffic.fresh + raiders
    in_database = costs.database_fresh * decided
    in_database += (costs.database_followed + costs.database_raid) * raiders
    in_counters = costs.counters_fresh * decided + costs.counters_raid * raiders
    return Need(
        requests=traffic.requests,
        cores=cores,
        processes=processes,
        database_cores=is_shared * in_database * verify_us / 1e6,
        counters_cores=is_shared * in_counters * verify_us / 1e6,
        process_mb=costs.process_mb
        + (traffic.rooms * costs.room_kb + people * costs.person_kb) / 1_000,
        database_gb_a_year=traffic.fresh * costs.database_bytes * YEAR_SECONDS / 1e9,
        log_mb_a_second=is_shared * traffic.fresh * costs.log_bytes / 1e6,
        counters_mb=is_shared * traffic.fresh * HOUR_SECONDS * costs.counters_bytes / 1e6,
    )


def most(
    processes: int, traffic: Traffic, costs: Costs, verify_us: float, busy: float = BUSY
) -> tuple[float, str]:
    """Return how many messages a second so many processes serve, and what limits them.

    Args:
        processes: each with a processor of its own; PostgreSQL and Valkey have others.
        traffic: all but its messages.
        costs: as measured.
        verify_us: processor time of one verification on the machines in question.
        busy: the share of each processor that may be used.
    """
    work = Work(fresh=1, repeat=traffic.unsigned_share * traffic.others, heard=1)
    one = work.cpu_seconds(costs, verify_us)
    by_processes = processes * (busy - costs.idle * verify_us / 1e6) / one
    by_counters = math.inf if processes == 1 else busy / (costs.counters_fresh * verify_us / 1e6)
    if by_counters < by_processes:
        return by_counters, "Valkey, which uses one processor"
    return by_processes, "processes"


def read_costs(file: Path = COSTS_FILE) -> tuple[Costs, float]:
    """Return the costs in a file, and the processor time of one verification where they are from.

    Raises:
        SystemExit: the file is not there, or lacks a cost.
    """
    try:
        written = json.loads(file.read_text())
        costs = Costs(**{each.name: float(written["costs"][each.name]) for each in fields(Costs)})
        return costs, float(written["verify_us"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        sys.exit(f"{file} cannot be used ({error}): python benchmarks/capacity_costs.py makes it.")


def explain(traffic: Traffic, found: Need) -> str:
    """Return what is needed, in lines."""
    shared = found.processes > 1
    asked = f"{found.requests:.1f}/s ({traffic.fresh:.1f} new, {traffic.repeats:.1f} repeats)"
    if traffic.raiders_per_second:
        asked = f"{asked[:-1]}, the rest of a raid)"
    growth = f"{found.database_gb_a_year:.0f} GB a year at this rate without pause"
    said = {
        "requests for a signature": asked,
        "processes": f"{found.processes}, which use {found.cores:.2f} processors",
        "memory of each process": f"{found.process_mb:.0f} MB",
        "database": f"{'PostgreSQL' if shared else 'SQLite or PostgreSQL'}, grows by {growth}",
    }
    if shared:
        log = f"{found.log_mb_a_second:.2f} MB/s of log"
        said["PostgreSQL"] = f"{found.database_cores:.2f} processors, {log}"
        counted = f"{found.counters_mb:.0f} MB for an hour"
        said["Valkey"] = f"{found.counters_cores:.2f} of one processor, {counted}"
    beginning = (
        f"{traffic.messages_per_second:g} messages/s in {traffic.rooms} rooms of "
        f"{traffic.people_per_room} people and {traffic.servers} servers:"
    )
    lines = [beginning, *(f"  {name:26}{value}" for name, value in said.items())]
    if found.counters_cores > BUSY:
        lines.append("  One Valkey server is too little: it uses one processor only.")
    return "\n".join(lines)


def table(traffic: Traffic, costs: Costs, verify_us: float, busy: float) -> str:
    """Return a table in Markdown: what some numbers of processes serve."""
    lines = ["| processes | messages/s | requests/s | limited by |", "|---:|---:|---:|---|"]
    for processes in (1, 2, 4, 8, 16, 32):
        served, limit = most(processes, traffic, costs, verify_us, busy)
        asked = served * (1 + traffic.unsigned_share * traffic.others)
        lines.append(f"| {processes} | {served:.0f} | {asked:.0f} | {limit} |")
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--messages-per-second", type=float, help="at the busiest second")
    options.add_argument("--processes", type=int, help="tell what so many processes serve")
    options.add_argument("--table", action="store_true", help="tell it for 1 to 32 processes")
    options.add_argument("--rooms", type=int, default=100)
    options.add_argument("--people-per-room", type=int, default=200)
    options.add_argument("--servers", type=int, default=20, help="homeservers in a room")
    options.add_argument("--unsigned-share", type=float, default=0.05, help="0 to 1")
    options.add_argument("--histories-per-hour", type=float, default=10)
    options.add_argument("--raiders-per-second", type=float, default=0.0, help="of a raid beside")
    options.add_argument("--busy", type=float, default=BUSY, help="share of a processor to use")
    options.add_argument("--verify-us", type=float, help="of your machines; measured here if not")
    options.add_argument("--costs", type=Path, default=COSTS_FILE, help="a file of your own costs")
    chosen = options.parse_args()
    if not 0.1 <= chosen.busy <= 1 or not 0 <= chosen.unsigned_share <= 1:
        options.error("--busy is between 0.1 and 1, --unsigned-share between 0 and 1")
    if min(chosen.rooms, chosen.people_per_room, chosen.servers, chosen.histories_per_hour) < 0:
        options.error("numbers of rooms, people, servers and histories are not below 0")
    rates = chosen.messages_per_second or 0, chosen.raiders_per_second
    if min(rates) < 0 or (chosen.processes or 1) < 1:
        options.error("there is at least one process, and no rate below 0")
    costs, _ = read_costs(chosen.costs)
    verify_us = chosen.verify_us or measure_verification_us()
    traffic = Traffic(
        messages_per_second=chosen.messages_per_second or 0.0,
        rooms=chosen.rooms,
        people_per_room=chosen.people_per_room,
        servers=chosen.servers,
        unsigned_share=chosen.unsigned_share,
        histories_per_hour=chosen.histories_per_hour,
        raiders_per_second=chosen.raiders_per_second,
    )
    print(
        f"One verification takes {verify_us:.0f} µs; {chosen.busy:.0%} of each processor is used."
    )
    if chosen.table:
        print(table(traffic, costs, verify_us, chosen.busy))
    elif chosen.processes:
        served, limit = most(chosen.processes, traffic, costs, verify_us, chosen.busy)
        print(f"{chosen.processes} process(es) serve {served:.0f} messages/s; the limit: {limit}.")
    elif chosen.messages_per_second:
        print(explain(traffic, need(traffic, costs, verify_us, chosen.busy)))
    else:
        options.error("say --messages-per-second, --processes or --table")


def measure_verification_us() -> float:
    """Return the processor time of one verification on this machine."""
    from benchmarks.bench_server import crypto_microseconds

    from countersign.testing.peers import Peer

    return crypto_microseconds(Peer("example.org"))[0]


if __name__ == "__main__":
    main()
