"""`countersign decisions spam` and `not-spam`: setting and removing spam marks."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import answering, end_if_json
from countersign.cli.options import DecisionArgument, ReasonOption
from countersign.cli.output import console, errors, printable

PATH: Final = "/_countersign/v1/decisions"


@answering
def mark(
    server: AdminClient,
    reference: DecisionArgument,
    reason: ReasonOption = "",
    keep_trust: Annotated[
        bool, typer.Option("--keep-trust", help="Trust the sender as before.")
    ] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Have our user redact the event too.")
    ] = False,
) -> None:
    """Mark an event as spam, whether it was signed or refused.

    Its links, contacts and wallets are bad for 30 days, and its sender is untrusted for a week.
    """
    body = {
        "reference": reference,
        "reason": reason,
        "distrusts": not keep_trust,
        "redacts": redact,
    }
    answer = server.change(f"{PATH}/spam", body)
    end_if_json(answer)
    console.print(f"{printable(answer['reference'])} is marked as spam.")
    _print_result(answer, "is bad for 30 days", "The sender is untrusted for a week.")
    if answer["redaction"] is not None:
        console.print(f"Redacted by {printable(answer['redaction'])}")
    if answer["trouble"] is not None:
        errors.print(f"[yellow]{printable(answer['trouble'])}[/]")


@answering
def take_back(server: AdminClient, reference: DecisionArgument, reason: ReasonOption = "") -> None:
    """Remove a spam mark and its effects."""
    body = {"reference": reference, "reason": reason}
    answer = server.change(f"{PATH}/not-spam", body)
    end_if_json(answer)
    console.print(f"{printable(answer['reference'])} is not marked as spam any more.")
    _print_result(answer, "is not bad any more", "The sender is trusted as before.")


def _print_result(answer: Mapping[str, Any], of_indicators: str, of_sender: str) -> None:
    for each in answer["indicators"]:
        console.print(f"  {printable(each['label'])} {of_indicators}")
    if answer["is_untrusted"]:
        console.print(of_sender)
