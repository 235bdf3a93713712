"""Failover under load to a standby that lacks the last commits: the first decision must stand.

Servers of one name, as on several machines, over a real PostgreSQL with an asynchronous standby,
and a real Valkey. Replication stops for a second while decisions are made and told; then the
primary is killed and the standby takes over. Meanwhile the policy changes to its opposite every
second. At the end every server is asked about every event again.
"""

import argparse
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.changing_policies import changing_policy
from campaigns.killed_machines import NAME, Machines
from campaigns.killed_workers import Tally, ask_again, load
from campaigns.relay import Relay

BACK_WITHIN_SECONDS = 10.0
GAVE_UP_SECONDS = 30.0
_COUNT = "SELECT count(*) FROM decisions"


class Replicated:
    """A PostgreSQL server with an asynchronous standby, reached at one address."""

    def __init__(self, *, durable: bool) -> None:
        from tests.postgres_server import PostgresServer

        self._primary = PostgresServer(durable=durable)
        self._to_primary = Relay(self._primary.port)
        self._database = self._primary.new_database()
        self._standby = PostgresServer(durable=durable, follows=self._to_primary.port)
        self._to_either = Relay(self._primary.port)

    @property
    def url(self) -> str:
        """The address of a database, through the relay."""
        return str(self._primary.url(self._database, port=self._to_either.port))

    def fail_over(self, lost_seconds: float) -> int:
        """Let the standby take over without the commits of the last seconds; return their number.

        Args:
            lost_seconds: for how long the standby receives nothing before the primary is killed.
        """
        self._to_primary.cut()
        time.sleep(lost_seconds)
        committed = int(self._primary.sql(_COUNT, self._database))
        self._primary.stop(signal.SIGQUIT)
        self._standby.promote()
        lost = committed - int(self._standby.sql(_COUNT, self._database))
        self._to_either.lead_to(self._standby.port)
        return lost

    def close(self) -> None:
        """End both."""
        self._to_either.close()
        self._to_primary.close()
        self._standby.close()
        self._primary.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a failover.

    Attributes:
        tally: the answers.
        lost: the number of decisions that the standby lacked.
        back_seconds: from the failover until new decisions were told again.
        wrong: the number of answers at the end that were lost or changed.
        log: what the servers logged.
    """

    tally: Tally
    lost: int
    back_seconds: float
    wrong: int
    log: str


def run(
    folder: Path,
    counters: str,
    *,
    machines: int,
    seconds: float,
    lost_seconds: float,
    clients: int,
    durable: bool,
) -> Outcome:
    """Run the campaign.

    Args:
        folder: where the servers' folders go.
        counters: the address of the Valkey server.
        machines: the number of servers.
        seconds: time before the failover, and after it.
        lost_seconds: see `Replicated.fail_over`.
        clients: how many ask at once.
        durable: a commit waits for the disk.
    """
    from tests.cli.running_server import PEER, ROOM_ID

    postgres = Replicated(durable=durable)
    servers = Machines(folder, postgres.url, counters, machines)
    try:
        for place in range(machines):
            servers.start(place)
        with (
            load(servers.ports, PEER, ROOM_ID, NAME, clients=clients, requesters=3) as tally,
            changing_policy(servers.change_policy),
        ):
            time.sleep(seconds)
            lost = postgres.fail_over(lost_seconds)
            failed_over_at = time.perf_counter()
            back_seconds = _wait_for_decisions(tally) - failed_over_at
            time.sleep(seconds)
        wrong = sum(ask_again([port], PEER, NAME, tally) for port in servers.ports)
        return Outcome(tally, lost, back_seconds, wrong, servers.log())
    finally:
        servers.close()
        postgres.close()


def _wait_for_decisions(tally: Tally) -> float:
    """Return the time of the first new decision from now on, or the time of giving up."""
    known, began = len(tally.answers), time.perf_counter()
    while len(tally.answers) < known + 30 and time.perf_counter() - began < GAVE_UP_SECONDS:
        time.sleep(0.05)
    return time.perf_counter()


def conclude(outcome: Outcome) -> int:
    """Print what the campaign found; return 0 if everything held."""
    tally = outcome.tally
    print(
        f"{outcome.lost} decisions lost by the failover, new ones after"
        f" {outcome.back_seconds:.1f} s; {tally.asked:,} questions about"
        f" {len(tally.events):,} events: {len(tally.contradicted)} contradicted,"
        f" {outcome.wrong} lost or changed, {len(tally.wrongly_final)} final for trouble of our"
        f" own, by status {dict(tally.statuses)}"
    )
    is_wrong = tally.contradicted or tally.wrongly_final or outcome.wrong
    return int(bool(is_wrong or not outcome.lost or outcome.back_seconds > BACK_WITHIN_SECONDS))


def parse_options() -> Any:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="before and after the failover")
    parser.add_argument("--lost-seconds", type=float, default=1)
    parser.add_argument("--machines", type=int, default=3)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--log", help="a file for what the servers said")
    parser.add_argument("--fsync", dest="durable", action="store_true", help="as in earnest")
    return parser.parse_args()


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    from tests.valkey_servers import running_server

    options = parse_options()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as valkey:
        outcome = run(
            Path(folder),
            valkey.url,
            machines=options.machines,
            seconds=options.seconds,
            lost_seconds=options.lost_seconds,
            clients=options.clients,
            durable=options.durable,
        )
    if options.log:
        Path(options.log).write_text(outcome.log)
    return conclude(outcome)


if __name__ == "__main__":
    sys.exit(main())
