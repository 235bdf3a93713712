"""Comparison of policy files with the policies in force, and what to do if they differ."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countersign.bootstrap.policies.comparison import Comparison
    from countersign.config import Config

PATH = "/_countersign/v1/policy"
RELOAD = f"{PATH}/reload"
ACTIVATE = f"{PATH}/activate"
ROLLBACK = f"{PATH}/rollback"


def revisions_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the revisions in force, by community."""
    return {each["name"]: each["revision"] for each in answer["communities"]}


def compare_files(settings: "Config", answer: Mapping[str, Any]) -> "Comparison":
    """Compare the policy files with the running server's answer at `PATH`."""
    from countersign.bootstrap.policies.comparison import compare_policies

    acknowledged = {}
    if answer.get("source") == "database":
        acknowledged = {each["name"]: each["file_revision"] for each in answer["communities"]}
    return compare_policies(settings, revisions_of(answer), acknowledged)


def what_to_do(comparison: "Comparison") -> Iterator[str]:
    """Yield a line for each file with mistakes or not in force, with the command to use."""
    for each in comparison.policies:
        file = shlex.quote(str(each.file))
        stays = f"{each.in_force} stays in force" if each.in_force else "it is not in force"
        match each.state.value:
            case "differs":
                yield f"{each.file} was changed and is not in force yet."
            case "new":
                yield f"{each.file} is new and not in force yet."
            case "missing":
                yield f"{each.file} is gone, and its policy still in force."
            case "broken":
                yield f"{each.file} cannot be used; {stays}:"
                yield from (f"  {mistake}" for mistake in each.mistakes)
                yield f"  Mend it, and try: countersign policy check {file}"
    if comparison.conflict is not None:
        yield comparison.conflict
    if not comparison.is_same:
        yield "To put the files in force: countersign policy reload"
