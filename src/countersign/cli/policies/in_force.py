"""`countersign policy status` and `reload`: policy files, compared and put in force."""

import sys
from typing import TYPE_CHECKING, Any

from countersign.cli import admin_client
from countersign.cli.communities import find_rooms, warn_of_unfound
from countersign.cli.compared_policies import PATH, RELOAD, compare_files, revisions_of, what_to_do
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import (
    Column,
    advice,
    console,
    errors,
    fail,
    print_json,
    print_table,
    printable,
)

if TYPE_CHECKING:
    from countersign.bootstrap.policies.comparison import Comparison
    from countersign.config import Config


def status(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Compare the policy files with what is in force in the running server, and say what to do.

    Ends with 1 if they are not the same.
    """
    from countersign.config import read_config

    settings = read_config(config)
    answer = admin_client.get(settings, PATH)
    if (known := find_rooms(settings)) is not None:
        warn_of_unfound(known)
    comparison = compare_files(settings, answer)
    is_well = comparison.is_same and not answer["trouble"]
    if json:
        print_json(_as_json(comparison, answer["trouble"], is_same=is_well))
    else:
        print_table(
            comparison.policies,
            (
                Column("Community", lambda each: each.community, rank=0),
                Column("Revision in force", lambda each: each.in_force or "-", rank=2),
                Column("File", lambda each: each.state.value, rank=1),
                Column("Revision of the file", lambda each: each.in_file or "-", rank=3),
            ),
            empty="None.",
        )
        lines = [*what_to_do(comparison)]
        if answer["trouble"] and not lines:
            lines = [answer["trouble"], "The files are well now: countersign policy reload"]
        for line in lines:
            errors.print(advice(line))
    sys.exit(0 if is_well else 1)


def reload(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Have the running server put the policy files in force, as SIGHUP does; no request is lost.

    If one holds mistakes, they are told, what was in force stays, and this ends with 1.
    """
    from countersign.config import read_config

    settings = read_config(config)
    before = revisions_of(admin_client.get(settings, PATH))
    try:
        list(admin_client.post(settings, RELOAD, {}))
    except admin_client.AdminRefused as error:
        _fail_to_reload(settings, error, json=json)
    after = revisions_of(admin_client.get(settings, PATH))
    names = sorted(before.keys() | after.keys())
    if json:
        changes = [
            {"community": name, "before": before.get(name), "revision": after.get(name)}
            for name in names
        ]
        print_json({"is_reloaded": True, "communities": changes, "mistakes": []})
        return
    for name in names:
        old, new = before.get(name), after.get(name)
        shown = f"{new}, as before" if old == new else f"{new or 'gone'} (before: {old or 'none'})"
        console.print(f"[green]In force[/]: {printable(name)} {printable(shown)}")


def _fail_to_reload(settings: "Config", error: admin_client.AdminRefused, *, json: bool) -> None:
    comparison = compare_files(settings, admin_client.get(settings, PATH))
    mistakes = [mistake for each in comparison.policies for mistake in each.mistakes]
    if json:
        told = mistakes or str(error).splitlines()
        print_json({"is_reloaded": False, "communities": [], "mistakes": told})
        sys.exit(1)
    lines = [*what_to_do(comparison)] if mistakes else [str(error)]
    fail("\n".join(["Nothing was reloaded; what was in force stays.", *lines]))


def _as_json(comparison: "Comparison", trouble: str | None, *, is_same: bool) -> dict[str, Any]:
    return {
        "is_same": is_same,
        "communities": [
            {
                "name": each.community,
                "revision": each.in_force,
                "file": str(each.file),
                "file_revision": each.in_file,
                "state": each.state.value,
                "mistakes": list(each.mistakes),
            }
            for each in comparison.policies
        ],
        "conflict": comparison.conflict,
        "trouble": trouble,
    }
