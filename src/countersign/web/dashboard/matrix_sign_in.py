"""`/sign-in/room` and `/sign-in/openid`: sign-in with a Matrix account."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.review.sign_ins import BrowserSignIn
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.access_register import AccessEnded
from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.service.sign_in.accounts import Accounts
from countersign.service.sign_in.openid import OpenIdSignIn
from countersign.web.dashboard.admission import Admission, our_path
from countersign.web.dashboard.browsers import browser_of
from countersign.web.dashboard.forms import read_unsigned_form
from countersign.web.dashboard.pages import Pages
from countersign.web.dashboard.sign_in_page import SignInPage

_NO_ROLE = "This account has no role here any more."
_SIGNED_OUT = "This account ended all its sessions meanwhile. Begin again."


class MatrixSignIn:
    """Signs people in by their Matrix account.

    Args:
        commands: have the browsers that wait, and the audit log.
        accounts: know who has a role.
        openid: lets in by OpenID tokens; None where the settings do not say so.
        admission: limits attempts and opens sessions.
        page: the page on which one signs in.
        pages: fills in the page with the code.
        clock: tells since when a person has proved who they are.
    """

    def __init__(
        self,
        commands: Commands,
        accounts: Accounts,
        openid: OpenIdSignIn | None,
        *,
        admission: Admission,
        page: SignInPage,
        pages: Pages,
        clock: Clock,
    ) -> None:
        self._sign_ins = commands.browser_sign_ins
        self._register = commands.register
        self._audit = commands.audit_log
        self._accounts = accounts
        self._openid = openid
        self._admission = admission
        self._page = page
        self._pages = pages
        self._clock = clock

    async def begin(self, request: Request) -> ASGIApp:
        """Answer with a code to write in the management room.

        Raises:
            RateLimited: too many attempts came from there.
            BadJson: there is no management room.
        """
        await self._admission.take_attempt(request)
        form = await read_unsigned_form(request)
        if not self._accounts.has_management_rooms:
            raise BadJson("This server has no management room: sign in with a token.")
        browser = browser_of(request.headers.get("user-agent", ""))
        secret, sign_in = await self._sign_ins.begin(
            network=self._admission.network_of(request), browser=browser
        )
        return await self._code(secret, sign_in, our_path(form.text("next")))

    async def finish(self, request: Request) -> ASGIApp:
        """Open a session once the code and the number were written; until then, show what to write.

        Raises:
            RateLimited: too many attempts came from there.
            StoreUnavailable: it cannot be written into the audit log, so nobody is let in.
        """
        await self._admission.take_attempt(request)
        form = await read_unsigned_form(request)
        following, secret = our_path(form.text("next")), form.text("secret")
        sign_in = await self._sign_ins.find(secret)
        if sign_in is not None and sign_in.approved_by is not None and not form.text("shown"):
            return await self._code(secret, sign_in, following)  # the number is still missing
        try:
            done = await self._sign_ins.finish(secret)
            actor = self._accounts.find(done.approved_by or "")
            return await self._sign_in(
                request, actor, following, method="room", proven_ts=done.approved_ts
            )
        except SignInRefused as error:
            sign_in = await self._sign_ins.find(secret)
            if sign_in is None:
                return await self._page.answer(following, str(error), about="room")
            return await self._code(secret, sign_in, following, str(error))

    async def by_openid(self, request: Request) -> ASGIApp:
        """Open a session for an OpenID token that its homeserver confirms.

        Raises:
            RateLimited: too many attempts came from there.
            BadJson: the settings do not let tokens of homeservers sign in.
            StoreUnavailable: it cannot be written into the audit log, so nobody is let in.
        """
        await self._admission.take_attempt(request)
        form = await read_unsigned_form(request)
        if self._openid is None:
            raise BadJson("OpenID tokens do not sign in here: sign in by another way.")
        following, user_id = our_path(form.text("next")), form.text("user_id")
        asked_ts = self._clock.now_ts()  # who signs out while a homeserver is asked means this too
        try:
            actor = await self._openid.prove(user_id, form.text("openid"))
            return await self._sign_in(
                request, actor, following, method="openid", proven_ts=asked_ts
            )
        except SignInRefused as error:
            return await self._page.answer(following, str(error), about="openid", user_id=user_id)

    async def _sign_in(
        self, request: Request, actor: Actor | None, following: str, *, method: str, proven_ts: int
    ) -> ASGIApp:
        if actor is None:
            raise SignInRefused(_NO_ROLE)
        try:
            self._register.require_active(actor)
        except AccessEnded as error:
            raise SignInRefused(_NO_ROLE) from error
        communities = {scope.community for scope in actor.scopes}
        async with self._audit.change(
            actor,
            Command.DASHBOARD_SIGN_IN,
            community=communities.pop() if len(communities) == 1 else EVERY_COMMUNITY,
            details={"way": method},
        ):
            answer = await self._admission.sign_in(
                request, actor.name, following, proven_ts=proven_ts
            )
            if answer is None:
                raise SignInRefused(_SIGNED_OUT)
            return answer

    async def _code(
        self, secret: str, sign_in: BrowserSignIn, following: str, trouble: str = ""
    ) -> ASGIApp:
        values = {
            "secret": secret,
            "code": sign_in.code,
            "written_by": sign_in.approved_by,
            "number": sign_in.number,
            "minutes": self._sign_ins.minutes_left(sign_in),
            "following": following,
            "trouble": trouble,
        }
        return await self._pages.bare("sign_in_code.html", values, status=403 if trouble else 200)
