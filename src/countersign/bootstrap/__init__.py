"""The roof's workshop: the only place that builds adapters and hands them to services."""

from countersign.bootstrap.archives import purge_archive, run_backtest
from countersign.bootstrap.files import (
    create_keys,
    create_next_policy_key,
    find_database,
    find_policy_file,
    read_keys,
    read_policies,
    read_policy,
    read_policy_file,
    read_source,
)
from countersign.bootstrap.outside import open_doctor
from countersign.bootstrap.policy_files import PolicyFiles, open_policy_files
from countersign.bootstrap.presets import read_presets
from countersign.bootstrap.registry import read_registry
from countersign.bootstrap.rehearsing import judge_saved, read_case_files, rehearse
from countersign.bootstrap.serving import Started, run_server
from countersign.bootstrap.stores import (
    count_leaks,
    open_acquaintances,
    open_decisions,
    open_leaks,
    open_rooms,
    open_server_keys,
    open_statistics,
)

__all__ = [
    "PolicyFiles",
    "Started",
    "count_leaks",
    "create_keys",
    "create_next_policy_key",
    "find_database",
    "find_policy_file",
    "judge_saved",
    "open_acquaintances",
    "open_decisions",
    "open_doctor",
    "open_leaks",
    "open_policy_files",
    "open_rooms",
    "open_server_keys",
    "open_statistics",
    "purge_archive",
    "read_case_files",
    "read_keys",
    "read_policies",
    "read_policy",
    "read_policy_file",
    "read_presets",
    "read_registry",
    "read_source",
    "rehearse",
    "run_backtest",
    "run_server",
]
