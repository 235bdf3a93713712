"""`countersign policy`: check, test, compare and activate policies."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli.commands import command, end_if_json
from countersign.cli.moderation.decision_output import explain
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption
from countersign.cli.output import console, errors, fail, print_json, printable
from countersign.cli.policies import backtest, calibrate, history, in_force
from countersign.cli.policies.arguments import (
    DEFAULT,
    CommunityOption,
    FileArgument,
    OptionalCommunityOption,
)
from countersign.cli.policies.exchange import (
    ACTIVATED,
    ROLLED_BACK,
    activate_policy,
    print_exchanged,
    roll_back_policy,
)
from countersign.policy.document.mistakes import MistakesFound

if TYPE_CHECKING:
    from rich.console import Console

    from countersign.config import Config
    from countersign.policy.policies.differences import Difference
    from countersign.policy.policies.policy_documents import Policy
    from countersign.service.trials.dry_runs import CaseResult

app = typer.Typer(no_args_is_help=True, help="Check, test, compare and exchange policies.")
app.command("status")(in_force.status)
app.command("reload")(in_force.reload)
app.command("calibrate")(calibrate.calibrate)
app.command("backtest")(backtest.backtest)
app.command("show")(history.show)
app.command("list")(history.list_policies)

NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="The reason, for the history.")]
_SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "~", "moved": "~"}


@command(app, "check")
def check(file: FileArgument) -> None:
    """Report every mistake in a document with its line, and warn about likely ones.

    The exit status is 1 if there are mistakes, and 0 if there are only warnings.
    """
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.policy.policies.lint import lint_policy

    try:
        policy = read_policy_file(file)
    except MistakesFound as error:
        end_if_json({"is_valid": False, "mistakes": _as_json(error), "warnings": []}, status=1)
        for mistake in error.mistakes:
            errors.print(printable(f"{file}: {mistake}"))
        _print_count(len(error.mistakes), "mistake")
        sys.exit(1)
    warnings = lint_policy(policy)
    about = {"revision": policy.revision, "steps": len(policy.pipeline.steps)}
    end_if_json({"is_valid": True, "mistakes": [], "warnings": list(warnings), **about})
    for warning in warnings:
        console.print(f"[yellow]Warning:[/] {printable(warning)}")
    steps, tests = len(policy.pipeline.steps), len(policy.tests)
    console.print(
        f"[green]Valid[/]: {steps} step{'s' * (steps != 1)}, {tests} test{'s' * (tests != 1)}, "
        f"revision {policy.revision}."
    )


@command(app, "test")
def run_tests(
    file: FileArgument,
    cases: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder with more tests: *.yaml, *.yml and *.json."),
    ] = None,
) -> None:
    """Run the document's own tests, and those of a folder; show failures with their reasons.

    The exit status is 1 if a test fails, or if there are none.
    """
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.trials.dry_runs import dry_run_case, read_case_files

    policy = read_policy_file(file)
    groups = {str(file): policy.tests}
    if cases is not None:
        groups |= {str(each): tests for each, tests in read_case_files(cases, policy).items()}
    results = {
        name: [dry_run_case(case, policy) for case in group] for name, group in groups.items()
    }
    failed = sum(result.failure is not None for each in results.values() for result in each)
    count = sum(map(len, results.values()))
    status = 1 if failed or count == 0 else 0
    answers = [_result(name, each) for name, group in results.items() for each in group]
    end_if_json({"tests": count, "failed": failed, "results": answers}, status)
    for name, group in results.items():
        for result in group:
            _show_result(name, result)
    if count == 0:
        errors.print("There are no tests. Write some under `tests`, or name a folder: --cases")
    else:
        colour = "red" if failed else "green"
        console.print(f"[{colour}]{count - failed} of {count} passed.[/]")
    sys.exit(status)


@command(app, "diff")
def diff(
    file: FileArgument,
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="[OTHER]", help="A document to compare FILE with, in place of the policy file."
        ),
    ] = None,
    community: OptionalCommunityOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show what FILE changes in the community's policy file, or what OTHER changes in FILE."""
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.policies.locations import find_known_policy_file
    from countersign.config import read_config
    from countersign.policy.policies.differences import differences

    if other is not None and community is not None:
        raise typer.BadParameter("Compare FILE with OTHER or with a community's file, not both.")
    if other is None:
        before = read_policy_file(find_known_policy_file(read_config(config), community or DEFAULT))
        after = read_policy_file(file)
    else:
        before, after = read_policy_file(file), read_policy_file(other)
    differing = differences(before, after)
    changes = [
        {"kind": each.kind.value, "name": each.name, "details": list(each.details)}
        for each in differing
    ]
    end_if_json({"before": before.revision, "after": after.revision, "changes": changes})
    show_differences(before, after, differing)


@command(app, "activate")
def activate(
    settings: "Config",
    file: FileArgument,
    community: CommunityOption = DEFAULT,
    note: NoteOption = "",
) -> None:
    """Put FILE in force, after a check and its own tests; no request is lost.

    It replaces the community's policy file, unless the settings say `policies: {source: database}`;
    `rollback` restores the old one. If the running server refuses it, nothing changes. If no server
    runs, it takes effect at the next start.
    """
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.policies.locations import read_source
    from countersign.bootstrap.policy_files import PolicyFiles
    from countersign.bootstrap.trials.dry_runs import dry_run_case

    source = read_source(file)
    files = PolicyFiles(settings)
    with files.alone():
        if settings.policies.source == "files":
            policy = files.check_beside_files(community, source, file)
        else:
            policy = read_policy_file(file)
        failed = [
            result
            for result in (dry_run_case(case, policy) for case in policy.tests)
            if result.failure is not None
        ]
        for result in failed:
            _show_result(str(file), result, errors)
        if failed:
            fail(f"{len(failed)} of its {len(policy.tests)} tests failed; nothing has changed.")
        exchanged = activate_policy(settings, files, community, source, note)
    print_exchanged(exchanged, ACTIVATED)


@command(app, "rollback")
def rollback(
    settings: "Config",
    community: CommunityOption = DEFAULT,
    to: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="The revision; the previous one by default."),
    ] = None,
    note: NoteOption = "",
) -> None:
    """Put an earlier policy in force again; its tests are not run.

    Again and again, it leads back to the first.
    """
    from countersign.bootstrap.policy_files import PolicyFiles

    files = PolicyFiles(settings)
    with files.alone():
        exchanged = roll_back_policy(settings, files, community, to, note)
    print_exchanged(exchanged, ROLLED_BACK)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of policy documents, for editors."""
    from countersign.bootstrap.presets import read_presets
    from countersign.bootstrap.registry import read_registry
    from countersign.policy.policies.document_schema import document_schema

    print_json(document_schema(read_registry(), read_presets()))


def show_differences(before: "Policy", after: "Policy", changes: "tuple[Difference, ...]") -> None:
    """Print the differences between two policies."""
    console.print(f"{before.revision} → {after.revision}")
    if not changes:
        console.print("Both do the same.")
    for each in changes:
        console.print(f"{_SIGNS[each.kind.value]} [bold]{printable(each.name)}[/] {each.kind}")
        for detail in each.details:
            console.print(f"    {printable(detail)}")


def _show_result(file: str, result: "CaseResult", where: "Console" = console) -> None:
    case, failure = result.case, result.failure
    if failure is None:
        where.print(f"[green]ok[/]   {printable(case.name)}")
        return
    which = f", event {failure.number} of {len(case.events)}" if len(case.events) > 1 else ""
    where.print(f"[red]FAIL[/] {printable(case.name)} ({printable(file)}:{case.line}{which})")
    where.print(f"  {printable(failure.because)}")
    if failure.decision is not None and where is console:
        explain(failure.decision)


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
    from countersign.policy.document.mistakes import path_text

    return [
        {
            "line": mistake.line,
            "where": path_text(mistake.path),
            "found": mistake.found,
            "allowed": mistake.allowed,
            "suggestion": mistake.suggestion,
        }
        for mistake in error.mistakes
    ]


def _print_count(count: int, noun: str) -> None:
    errors.print(f"[bold red]{count} {noun}{'s' * (count != 1)}.[/]")
