"""One worker: a server that answers with sockets that its supervisor opened.

Run by the supervisor: `python -m countersign.bootstrap.workers.worker SETTINGS ORDERS`.
"""

import os
import signal
import socket
import sys
from mmap import mmap
from pathlib import Path

import msgspec
import structlog

from countersign.bootstrap.parts.places import Place
from countersign.bootstrap.serving import Started, run_in_place
from countersign.bootstrap.workers.orders import Orders
from countersign.config import Config, read_config
from countersign.protocol.errors import CountersignError
from countersign.web.http.turns import NUMBER, Turns


def main() -> int:
    """Answer requests until the supervisor says so or ends; return the exit status."""
    config_file, said = sys.argv[1:]
    orders = msgspec.json.decode(said, type=Orders)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the supervisor passes it on
    structlog.contextvars.bind_contextvars(worker=orders.number)

    def say_ready(_: Config, started: Started) -> None:
        os.write(orders.ready, msgspec.json.encode(started) + b"\n")
        os.close(orders.ready)

    try:
        run_in_place(read_config(Path(config_file)), say_ready, _place(orders))
    except CountersignError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _place(orders: Orders) -> Place:
    turns = Turns(mmap(orders.counts, orders.workers * NUMBER.size), orders.number)
    turns.note(0)
    return Place(
        number=orders.number,
        process=orders.process,
        sockets={each.served: socket.socket(fileno=each.descriptor) for each in orders.sockets},
        turns=turns,
        workers=orders.workers,
        alive=orders.alive,
        pages=Path(orders.pages),
    )


if __name__ == "__main__":
    sys.exit(main())
