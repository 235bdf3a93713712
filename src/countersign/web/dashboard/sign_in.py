"""`/sign-in` and `/sign-out`: sign-in with a token, and sign-out."""

import hashlib

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Face
from countersign.web.dashboard.admission import HOME, Admission, our_path
from countersign.web.dashboard.forms import read_form, read_unsigned_form
from countersign.web.dashboard.sign_in_page import SignInPage
from countersign.web.pages.answers import see_other
from countersign.web.token_holders import TokenHolders


class SignInEndpoints:
    """Signs people in with a token, and out.

    Args:
        holders: know whose a token is.
        admission: limits attempts, opens and ends sessions.
        page: the page on which one signs in.
    """

    def __init__(self, holders: TokenHolders, *, admission: Admission, page: SignInPage) -> None:
        self._holders = holders
        self._admission = admission
        self._page = page

    async def get(self, request: Request) -> ASGIApp:
        """Answer with the sign-in page."""
        following = our_path(request.query_params.get("next", ""))
        if request.scope["session"] is not None:
            return see_other(following or HOME)
        return await self._page.answer(following)

    async def post(self, request: Request) -> ASGIApp:
        """Open a session for the holder of a token, or answer that the token is invalid.

        Raises:
            RateLimited: too many attempts came from there.
            StoreUnavailable: no session can be stored now.
        """
        await self._admission.take_attempt(request)
        form = await read_unsigned_form(request)
        following = our_path(form.text("next"))
        token = form.text("token").encode()
        actor = self._holders.find(token, Face.DASHBOARD)
        answer = None
        if actor is not None:
            token_hash = hashlib.sha256(token).digest()
            answer = await self._admission.sign_in(
                request, actor.name, following, token_hash=token_hash
            )
        if answer is None:
            trouble = "This token is not good: it is wrong, or it has ended."
            return await self._page.answer(following, trouble, about="token")
        return answer

    async def sign_out(self, request: Request) -> ASGIApp:
        """Close the session.

        Raises:
            FormRefused: the form is not of this session.
            StoreUnavailable: it is not known to have ended.
        """
        await read_form(request)
        return await self._admission.sign_out(request)
