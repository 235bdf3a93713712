"""Output of the demo in the terminal."""

import json
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from examples.demo.matrix_client import Json, MatrixError


class Screen:
    """Numbered steps, and under each what was done, said and answered."""

    def __init__(self) -> None:
        # Soft wrap: a line that somebody copies must not be broken by us.
        self.console = Console(highlight=False, soft_wrap=True)
        self._steps = 0

    def title(self, text: str, line: str) -> None:
        """Open the demo."""
        self.console.print(Panel(f"[bold]{escape(text)}[/]\n{escape(line)}", expand=False))

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._steps += 1
        self.console.print(f"\n[bold cyan]{self._steps}  {escape(title)}[/]")

    def done(self, text: str) -> None:
        """Say that something went as it should."""
        self.console.print(f"   [green]✓[/] {escape(text)}")

    def says(self, who: str, text: str) -> None:
        """Show what somebody writes."""
        self.console.print(f"   [bold]{escape(who)}[/]  “{escape(text)}”")

    def refused(self, error: MatrixError) -> None:
        """Show the error that somebody's homeserver gave."""
        self.console.print(f"   [red]✗ refused[/], the client gets status {error.status} with")
        self.json(error.body)

    def command(self, command: str, output: str) -> None:
        """Show a command and what it printed."""
        self.console.print(f"   [dim]$[/] {escape(command)}")
        for line in output.rstrip().splitlines():
            self.console.print(f"     {escape(line)}")

    def json(self, value: Json) -> None:
        """Show JSON, indented."""
        for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines():
            self.console.print(f"     [yellow]{escape(line)}[/]")

    def note(self, text: str) -> None:
        """Add a remark."""
        self.console.print(f"   [dim]{escape(text)}[/]")

    def failed(self, text: str) -> None:
        """Say what went wrong."""
        self.console.print(f"\n[bold red]The demo failed:[/] {escape(text)}")

    def heading(self, text: str) -> None:
        """Begin a section that is not a step."""
        self.console.print(f"\n[bold cyan]{escape(text)}[/]")

    def copyable(self, command: str) -> None:
        """Show a command for the visitor to type."""
        self.console.print(f"   {escape(command)}")

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Show a small table."""
        table = Table(*columns, box=None, header_style="dim", padding=(0, 0, 0, 3))
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self.console.print(table)
