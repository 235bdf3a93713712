"""`countersign policy`: check, test, compare and exchange policies before they bite."""

import asyncio
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countersign.cli.durations import since_ts
from countersign.cli.moderation.decisions import explain
from countersign.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    RoomOption,
    SinceOption,
)
from countersign.cli.output import (
    Column,
    console,
    errors,
    fail,
    moment,
    print_json,
    print_table,
    printable,
)
from countersign.cli.policies import calibrate, in_force
from countersign.cli.policies.exchange import (
    ACTIVATED,
    ROLLED_BACK,
    activate_policy,
    roll_back_policy,
    tell_exchanged,
)
from countersign.policy.document.mistakes import MistakesFound
from countersign.policy.measures.trust_records import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from countersign.config import Config
    from countersign.policy.policies.differences import Difference
    from countersign.policy.policies.policy_documents import Policy
    from countersign.ports.stores.policies import PolicyChange
    from countersign.service.trials.backtests import Changed, Group, Report
    from countersign.service.trials.dry_runs import CaseResult

DEFAULT = "default"
SHOWN = 20
GLIMPSE_CHARS = 80

app = typer.Typer(no_args_is_help=True, help="Check, test, compare and exchange policies.")
app.command("status")(in_force.status)
app.command("reload")(in_force.reload)
app.command("calibrate")(calibrate.calibrate)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A policy document.")]
CommunityOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Of which community: its file's name in the folder `communities`."
    ),
]
NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the history.")]
_SIGNS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "~", "moved": "~"}


@app.command("check")
def check(file: FileArgument, json: JsonOption = False) -> None:
    """Read a document and tell every mistake with its line, and what can hardly be meant.

    Ends with 1 if there are mistakes; warnings are none.
    """
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.policy.policies.lint import lint_policy

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
    warnings = lint_policy(policy)
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
    from countersign.bootstrap.dry_runs import dry_run_case, read_case_files
    from countersign.bootstrap.policies.documents import read_policy_file

    policy = read_policy_file(file)
    groups = {str(file): policy.tests}
    if cases is not None:
        groups |= {str(each): found for each, found in read_case_files(cases, policy).items()}
    results = {
        name: [dry_run_case(case, policy) for case in group] for name, group in groups.items()
    }
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
    from countersign.bootstrap.policies.documents import find_policy_file, read_policy_file
    from countersign.config import read_config
    from countersign.policy.policies.differences import differences

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


@app.command("activate")
def activate(
    file: FileArgument,
    community: CommunityOption = DEFAULT,
    note: NoteOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put FILE in force: checked, its own tests run, the old one kept, without losing a request.

    It replaces the community's policy file, unless the settings say `policies: {source: database}`.
    If the running server refuses it, what was there stays. If no server runs, the next start takes
    it.
    """
    from countersign.bootstrap.dry_runs import dry_run_case
    from countersign.bootstrap.policies.documents import read_policy_file, read_source
    from countersign.bootstrap.policy_files import PolicyFiles
    from countersign.config import read_config

    settings = read_config(config)
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
    tell_exchanged(exchanged, ACTIVATED, json=json)


@app.command("rollback")
def rollback(
    community: CommunityOption = DEFAULT,
    to: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="Which; the one before by default."),
    ] = None,
    note: NoteOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put an earlier policy in force again; its tests are not run.

    Again and again, it leads back to the first.
    """
    from countersign.bootstrap.policy_files import PolicyFiles
    from countersign.config import read_config

    settings = read_config(config)
    files = PolicyFiles(settings)
    with files.alone():
        exchanged = roll_back_policy(settings, files, community, to, note)
    tell_exchanged(exchanged, ROLLED_BACK, json=json)


@app.command("show")
def show(
    revision: Annotated[
        str | None,
        typer.Argument(
            metavar="[REVISION]",
            help="Which, as `policy list` names it; its beginning is enough. The one that was put "
            "in force last by default.",
        ),
    ] = None,
    community: CommunityOption = DEFAULT,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Print a policy as it was written: the one in force, or another from the history."""
    from countersign.bootstrap.policy_files import open_policy_history
    from countersign.config import read_config

    settings = read_config(config)

    async def read() -> tuple[str, bytes]:
        async with open_policy_history(settings) as history:
            if revision is not None:
                return await history.find(community, revision)
            in_force = await history.find_in_force(community)
        if in_force is not None:
            return in_force.revision, in_force.document
        return _read_file(settings, community)

    wanted, source = asyncio.run(read())
    text = source.decode("utf-8-sig", errors="replace")
    if json:
        print_json({"community": community, "revision": wanted, "document": text})
    else:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


@app.command("list")
def list_policies(
    community: CommunityOption = DEFAULT,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """List the policies that were in force in a community, the newest first."""
    from countersign.bootstrap.policy_files import open_policy_history
    from countersign.cli.communities import find_rooms, warn_of_unfound
    from countersign.config import read_config

    settings = read_config(config)
    if (known := find_rooms(settings)) is not None:
        warn_of_unfound(known)

    async def read() -> "tuple[list[PolicyChange], str | None]":
        async with open_policy_history(settings) as history:
            return await history.changes(community), await history.current_revision(community)

    entries, current = asyncio.run(read())
    if json:
        told = [
            {
                "ts": entry.ts,
                "revision": entry.revision,
                "what": entry.what,
                "who": entry.actor,
                "note": entry.note,
                "is_current": entry.revision == current,
            }
            for entry in entries
        ]
        print_json(told)
        return
    print_table(
        (
            Column("When (UTC)", rank=2),
            Column("Revision", rank=0),
            Column("", rank=1),
            Column("By", rank=4),
            Column("Note", rank=3, min_chars=10),
        ),
        (
            (
                moment(entry.ts),
                entry.revision + (" *" if entry.revision == current else ""),
                entry.what,
                entry.actor or "the server",
                entry.note,
            )
            for entry in entries
        ),
        empty="Nothing was in force yet; the server tells the history of each policy it loads.",
    )


@app.command("backtest")
def backtest(
    file: FileArgument,
    since: SinceOption = "7d",
    room: RoomOption = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="The latest so many events at most.")
    ] = 1_000_000,
    community: CommunityOption = DEFAULT,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Judge the archived events of the last days by FILE: what it would newly refuse or let pass.

    Needs the archive (settings: `archive: {is_on: true}`). Trust, and the answers to what was asked
    then (rates, waves, raids, checkers and so on), are as they were. What FILE asks beyond that is
    answered by the archived events before each, as far as these can tell.
    """
    from countersign.bootstrap.archives import run_backtest
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.stores import now_ts
    from countersign.config import read_config

    settings = read_config(config)
    policy = read_policy_file(file)
    with _progress_bar(is_shown=not json) as progress:
        report = run_backtest(
            settings,
            policy,
            community=community,
            since_ts=since_ts(since, now_ts()),
            room_id=room,
            limit=limit,
            progress=progress,
        )
    if json:
        print_json(_report_as_json(policy, report))
        return
    if not report.events:
        console.print("The archive holds no events of that time. Settings: archive: {is_on: true}")
        return
    console.print(
        f"{report.events:,} events: {report.refused_before:,} were refused, "
        f"{report.refused_now:,} would be."
    )
    if report.broken:
        console.print(f"[red]A filter failed on {report.broken:,} events.[/]")
    _show_answers(policy, report)
    for label, count in report.not_asked.most_common():
        console.print(
            f"[yellow]{printable(label)} was not asked in a dry run:[/] what it would say of "
            f"{count:,} events is not known."
        )
    _show_group("Newly refused", report.newly_refused)
    _show_group("Newly passed", report.newly_passed)


def _show_answers(policy: "Policy", report: "Report") -> None:
    """Print how exact the backtest is."""
    if report.differing:
        console.print(
            f"[yellow]Of {report.of_revision:,} events that revision {policy.revision} decided, "
            f"{report.differing:,} are decided otherwise now:[/] filters changed with a new "
            "version of Countersign."
        )
    elif report.of_revision:
        console.print(
            f"The {report.of_revision:,} events that revision {policy.revision} decided itself are "
            "decided exactly as they were."
        )
    for label, count in report.recomputed.most_common():
        console.print(
            f"{printable(label)} asked of {count:,} events what was not asked then; the archived "
            "events before each answered it."
        )
    if report.unrecorded:
        console.print(
            f"{report.unrecorded:,} events were archived by an earlier version, which kept no "
            "answers: rates, waves and warnings of these begin with nothing."
        )


@contextmanager
def _progress_bar(*, is_shown: bool) -> "Iterator[Callable[[int, int], None]]":
    if not is_shown or not errors.is_terminal:
        yield lambda *_: None
        return
    from rich.progress import Progress

    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("judging")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_group(title: str, group: "Group") -> None:
    console.print(f"\n[bold]{title}: {group.count:,}[/]")
    for step, count in group.by_step.most_common():
        console.print(f"  {printable(step):30} {count:>9,}")
    trusted = [each for each in group.examples if each.trust.rank >= Trust.MEMBER.rank]
    if trusted:
        known = sum(n for trust, n in group.by_trust.items() if trust.rank >= Trust.MEMBER.rank)
        console.print(f"[yellow]{known:,} of people whom the community knows:[/]")
    elif group.examples:
        console.print("None of people whom the community knows. Some of the others:")
    for each in (trusted or group.examples)[:SHOWN]:
        event = each.archived.event
        labels = ", ".join(each.labels) or "-"
        console.print(
            f"  {moment(each.archived.decided_ts)} {each.trust} {printable(event.sender)} "
            f"{printable(event.type)} by {printable(labels)}: {printable(_glimpse(each))}"
        )


def _glimpse(changed: "Changed") -> str:
    text = " ".join(text.raw for text in changed.archived.event.seen.texts)
    return text if len(text) <= GLIMPSE_CHARS else f"{text[:GLIMPSE_CHARS]}…"


def _report_as_json(policy: "Policy", report: "Report") -> dict[str, Any]:
    return {
        "revision": policy.revision,
        "events": report.events,
        "refused_before": report.refused_before,
        "refused_now": report.refused_now,
        "broken": report.broken,
        "not_asked": dict(report.not_asked.most_common()),
        "recomputed": dict(report.recomputed.most_common()),
        "unrecorded": report.unrecorded,
        "of_revision": report.of_revision,
        "differing": report.differing,
        "newly_refused": _group_as_json(report.newly_refused),
        "newly_passed": _group_as_json(report.newly_passed),
    }


def _group_as_json(group: "Group") -> dict[str, Any]:
    return {
        "count": group.count,
        "by_step": dict(group.by_step.most_common()),
        "by_trust": {trust.value: count for trust, count in group.by_trust.items()},
        "examples": [
            {
                "ts": each.archived.decided_ts,
                "room_id": each.archived.event.room_id,
                "sender": each.archived.event.sender,
                "trust": each.trust.value,
                "type": each.archived.event.type,
                "content": each.archived.event.content,
                "labels": list(each.labels),
            }
            for each in group.examples
        ],
    }


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of policy documents, for editors."""
    from countersign.bootstrap.presets import read_presets
    from countersign.bootstrap.registry import read_registry
    from countersign.policy.policies.document_schema import document_schema

    print_json(document_schema(read_registry(), read_presets()))


def _read_file(settings: "Config", community: str) -> tuple[str, bytes]:
    from countersign.bootstrap.policies.documents import (
        find_policy_file,
        parse_document,
        read_source,
    )

    source = read_source(find_policy_file(settings, community))
    return parse_document(source).revision, source


def show_differences(before: "Policy", after: "Policy", found: "tuple[Difference, ...]") -> None:
    """Print what is otherwise in `after`."""
    console.print(f"{before.revision} → {after.revision}")
    if not found:
        console.print("Both do the same.")
    for each in found:
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
    from countersign.policy.document.mistakes import written

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
