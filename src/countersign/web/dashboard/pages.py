"""Pages of the dashboard: templates filled in for the signed-in person, in one layout."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from countersign import __version__
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import CountersignError
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import Form, read_form, session_of
from countersign.web.dashboard.sessions import Session
from countersign.web.dashboard.shown import FILTERS
from countersign.web.http.answers import Headers
from countersign.web.pages.answers import Page, see_other
from countersign.web.pages.templates import Templates

PACKAGE: Final = "countersign.web.dashboard"

_NONCE_BYTES: Final = 16


class Entry(NamedTuple):
    """An entry of the menu.

    Attributes:
        title: its text.
        path: the path of the page.
        command: the permission that the page needs.
        key: the key that opens the page after `g`.
    """

    title: str
    path: str
    command: Command
    key: str


MENU: Final[Mapping[str, tuple[Entry, ...]]] = {
    "Moderate": (
        Entry("Now", "/now", Command.DECISIONS_LIST, "n"),
        Entry("Review", "/review", Command.REVIEWS_LIST, "q"),
        Entry("Decisions", "/decisions", Command.DECISIONS_LIST, "d"),
        Entry("Appeals", "/appeals", Command.APPEALS_LIST, "w"),
        Entry("Rooms", "/rooms", Command.ROOMS_LIST, "r"),
        Entry("People", "/people", Command.TRUST_LIST, "e"),
        Entry("Raids", "/raids", Command.RAID_STATUS, "a"),
        Entry("Leaks", "/leaks", Command.LEAKS_LIST, "l"),
        Entry("Indicators", "/indicators", Command.INDICATORS_LIST, "i"),
    ),
    "Policy": (
        Entry("Policy", "/policy", Command.POLICY_STATUS, "p"),
        Entry("Filters", "/filters", Command.DECISIONS_STATS, "f"),
        Entry("Confirmations", "/confirmations", Command.CONFIRMATIONS_LIST, "c"),
    ),
    "Server": (
        Entry("Keys", "/keys", Command.KEYS_SHOW, "k"),
        Entry("Settings", "/settings", Command.HEALTH, "s"),
        Entry("Audit log", "/audit", Command.AUDIT_LIST, "u"),
        Entry("Privacy", "/privacy", Command.PRIVACY_EXPORT, "y"),
    ),
}
"""All entries of the menu; each is shown to people who may see its page."""


class Pages:
    """Fills in templates.

    Args:
        server_name: our server name.
        permissions: decide which entries of the menu a person sees.
        static: paths of style and scripts, by the names of their files.
        clock: tells the time of a page.
        randomness: makes nonces.
    """

    def __init__(
        self,
        server_name: str,
        *,
        permissions: Permissions,
        static: Mapping[str, str],
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._permissions = permissions
        self._clock = clock
        self._randomness = randomness
        self._templates = Templates(
            PACKAGE,
            filters=FILTERS,
            values={"server_name": server_name, "version": __version__, "static": static},
        )

    async def answer(
        self,
        request: Request,
        template: str,
        values: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Headers = (),
    ) -> Page:
        """Return a page in the layout for the signed-in person.

        Raises:
            NotSignedIn: nobody is.
        """
        session = session_of(request)
        return await self._filled(
            template,
            {
                **self._frame(request, session),
                "notices": session.take_notices(),
                **(values or {}),
            },
            status=status,
            headers=headers,
        )

    async def bare(
        self,
        template: str,
        values: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Headers = (),
    ) -> Page:
        """Return a page without the menu, for anybody."""
        return await self._filled(template, {"session": None, **(values or {})}, status, headers)

    def may(self, actor: Actor, command: Command) -> bool:
        """Return True if an actor may give a command anywhere."""
        try:
            self._permissions.require(actor, command)
        except CountersignError:
            return False
        return True

    def may_in(self, actor: Actor, command: Command, community: str) -> bool:
        """Return True if an actor may give a command in a community."""
        try:
            self._permissions.community(actor, command, community)
        except CountersignError:
            return False
        return True

    def communities(self, actor: Actor, command: Command) -> list[str]:
        """Return the names of the communities in which an actor may give a command."""
        try:
            return [each.name for each in self._permissions.communities(actor, command)]
        except CountersignError:
            return []

    def _frame(self, request: Request, session: Session) -> dict[str, Any]:
        path: str = request.scope["path"]
        menu = {
            title: [entry for entry in entries if self.may(session.actor, entry.command)]
            for title, entries in MENU.items()
        }
        return {
            "session": session,
            "actor": session.actor,
            "menu": {title: entries for title, entries in menu.items() if entries},
            "path": path,
            "may": lambda command: self.may(session.actor, Command(command)),
        }

    async def _filled(
        self, template: str, values: Mapping[str, Any], status: int, headers: Headers
    ) -> Page:
        nonce = unpadded_base64.encode(self._randomness.random_bytes(_NONCE_BYTES))
        html = await self._templates.filled_in(
            template, {"nonce": nonce, "now_ts": self._clock.now_ts(), **values}
        )
        csp = content_security_policy(nonce)
        return Page(status, html, csp=csp, referrer=b"same-origin", headers=headers)


class PageGroup:
    """Pages about one subject.

    Args:
        commands: what their forms and lists give.
        pages: fill in their templates.
        clock: tells when a form came, from when on its change can be undone.
    """

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._pages = pages
        self._clock = clock

    def now_ts(self) -> int:
        """Return the time, in ms since the epoch."""
        return self._clock.now_ts()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that a signed-in person sent from one of our pages."""

    request: Request
    actor: Actor
    form: Form


@dataclass(frozen=True, slots=True)
class Done:
    """Result of a form.

    Attributes:
        notice: what was done, for the next page.
        path: the path of that page.
        is_undoable: the notice offers to undo it.
    """

    notice: str
    path: str
    is_undoable: bool = False


class PageRoute(NamedTuple):
    """A method of a group that answers requests, before it is bound to its group."""

    path: str
    http_method: str
    answer: Callable[[Any, Request], Awaitable[ASGIApp]]


def served_at(
    path: str, http_method: str = "GET"
) -> Callable[[Callable[[Any, Request], Awaitable[ASGIApp]]], PageRoute]:
    """Declare a method as the answer to requests at a path."""
    return partial(PageRoute, path, http_method)


def submitted(path: str) -> Callable[[Callable[[Any, Sent], Awaitable[Done]]], PageRoute]:
    """Declare a method as what carries out a form that is sent to a path."""

    def declare(carry_out: Callable[[Any, Sent], Awaitable[Done]]) -> PageRoute:
        async def serve(group: PageGroup, request: Request) -> ASGIApp:
            form = await read_form(request)
            session, began_ts = session_of(request), group.now_ts()
            done = await carry_out(group, Sent(request, session.actor, form))
            session.add_notice(done.notice, undo_since_ts=began_ts if done.is_undoable else None)
            return see_other(done.path)

        return PageRoute(path, "POST", serve)

    return declare


def routes_of(group: object) -> list[Route]:
    """Return the routes that a group declares; paths without parameters come first."""
    declared = [each for each in vars(type(group)).values() if isinstance(each, PageRoute)]
    return [
        Route(path, partial(answer, group), methods=[http_method])
        for path, http_method, answer in sorted(declared, key=lambda each: "{" in each.path)
    ]


def content_security_policy(nonce: str) -> str:
    """Return the policy of a page: our own style, and scripts that have the nonce.

    A page shows what strangers wrote. Should a fault let some of it through as HTML, the browser
    runs nothing of it, loads nothing from elsewhere, sends forms nowhere else, and shows the page
    in no frame.

    Args:
        nonce: that of this answer alone, in base64.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types htmx",
        ]
    )
