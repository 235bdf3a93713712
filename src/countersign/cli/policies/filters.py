"""`countersign filters`: the available filters, and their manual pages."""

from typing import Annotated, Any

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.commands import command, end_if_json
from countersign.cli.durations import since_ts
from countersign.cli.options import CommunityOption, SinceOption
from countersign.cli.output import Column, console, errors, fail, print_table, printable

app = typer.Typer(no_args_is_help=True, help="The filters that policies may use.")


@command(app, "list")
def list_filters() -> None:
    """List the filters: built-in ones, and those of installed packages."""
    from countersign.bootstrap.registry import read_registry
    from countersign.policy.policies.manual_pages import summary_of

    registry = read_registry()
    end_if_json({"filters": _as_json(), "unusable": dict(registry.unusable)})
    print_table(
        sorted(registry),
        (
            Column("Filter", lambda name: name, rank=0),
            Column("From", lambda name: _origin(registry[name]), rank=2),
            Column("What it does", lambda name: summary_of(registry[name]), min_chars=20),
        ),
        empty="No filters.",
    )
    for name, reason in registry.unusable.items():
        errors.print(f"[yellow]Cannot be used:[/] {printable(name)} ({printable(reason)})")


@command(app, "statistics")
def statistics(
    server: AdminClient, since: SinceOption = "7d", community: CommunityOption = None
) -> None:
    """Count what each step of a community's policy did, day by day."""
    parameters = {"since_ts": since_ts(since), "community": community}
    answer = server.read("/_countersign/v1/filters/statistics", parameters)
    end_if_json(answer)
    print_table(
        answer["steps"],
        (
            Column("Step", "step", rank=0),
            Column("Refused", "refused", rank=1),
            Column("Allowed later", "allowed", rank=2),
            Column("Shadow", "shadow", rank=3),
            Column("Warned", "warned", rank=4),
            Column("Spared", "spared", rank=5),
            Column("Refused by day, the last one today", _refused_by_day, is_below=True),
        ),
        empty="No filter had anything to say.",
    )
    if answer["costs"]:
        console.print("\nWhat each step takes of one event, measured on one event in 64:")
        print_table(
            answer["costs"],
            (
                Column("Step", "step", rank=0),
                Column("Microseconds", lambda each: f"{each['microseconds']:.1f}", rank=1),
                Column("Filter", "filter", rank=2),
                Column("Events", "events", rank=3),
            ),
            empty="",
        )


def _refused_by_day(step: dict[str, Any]) -> str:
    return " ".join(str(day["refused"]) for day in step["by_day"])


@command(app, "show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For example event-rate")],
) -> None:
    """Show a filter's manual page: what it sees, when it is wrong, its options."""
    from rich.markdown import Markdown

    from countersign.bootstrap.registry import read_registry
    from countersign.policy.document.mistakes import near_miss
    from countersign.policy.policies.manual_pages import manual_page

    registry = read_registry()
    if (reason := registry.unusable.get(name)) is not None:
        fail(f"The filter {name} cannot be used ({reason}).")
    if name not in registry:
        suggestion = near_miss(name, registry)
        hint = f" Did you mean {suggestion}?" if suggestion else ""
        fail(f"There is no filter {name}.{hint} All there are: countersign filters list")
    page = manual_page(registry[name])
    (described,) = (each for each in _as_json() if each["name"] == name)
    end_if_json({**described, "manual": page})
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        print(page, end="")


def _as_json() -> list[dict[str, Any]]:
    from countersign.bootstrap.registry import read_registry
    from countersign.policy.document.options import options_of
    from countersign.policy.policies.manual_pages import summary_of

    return [
        {
            "name": name,
            "from": _origin(filter_class),
            "summary": summary_of(filter_class),
            "harm": filter_class.harm.value,
            "says": filter_class.says,
            "options": [
                {"name": each.name, "allowed": each.allowed, "help": each.help}
                for each in options_of(filter_class)
            ],
        }
        for name, filter_class in sorted(read_registry().items())
    ]


def _origin(filter_class: type[Any]) -> str:
    """Return the package of Python modules that contains a filter."""
    package = filter_class.__module__.partition(".")[0]
    return "built in" if package == "countersign" else package
