"""`countersign policy`: check, test, compare and exchange policies before they bite."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli.decisions import explain
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, errors, print_json, printable
from countersign.policy.mistakes import MistakesFound

if TYPE_CHECKING:
    from countersign.policy.differences import Difference
    from countersign.policy.policies import Policy
    from countersign.service.rehearsals import CaseResult

DEFAULT = "default"

app = typer.Typer(no_args_is_help=True, help="Check, test and compare policies before they bite.")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A policy document.")]
CommunityOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Of which community: its file's name in the folder `communities`."
    ),
]
_SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "~", "moved": "~"}


@app.command("check")
def check(file: FileArgument, json: JsonOption = False) -> None:
    """Read a document and tell every mistake with its line, and what can hardly be meant.

    Ends with 1 if there are mistakes; warnings are none.
    """
    from countersign.bootstrap import read_policy_file
    from countersign.policy.second_looks import second_looks

    try:
        policy = read_policy_file(file)
    except MistakesFound as error:
        if json:
            print_json({"is_valid": False, "mistakes": _as_json(error), "warnings": []})
        else:
            for mistake in error.mistakes:
                errors.print(printable(f"{file}: {mistake}"))
            _say_count(len(error.mistakes), "mistake")
        sys.exit(1)
    warnings = second_looks(policy)
    if json:
        about = {"revision": policy.revision, "steps": len(policy.pipeline.steps)}
        print_json({"is_valid": True, "mistakes": [], "warnings": list(warnings), **about})
        return
    for warning in warnings:
        console.print(f"[yellow]Warning:[/] {printable(warning)}")
    steps, tests = len(policy.pipeline.steps), len(policy.tests)
    console.print(
        f"[green]Valid[/]: {steps} step{'s' * (steps != 1)}, {tests} test{'s' * (tests != 1)}, "
        f"revision {policy.revision}."
    )


@app.command("test")
def run_tests(
    file: FileArgument,
    cases: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder of more cases, in *.yaml, *.yml and *.json."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run the document's own tests, and those of a folder; show what failed, and why.

    Ends with 1 if one fails, or there is none.
    """
    from countersign.bootstrap import read_case_files, read_policy_file, rehearse

    policy = read_policy_file(file)
    groups = {str(file): policy.tests}
    if cases is not None:
        groups |= {str(each): found for each, found in read_case_files(cases, policy).items()}
    results = {name: [rehearse(case, policy) for case in group] for name, group in groups.items()}
    failed = sum(result.failure is not None for each in results.values() for result in each)
    count = sum(map(len, results.values()))
    if json:
        told = [_result(name, each) for name, group in results.items() for each in group]
        print_json({"tests": count, "failed": failed, "results": told})
    else:
        for name, group in results.items():
            for result in group:
                _show_result(name, result)
        if count == 0:
            errors.print("There are no tests. Write some under `tests`, or name a folder: --cases")
        else:
            colour = "red" if failed else "green"
            console.print(f"[{colour}]{count - failed} of {count} passed.[/]")
    sys.exit(1 if failed or count == 0 else 0)


@app.command("diff")
def diff(
    file: FileArgument,
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="Compare FILE with this, not with what is there."),
    ] = None,
    community: CommunityOption = DEFAULT,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show what FILE changes in the community's policy file, or what OTHER changes in FILE."""
    from countersign.bootstrap import find_policy_file, read_policy_file
    from countersign.config import read_config
    from countersign.policy.differences import differences

    if other is None:
        before = read_policy_file(find_policy_file(read_config(config), community))
        after = read_policy_file(file)
    else:
        before, after = read_policy_file(file), read_policy_file(other)
    found = differences(before, after)
    if json:
        changes = [
            {"kind": each.kind.value, "name": each.name, "details": list(each.details)}
            for each in found
        ]
        print_json({"before": before.revision, "after": after.revision, "changes": changes})
        return
    show_differences(before, after, found)


def show_differences(before: "Policy", after: "Policy", found: "tuple[Difference, ...]") -> None:
    """Print what is otherwise in `after`."""
    console.print(f"{before.revision} → {after.revision}")
    if not found:
        console.print("Both do the same.")
    for each in found:
        console.print(f"{_SIGNS[each.kind.value]} [bold]{printable(each.name)}[/] {each.kind}")
        for detail in each.details:
            console.print(f"    {printable(detail)}")


def _show_result(file: str, result: "CaseResult") -> None:
    case, failure = result.case, result.failure
    if failure is None:
        console.print(f"[green]ok[/]   {printable(case.name)}")
        return
    which = f", event {failure.number} of {len(case.events)}" if len(case.events) > 1 else ""
    console.print(f"[red]FAIL[/] {printable(case.name)} ({printable(file)}:{case.line}{which})")
    console.print(f"  {printable(failure.because)}")
    if failure.decision is not None:
        explain(failure.decision.findings)


def _result(file: str, result: "CaseResult") -> dict[str, Any]:
    failure = result.failure
    about: dict[str, Any] = {
        "name": result.case.name,
        "file": file,
        "line": result.case.line,
        "is_passed": failure is None,
    }
    if failure is not None:
        decision = failure.decision
        about |= {
            "event": failure.number,
            "because": failure.because,
            "decision": None if decision is None else decision.to_json(),
        }
    return about


def _as_json(error: MistakesFound) -> list[dict[str, Any]]:
    from countersign.policy.mistakes import written

    return [
        {
            "line": mistake.line,
            "where": written(mistake.path),
            "found": mistake.found,
            "allowed": mistake.allowed,
            "suggestion": mistake.suggestion,
        }
        for mistake in error.mistakes
    ]


def _say_count(count: int, noun: str) -> None:
    errors.print(f"[bold red]{count} {noun}{'s' * (count != 1)}.[/]")
