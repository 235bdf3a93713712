"""The sockets that all workers of a server share."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

from countersign.bootstrap.parts.places import ADMIN, DASHBOARD, METRICS, federation_at
from countersign.config import Config
from countersign.web.http.certificates import CannotListen
from countersign.web.http.listeners import ListenAt, listening_socket


def open_sockets(
    config: Config, stack: ExitStack
) -> tuple[dict[str, socket.socket], dict[str, socket.socket]]:
    """Listen at every address in the settings, without accepting connections yet.

    Returns:
        By what is served there, the sockets of all workers, and those of the first.

    Raises:
        CannotListen: says at which it cannot, and why.
    """
    shared = {
        federation_at(index): stack.enter_context(
            listening_socket(ListenAt(address=each.address, port=each.port))
        )
        for index, each in enumerate(config.listen)
    }
    first: dict[str, socket.socket] = {}
    for served, address, port in _of_people(config):
        try:
            opened = listening_socket(ListenAt(address=address, port=port))
        except CannotListen:
            if served != DASHBOARD:
                raise
            continue  # the worker tries it again, and says why it cannot
        (first if served == METRICS else shared)[served] = stack.enter_context(opened)
    return shared, first


def _of_people(config: Config) -> Iterator[tuple[str, str, int]]:
    """Yield the listeners for operators and moderators, with their addresses."""
    yield ADMIN, config.admin.address, config.admin.port
    if config.metrics is not None:
        yield METRICS, config.metrics.address, config.metrics.port
    if config.dashboard is not None:
        yield DASHBOARD, config.dashboard.listen.address, config.dashboard.listen.port
