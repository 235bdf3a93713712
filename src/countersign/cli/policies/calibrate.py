"""`countersign policy calibrate`: scores of recent events, and the effect of other thresholds."""

from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.commands import answering, end_if_json
from countersign.cli.durations import since_ts
from countersign.cli.options import RoomOption, SinceOption
from countersign.cli.output import Column, console, print_table
from countersign.cli.policies.arguments import CommunityOption
from countersign.policy.measures.trust_records import Trust

if TYPE_CHECKING:
    from countersign.config import Config
    from countersign.policy.thresholds import Thresholds
    from countersign.service.trials.calibration import Calibration, Scores


@answering
def calibrate(
    settings: "Config",
    since: SinceOption = "7d",
    room: RoomOption = None,
    trust: Annotated[
        Trust | None, typer.Option(help="Only events of senders with this trust.")
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Another threshold to show."),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="How many of the latest archived events at most."),
    ] = 1_000_000,
    community: CommunityOption = "default",
) -> None:
    """Show recent scores, the threshold, and what other thresholds would have refused.

    Read from the archive; if it is off, from the decisions. Signed events, and those that a
    moderator allowed later, count as honest.
    """
    from countersign.bootstrap.archives import read_calibration
    from countersign.bootstrap.policies.documents import read_policy_file
    from countersign.bootstrap.policies.locations import find_known_policy_file

    thresholds = read_policy_file(find_known_policy_file(settings, community)).pipeline.thresholds
    calibration, is_archived = read_calibration(
        settings,
        community=community,
        since_ts=since_ts(since),
        room_id=room,
        limit=limit,
    )
    levels = [level for level in Trust if level in calibration.by_level and trust in (None, level)]
    end_if_json(
        {
            "source": "archive" if is_archived else "decisions",
            "events": calibration.events,
            "unrecorded": calibration.unrecorded,
            "levels": {
                level.value: calibration.by_level[level].to_json(thresholds.of(level), threshold)
                for level in levels
            },
        }
    )
    _show_source(calibration, is_archived=is_archived)
    for level in levels:
        _show_level(level, calibration.by_level[level], thresholds.of(level), threshold)


def _show_source(calibration: "Calibration", *, is_archived: bool) -> None:
    if not calibration.events:
        console.print("Nothing was decided in that time.")
        return
    source = "archived events" if is_archived else "decisions, as the archive holds nothing"
    console.print(f"{calibration.events:,} {source}.")
    if not is_archived:
        console.print("Events on which no filter found anything are counted as of newcomers.")
    if calibration.unrecorded:
        console.print(
            f"{calibration.unrecorded:,} more were archived by an earlier version, without scores."
        )


def _show_level(
    level: Trust, scores: "Scores", thresholds: "Thresholds", threshold: int | None
) -> None:
    from countersign.policy.review.summaries import Group

    counts = {group: scores.count(group) for group in Group}
    console.print(
        f"\n[bold]{level.value}[/]: {counts[Group.SIGNED]:,} signed, "
        f"{counts[Group.REFUSED]:,} refused by evidence, {counts[Group.ALLOWED]:,} allowed later, "
        f"{counts[Group.ALONE]:,} refused by a step alone"
    )
    honest = scores.by_group[Group.SIGNED] + scores.by_group[Group.ALLOWED]
    refused = scores.by_group[Group.REFUSED]
    console.print("score  honest    refused   (a bar is one longer for twice as many)")
    is_drawn = False
    for score in sorted({*honest, *refused}):
        if score >= thresholds.refuse and not is_drawn:
            is_drawn = True
            console.print(f"[yellow]{thresholds.refuse:>5}  ── refused from here on ──[/]")
        bars = "█" * honest[score].bit_length() + "[red]" + "█" * refused[score].bit_length()
        console.print(f"{score:>5}  {honest[score]:<9,} {refused[score]:<9,} {bars}[/]")
    if not is_drawn:
        console.print(f"[yellow]{thresholds.refuse:>5}  ── refused from here on ──[/]")
    counted = {
        each: scores.with_threshold(each) for each in scores.thresholds_about(thresholds, threshold)
    }
    print_table(
        counted,
        (
            Column(
                "Threshold", lambda at: f"{at}{' *' if at == thresholds.refuse else ''}", rank=0
            ),
            Column("Honest refused", lambda at: f"{counted[at].honest_refused:,}", rank=1),
            Column("Refused now, would pass", lambda at: f"{counted[at].refused_passed:,}", rank=2),
        ),
        empty="",
    )
