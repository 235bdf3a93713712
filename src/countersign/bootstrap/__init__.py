"""The roof's workshop: the only place that builds adapters and hands them to services."""

from countersign.bootstrap.files import (
    create_keys,
    create_next_policy_key,
    find_database,
    read_keys,
    read_policy,
)
from countersign.bootstrap.outside import open_doctor
from countersign.bootstrap.serving import Started, run_server
from countersign.bootstrap.stores import (
    count_leaks,
    open_decisions,
    open_leaks,
    open_rooms,
    open_server_keys,
)

__all__ = [
    "Started",
    "count_leaks",
    "create_keys",
    "create_next_policy_key",
    "find_database",
    "open_decisions",
    "open_doctor",
    "open_leaks",
    "open_rooms",
    "open_server_keys",
    "read_keys",
    "read_policy",
    "run_server",
]
