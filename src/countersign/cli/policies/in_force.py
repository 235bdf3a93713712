"""`countersign policy status` and `reload`: policy files, compared and put in force."""

import sys
from typing import TYPE_CHECKING, Any

from countersign.cli.admin_client import AdminClient, AdminRefused
from countersign.cli.commands import answering, end_if_json
from countersign.cli.communities import find_rooms, warn_of_unfound
from countersign.cli.compared_policies import PATH, RELOAD, compare_files, revisions_of, what_to_do
from countersign.cli.output import Column, advice, console, errors, fail, print_table, printable

if TYPE_CHECKING:
    from countersign.bootstrap.policies.comparison import Comparison
    from countersign.config import Config


@answering
def status(settings: "Config") -> None:
    """Compare the policy files with the policies in force, and show what to do.

    The exit status is 1 if they differ.
    """
    answer = AdminClient(settings).get(PATH)
    if (rooms := find_rooms(settings)) is not None:
        warn_of_unfound(rooms)
    comparison = compare_files(settings, answer)
    is_well = comparison.is_same and not answer["trouble"]
    status_of_command = 0 if is_well else 1
    end_if_json(_as_json(comparison, answer["trouble"], is_same=is_well), status_of_command)
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
    sys.exit(status_of_command)


@answering
def reload(settings: "Config") -> None:
    """Put the policy files in force in the running server, as SIGHUP does; no request is lost.

    If one has mistakes, they are listed, the policies in force stay, and the exit status is 1.
    """
    before = revisions_of(AdminClient(settings).get(PATH))
    try:
        list(AdminClient(settings).post(RELOAD, {}))
    except AdminRefused as error:
        _fail_to_reload(settings, error)
    after = revisions_of(AdminClient(settings).get(PATH))
    names = sorted(before.keys() | after.keys())
    changes = [
        {"community": name, "before": before.get(name), "revision": after.get(name)}
        for name in names
    ]
    end_if_json({"is_reloaded": True, "communities": changes, "mistakes": []})
    for name in names:
        old, new = before.get(name), after.get(name)
        change = f"{new}, as before" if old == new else f"{new or 'gone'} (before: {old or 'none'})"
        console.print(f"[green]In force[/]: {printable(name)} {printable(change)}")


def _fail_to_reload(settings: "Config", error: AdminRefused) -> None:
    comparison = compare_files(settings, AdminClient(settings).get(PATH))
    mistakes = [mistake for each in comparison.policies for mistake in each.mistakes]
    reasons = mistakes or str(error).splitlines()
    end_if_json({"is_reloaded": False, "communities": [], "mistakes": reasons}, status=1)
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
