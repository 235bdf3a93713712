"""All pages of the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.ports.stores.review.sessions import SessionStore
from countersign.ports.stores.review.sign_ins import SignInStore
from countersign.service.commands.every_command import Commands
from countersign.service.health.readiness import Health
from countersign.service.identity import Identity
from countersign.service.sign_in.accounts import Accounts
from countersign.service.sign_in.openid import OpenIdSignIn
from countersign.web.dashboard.admission import HOME, Admission
from countersign.web.dashboard.files import STATIC, StaticFiles
from countersign.web.dashboard.guard import DashboardApp
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.matrix_sign_in import MatrixSignIn
from countersign.web.dashboard.moderation.appeals import AppealPages
from countersign.web.dashboard.moderation.decisions import DecisionPages
from countersign.web.dashboard.moderation.indicators import IndicatorPages
from countersign.web.dashboard.moderation.leaks import LeakPage
from countersign.web.dashboard.moderation.now import NowPages
from countersign.web.dashboard.moderation.people import PeoplePages
from countersign.web.dashboard.moderation.raids import RaidPages
from countersign.web.dashboard.moderation.reviews import ReviewPages
from countersign.web.dashboard.moderation.rooms import RoomPages
from countersign.web.dashboard.operation.audit import AuditPages
from countersign.web.dashboard.operation.confirmations import ConfirmationPages
from countersign.web.dashboard.operation.filters import FilterPages
from countersign.web.dashboard.operation.keys import KeyPage
from countersign.web.dashboard.operation.policies import PolicyPages
from countersign.web.dashboard.operation.privacy import PrivacyPages
from countersign.web.dashboard.operation.settings import Setting, SettingsPage
from countersign.web.dashboard.operation.trials import TrialPages
from countersign.web.dashboard.pages import Pages, routes_of
from countersign.web.dashboard.session_holders import SessionHolders
from countersign.web.dashboard.sessions import Sessions
from countersign.web.dashboard.sign_in import SignInEndpoints
from countersign.web.dashboard.sign_in_page import SignInPage
from countersign.web.errors import ErrorAnswers
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.pages.answers import see_other
from countersign.web.token_holders import TokenHolders


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardServices:
    """Services behind the dashboard.

    Attributes:
        holders: know whose a token is.
        accounts: know the roles of Matrix accounts.
        openid: lets in by OpenID tokens; None where the settings do not say so.
        sessions: keep who is signed in.
        sign_ins: keep attempts to sign in.
        addresses: tell from which network somebody comes.
        health: tells how the parts of the server are.
        settings: what the server runs with, without secrets.
        public_url: the address behind a reverse proxy; None if there is none.
    """

    identity: Identity
    holders: TokenHolders
    accounts: Accounts
    openid: OpenIdSignIn | None
    sessions: SessionStore
    sign_ins: SignInStore
    commands: Commands
    addresses: ClientAddresses
    clock: Clock
    randomness: Randomness
    health: Health
    settings: Sequence[Setting]
    public_url: str | None = None


def dashboard_app(services: DashboardServices) -> ASGIApp:
    """Return the application of the dashboard; docs/dashboard.md describes it."""
    commands, clock = services.commands, services.clock
    hosts = DashboardHosts(services.public_url)
    sessions = Sessions(services.sessions, clock, services.randomness)
    files = StaticFiles()
    pages = Pages(
        services.identity.server_name,
        permissions=commands.permissions,
        static=files.paths,
        clock=clock,
        randomness=services.randomness,
    )
    page = SignInPage(
        pages,
        has_rooms=services.accounts.has_management_rooms,
        has_openid=services.openid is not None,
    )
    admission = Admission(
        sessions=sessions,
        attempts=services.sign_ins,
        hosts=hosts,
        addresses=services.addresses,
        clock=clock,
    )
    sign_in = SignInEndpoints(services.holders, admission=admission, page=page)
    by_matrix = MatrixSignIn(
        commands,
        services.accounts,
        services.openid,
        admission=admission,
        page=page,
        pages=pages,
        clock=clock,
    )
    group = commands, pages, clock
    retention = [each for each in services.settings if each.name.startswith("retention.")]
    groups: list[object] = [
        NowPages(*group),
        DecisionPages(*group),
        ReviewPages(*group),
        AppealPages(*group),
        RoomPages(*group, services.identity),
        PeoplePages(*group),
        RaidPages(*group),
        LeakPage(*group),
        IndicatorPages(*group),
        PolicyPages(*group),
        TrialPages(*group),
        FilterPages(*group),
        ConfirmationPages(*group),
        KeyPage(*group),
        AuditPages(*group),
        SettingsPage(
            commands.permissions, pages, settings=services.settings, health=services.health
        ),
        PrivacyPages(commands, pages, retention=retention),
    ]
    return DashboardApp(
        open_routes=[
            Route(STATIC + "{name}", files.get),
            Route("/sign-in", sign_in.get),
            Route("/sign-in", sign_in.post, methods=["POST"]),
            Route("/sign-in/room", by_matrix.begin, methods=["POST"]),
            Route("/sign-in/room/finish", by_matrix.finish, methods=["POST"]),
            Route("/sign-in/openid", by_matrix.by_openid, methods=["POST"]),
        ],
        routes=[
            Route("/", _home),
            Route("/sign-out", sign_in.sign_out, methods=["POST"]),
            *(route for each in groups for route in routes_of(each)),
        ],
        hosts=hosts,
        sessions=sessions,
        holders=SessionHolders(commands.register, services.holders, services.accounts),
        pages=pages,
        errors=ErrorAnswers(services.randomness),
    )


async def _home(_: object) -> ASGIApp:
    return see_other(HOME)
