"""Output of the commands on decisions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from countersign.cli.output import (
    console,
    moment,
    printable,
)
from countersign.policy.decisions import Decision, DetailsGone, Verdict

if TYPE_CHECKING:
    from countersign.config import Config


SHOWN_CHARS: Final = 2_000
VERDICTS = {Verdict.SIGN: "[green]signed[/]", Verdict.REFUSE: "[red]refused[/]"}


def why_details_are_gone(settings: "Config", recorded: Mapping[str, Any]) -> str:
    """Print why the details of a decision are gone."""
    if recorded["details_gone"] == DetailsGone.REQUEST.value:
        return "The details of this decision were deleted because its sender was erased."
    decided = Verdict(recorded["verdict"])
    kept_ms = settings.retention.signed if decided is Verdict.SIGN else settings.retention.refused
    kind = "signed" if decided is Verdict.SIGN else "refused"
    days = "" if kept_ms is None else f" after {kept_ms // 86_400_000} days"
    return (
        f"The details of this decision were deleted{days}, as the settings say "
        f"(retention: {kind}). The verdict stands for ever."
    )


def explain(decision: Decision) -> None:
    """Print what each filter found, for moderators, and what follows from it all."""
    from countersign.service.commands.moderation.score_sums import part_in_words, sum_in_words

    if not decision.findings:
        console.print("No filter had anything against it.")
    for finding in decision.findings:
        name = printable(finding.label)
        if finding.label != finding.filter:
            name += f" ({printable(finding.filter)})"
        console.print(f"[bold]{name}[/] {printable(part_in_words(finding))}")
        if finding.reason:
            console.print(f"  because: {printable(finding.reason)}")
        if finding.value is not None:
            limit = "" if finding.limit is None else f", limit: {printable(str(finding.limit))}"
            console.print(f"  found: {printable(str(finding.value))}{limit}")
        console.print(f"  harm: {printable(finding.harm.value)}, kind: {finding.kind.value}")
    for sentence in sum_in_words(decision):
        console.print(printable(sentence))
    if decision.trust is not None:
        console.print(f"The sender was trusted as: {decision.trust.value}")
    if decision.spared_by is not None:
        console.print(f"It was signed nevertheless: {printable(decision.spared_by)}.")
    if decision.is_warning:
        console.print("It is a warning: the same words pass when they are sent again.")


def print_outcome(outcome: Mapping[str, Any]) -> None:
    """Print what somebody did about a decision."""
    actor = f" by {printable(outcome['actor'])}" if outcome["actor"] else ""
    note = f": {printable(outcome['note'])}" if outcome["note"] else ""
    console.print(f"{moment(outcome['happened_ts'])} UTC: {outcome['kind']}{actor}{note}")


def show_decision(recorded: Mapping[str, Any]) -> None:
    """Print one decision."""
    verdict = VERDICTS[Verdict(recorded["verdict"])]
    console.print(f"{verdict} {printable(recorded['event_id'])}")
    room_id, name = recorded["room_id"], recorded["room_name"]
    for title, value in (
        ("reference", recorded["reference"]),
        ("when", f"{moment(recorded['decided_ts'])} UTC"),
        ("sender", recorded["sender"]),
        ("type", recorded["event_type"]),
        ("room", room_id if name is None else f"{room_id} ({name})"),
        ("first asked by", recorded["asked_by"]),
        ("policy revision", recorded["policy_revision"]),
    ):
        if not value:
            continue
        console.print(f"  {title:16}{printable(value)}")


def print_text(settings: "Config", recorded: Mapping[str, Any]) -> None:
    """Print what the event said, or why that is not known."""
    if recorded["texts"] is not None:
        print_texts(recorded["texts"])
        if recorded["are_texts_cut"]:
            console.print("  [dim]… (no more is kept of one event)[/]")
        return
    archived, trouble = recorded["archived"], recorded["archive"]["trouble"]
    if trouble is not None:
        console.print(f"[yellow]What it said is not known:[/] {printable(trouble)}")
        return
    if len(archived) > 1:
        console.print("Its sender sent several events at that moment; it is one of these.")
    for each in archived:
        print_texts(each["texts"])
    if archived:
        return
    if recorded["verdict"] == Verdict.REFUSE.value and settings.retention.evidence == 0:
        console.print(
            "What it said is not known: texts of refused events are not kept "
            "(settings: retention: {evidence: off})."
        )
        return
    if recorded["verdict"] == Verdict.REFUSE.value:
        console.print(
            "What it said is not known. Texts of refused events are kept from a second after the "
            "refusal on, as long as the settings say (retention: evidence), and until their "
            "sender redacts them."
        )
        return
    if settings.archive.is_on:
        days = settings.archive.retention_days
        console.print(
            "What it said is not known: the archive has it not. It keeps what was decided in the "
            f"last {days} day{'s' * (days != 1)} while it is on, a second after the decision."
        )
    else:
        console.print(
            "What it said is not known: the archive is off. To keep what is decided from now on, "
            f"add this to {printable(str(settings.file))} and start the server again:\n"
            "  archive: {is_on: true}"
        )


def print_texts(texts: Sequence[str]) -> None:
    """Print the texts of an event."""
    console.print("It said:" if texts else "It held no text.")
    for line in "\n".join(texts)[:SHOWN_CHARS].splitlines():
        console.print(f"  {printable(line)}")
    if sum(map(len, texts)) > SHOWN_CHARS:
        console.print("  [dim]… (--json shows all)[/]")
