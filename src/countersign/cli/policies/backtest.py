"""`countersign policy backtest`: archived events, judged by another policy."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from countersign.cli.commands import answering, end_if_json, is_json_wanted
from countersign.cli.durations import since_ts
from countersign.cli.options import RoomOption, SinceOption
from countersign.cli.output import console, errors, moment, printable
from countersign.cli.policies.arguments import DEFAULT, CommunityOption, FileArgument
from countersign.policy.measures.trust_records import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countersign.config import Config
    from countersign.policy.policies.policy_documents import Policy
    from countersign.service.trials.backtests import Changed, Group, Report

SHOWN: Final = 20
SHOWN_CHARS: Final = 80


@answering
def backtest(
    settings: "Config",
    file: FileArgument,
    since: SinceOption = "7d",
    room: RoomOption = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many of the latest events at most.")
    ] = 1_000_000,
    community: CommunityOption = DEFAULT,
) -> None:
    """Judge the archived events of the last days by FILE, and show newly refused or signed ones.

    Needs the archive (settings: `archive: {is_on: true}`). Trust, and recorded answers to questions
    (rates, waves, raids, checkers and so on), are as they were. Further questions of FILE are
    answered from the archived events before each, as far as possible.
    """
    from countersign.bootstrap.archives import run_backtest
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.policies.locations import find_known_policy_file
    from countersign.service.trials.backtest_reports import report_to_json

    policy = read_policy_file(file)
    with _progress_bar(is_shown=not is_json_wanted()) as progress:
        report = run_backtest(
            settings,
            policy,
            community=community,
            since_ts=since_ts(since),
            room_id=room,
            limit=limit,
            progress=progress,
        )
    if not report.events:
        find_known_policy_file(settings, community)
    end_if_json(report_to_json(policy, report))
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
            "version of Countersign, or one process had not heard yet what another had just judged."
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
        members = sum(n for trust, n in group.by_trust.items() if trust.rank >= Trust.MEMBER.rank)
        console.print(f"[yellow]{members:,} of people whom the community knows:[/]")
    elif group.examples:
        console.print("None of people whom the community knows. Some of the others:")
    for each in (trusted or group.examples)[:SHOWN]:
        event = each.archived.event
        labels = ", ".join(each.labels) or "-"
        console.print(
            f"  {moment(each.archived.decided_ts)} {each.trust} {printable(event.sender)} "
            f"{printable(event.type)} by {printable(labels)}: {printable(_beginning_of_text(each))}"
        )


def _beginning_of_text(changed: "Changed") -> str:
    text = " ".join(text.raw for text in changed.archived.event.seen.texts)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
