"""The run of a server of several processes, from its settings to its end."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryDirectory

from countersign.adapters.files.admin_files import AdminAddress, ensure_token
from countersign.adapters.system import SystemRandomness
from countersign.adapters.worker_beats import Beats
from countersign.adapters.worker_reports import ReportSlots, WorkerReports
from countersign.adapters.worker_values import WorkerValues
from countersign.bootstrap.own_process import prepare_process
from countersign.bootstrap.parts.places import ADMIN, Place
from countersign.bootstrap.parts.started import Started
from countersign.bootstrap.start_checks import read_startable
from countersign.bootstrap.workers.listening import open_sockets
from countersign.bootstrap.workers.supervisor import MAX_SILENT_LOOKS, Supervisor
from countersign.config import Config, ConfigError, read_config
from countersign.web.http.turns import NUMBER, Turns


def workers_of(config_file: Path, workers: int | None) -> int:
    """Return how many processes are to answer.

    Args:
        config_file: the settings.
        workers: by the command line; None for as many as the settings say.

    Raises:
        ConfigError: the settings have a database that is one process's alone.
    """
    try:
        config = read_config(config_file)
    except ConfigError:
        return workers or 1  # the start says it, and all else that is wrong
    if workers is not None and workers > 1 and not config.is_database_shared:
        raise ConfigError(
            f"{config.file}: {workers} workers can't share a SQLite database, which one process"
            " writes to. Name a PostgreSQL database, or leave --workers out."
        )
    return workers or config.workers


def run_supervised(
    config_file: Path,
    workers: int,
    *,
    announce: Callable[[Config, Started], None],
    max_silent_looks: int = MAX_SILENT_LOOKS,
) -> None:
    """Run a server of several processes until SIGTERM or SIGINT.

    Args:
        config_file: the settings.
        workers: the number of processes that answer.
        announce: told once that all of them are ready.
        max_silent_looks: see `MAX_SILENT_LOOKS`.

    Raises:
        CountersignError: it cannot start; says why and what to do.
    """
    config = read_startable(config_file)
    prepare_process(config)
    with ExitStack() as stack:
        admin_address = AdminAddress.claim(config.admin_address_file)
        stack.callback(admin_address.release)
        ensure_token(config.path(config.admin.token_file), SystemRandomness())
        shared, first = open_sockets(config, stack)
        host, port = shared[ADMIN].getsockname()[:2]
        admin_address.write(host, port)
        counts = mmap(-1, workers * NUMBER.size)
        values = WorkerValues() if workers > 1 else None
        reports = ReportSlots(workers) if workers > 1 else None
        beats = Beats(workers)
        pages = Path(stack.enter_context(TemporaryDirectory(prefix="countersign-")))
        alive, held = os.pipe()
        stack.callback(os.close, alive)
        stack.callback(os.close, held)
        name = admin_address.process_name
        places = [
            Place(
                number=number,
                process=f"{name}/{number}" if number else name,
                sockets=shared if number else {**shared, **first},
                turns=Turns(counts, number),
                workers=workers,
                pages=pages,
                alive=alive,
                values=values,
                reports=None if reports is None else WorkerReports(reports, number),
                beats=beats,
            )
            for number in range(workers)
        ]
        Supervisor(
            config,
            places,
            first=first,
            held=held,
            beats=beats,
            max_silent_looks=max_silent_looks,
        ).run(announce)
