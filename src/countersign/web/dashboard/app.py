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
from countersign.web.dashboard.pages import Pages
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
    now = NowPages(*group)
    decisions = DecisionPages(*group)
    reviews = ReviewPages(*group)
    appeals = AppealPages(*group)
    rooms = RoomPages(*group, services.identity)
    people = PeoplePages(*group)
    raids = RaidPages(*group)
    leaks = LeakPage(*group)
    indicators = IndicatorPages(*group)
    policies = PolicyPages(*group)
    trials = TrialPages(*group)
    filters = FilterPages(*group)
    confirmations = ConfirmationPages(*group)
    keys = KeyPage(*group)
    audit = AuditPages(*group)
    settings = SettingsPage(
        commands.permissions, pages, settings=services.settings, health=services.health
    )
    retention = [each for each in services.settings if each.name.startswith("retention.")]
    privacy = PrivacyPages(commands, pages, retention=retention)
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
            Route("/now", now.get),
            Route("/incidents/{reference}", now.show),
            Route("/decisions", decisions.index),
            Route("/decisions/{reference}", decisions.show),
            Route("/decisions/{reference}/allow", decisions.allow, methods=["POST"]),
            Route("/decisions/{reference}/spam", decisions.spam, methods=["POST"]),
            Route("/decisions/{reference}/not-spam", decisions.not_spam, methods=["POST"]),
            Route("/review", reviews.get),
            Route("/review/{reference}/decide", reviews.decide, methods=["POST"]),
            Route("/review/{reference}/take", reviews.take, methods=["POST"]),
            Route("/review/{reference}/hand-over", reviews.hand_over, methods=["POST"]),
            Route("/appeals", appeals.index),
            Route("/appeals/{reference}", appeals.show),
            Route("/appeals/{reference}/decide", appeals.decide, methods=["POST"]),
            Route("/appeals/{reference}/note", appeals.note, methods=["POST"]),
            Route("/rooms", rooms.index),
            Route("/rooms/protect", rooms.protect),
            Route("/rooms/join", rooms.join, methods=["POST"]),
            Route("/rooms/{room_id}", rooms.show),
            Route("/rooms/{room_id}/protect", rooms.set_policy_server, methods=["POST"]),
            Route("/rooms/{room_id}/check", rooms.check, methods=["POST"]),
            Route("/rooms/{room_id}/leave", rooms.leave, methods=["POST"]),
            Route("/people", people.index),
            Route("/people/trust", people.trust, methods=["POST"]),
            Route("/people/many", people.mute_many, methods=["POST"]),
            Route("/people/unmute", people.unmute, methods=["POST"]),
            Route("/people/{user_id}", people.show),
            Route("/raids", raids.get),
            Route("/raids/begin", raids.begin, methods=["POST"]),
            Route("/raids/end", raids.end, methods=["POST"]),
            Route("/raids/restore", raids.restore, methods=["POST"]),
            Route("/leaks", leaks.get),
            Route("/indicators", indicators.get),
            Route("/indicators/add", indicators.add, methods=["POST"]),
            Route("/indicators/remove", indicators.remove, methods=["POST"]),
            Route("/policy", policies.index),
            Route("/policy-reload", policies.reload, methods=["POST"]),
            Route("/policy/{community}", policies.show),
            Route("/policy/{community}/edit", policies.edit),
            Route("/policy/{community}/check", policies.check, methods=["POST"]),
            Route("/policy/{community}/test", policies.test, methods=["POST"]),
            Route("/policy/{community}/activate", policies.activate, methods=["POST"]),
            Route("/policy/{community}/rollback", policies.roll_back, methods=["POST"]),
            Route("/policy/{community}/mode", policies.set_mode, methods=["POST"]),
            Route("/policy/{community}/try", trials.start, methods=["POST"]),
            Route("/policy/{community}/try-word", trials.start_word, methods=["POST"]),
            Route("/trials/{job}", trials.show),
            Route("/trials/{job}/cancel", trials.cancel, methods=["POST"]),
            Route("/confirmations", confirmations.index),
            Route("/confirmations/{reference}", confirmations.show),
            Route("/confirmations/{reference}/confirm", confirmations.confirm, methods=["POST"]),
            Route("/confirmations/{reference}/decline", confirmations.decline, methods=["POST"]),
            Route("/filters", filters.get),
            Route("/keys", keys.get),
            Route("/settings", settings.get),
            Route("/audit", audit.index),
            Route("/audit/undo", audit.ask),
            Route("/audit/undo", audit.undo, methods=["POST"]),
            Route("/privacy", privacy.get),
            Route("/privacy/export", privacy.export, methods=["POST"]),
            Route("/privacy/erase", privacy.erase, methods=["POST"]),
            Route("/privacy/export-room", privacy.export_room, methods=["POST"]),
            Route("/privacy/erase-room", privacy.erase_room, methods=["POST"]),
        ],
        hosts=hosts,
        sessions=sessions,
        holders=SessionHolders(commands.register, services.holders, services.accounts),
        pages=pages,
        errors=ErrorAnswers(services.randomness),
    )


async def _home(_: object) -> ASGIApp:
    return see_other(HOME)
