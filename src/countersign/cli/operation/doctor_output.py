"""Output of the doctor: each check, and a summary."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from countersign.cli.output import advice, console, errors, printable

if TYPE_CHECKING:
    from countersign.service.health.doctor import Check


Progress = Callable[[str], None]
_INDENT = " " * 17
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Show progress on a terminal."""
    if not errors.is_terminal:
        yield lambda _: None
        return
    with errors.status("") as status:
        yield lambda words: status.update(printable(words))


def show_check(check: "Check") -> None:
    """Print one check, with what to do about it."""
    colour = _COLOURS[check.outcome.value]
    outcome = f"[{colour}]{check.outcome.value.upper()}[/]".ljust(len(colour) + 9)
    first, *others = check.message.splitlines() or [""]
    # Not wrapped: what is broken in two cannot be pasted.
    console.print(f"{outcome} {printable(check.name):11} {advice(first)}")
    for line in others:
        console.print(f"{_INDENT}{advice(line)}")
    if check.remedy:
        console.print(f"{_INDENT}[dim]→[/] {advice(check.remedy)}")


def summarise_checks(checks: "list[Check]") -> None:
    """Print the number of checks that failed or have warnings."""
    failed = sum(check.outcome.value == "fail" for check in checks)
    warned = sum(check.outcome.value == "warn" for check in checks)
    if failed:
        console.print(f"\n[bold red]{failed} of {len(checks)} checks failed.[/]")
    elif warned:
        console.print(f"\nNothing failed; {warned} could be better.")
    else:
        console.print("\n[green]All is well.[/]")


def check_as_json(check: "Check") -> dict[str, str]:
    """Return a check as JSON."""
    return {
        "name": check.name,
        "outcome": check.outcome.value,
        "message": check.message,
        "remedy": check.remedy,
    }
