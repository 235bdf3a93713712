"""Templates of pages: values are escaped, and a missing value is an error."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from time import perf_counter
from typing import Any, Final

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, meta

from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.pauses import WORK_SECONDS, Pauses

EXTENSION: Final = "html"


class Templates:
    """Templates of a package, which lie in its folder `templates`.

    Each is read once, when a page first needs it, in a thread: that takes some ten milliseconds.
    Values are escaped as HTML wherever they stand, whatever the file's name.

    Args:
        package: its name, such as `countersign.web.reasons`.
        filters: what templates show values by.
        values: what every template may show.

    Attributes:
        read_names: the names of the templates that were read.
    """

    def __init__(
        self,
        package: str,
        *,
        filters: Mapping[str, Callable[..., str]] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self._loader: BaseLoader = PackageLoader(package, "templates")
        self._environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(filters or {})
        self._environment.globals.update(values or {})
        self.read_names: set[str] = set()

    def names(self) -> list[str]:
        """Return the names of all templates."""
        return self._environment.list_templates(extensions=[EXTENSION])

    async def filled_in(self, name: str, values: Mapping[str, Any]) -> str:
        """Return a template filled in; the event loop gets a turn after each millisecond of work.

        Args:
            name: the name of the template's file.
            values: what it shows. Nothing may change in them before the page is there.
        """
        if name not in self.read_names:
            await in_thread(self.read, name)
        pauses, parts = Pauses(), []
        until = perf_counter() + WORK_SECONDS
        for part in self._environment.get_template(name).generate(values):
            parts.append(part)
            if perf_counter() >= until:
                await pauses.take()
                until = perf_counter() + WORK_SECONDS
        return "".join(parts)

    def read(self, name: str) -> None:
        """Read a template, after those that it needs, so that nothing is left to be read later."""
        source, _, _ = self._loader.get_source(self._environment, name)
        needed = meta.find_referenced_templates(self._environment.parse(source))
        for needed_name in needed:
            if needed_name is not None and needed_name not in self.read_names:
                self.read(needed_name)
        self._environment.get_template(name)
        self.read_names.add(name)


def read_text(package: str, name: str) -> str:
    """Return the text of a file in a package's folder `templates`, such as a style sheet."""
    return files(package).joinpath("templates", name).read_text("utf-8")
