"""Verbs to sign in to the dashboard, and to end all own sessions."""

from countersign.ports.stores.review.sign_ins import BrowserSignIn
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.browser_sign_ins import NUMBER_DIGITS
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Wording


class SignInVerbs(VerbGroup):
    """Verbs over the sign-ins of browsers."""

    @verb(
        "sign-in CODE",
        does="signs you in to the dashboard, in the browser that shows you the code; then "
        "write the number that it shows in the same way",
    )
    async def sign_in(self, request: Request) -> Wording:
        """Accept a browser's code, or its number; neither is of use to others who read it."""
        code = "".join(request.words)
        if not code:
            raise BadJson(
                "Open the dashboard's sign-in page, press the button for a code, and write "
                "!cs sign-in with that code."
            )
        role = request.actor.role_in(request.community)
        if code.isdecimal() and len(code) == NUMBER_DIGITS:
            return self._confirmed(
                await self._commands.browser_sign_ins.confirm(request.actor, code),
                f"your role ({role})",
            )
        sign_in = await self._commands.browser_sign_ins.approve(request.actor, code)
        minutes = self._commands.browser_sign_ins.minutes_left(sign_in)
        wording = Wording.of(
            f"A browser ({sign_in.browser}) asked at {moment(sign_in.began_ts)} to act in your "
            f"name, with your role ({role}). It is not let in yet."
        )
        wording.line(
            "If you opened that page yourself just now, go on there, and write the number that it "
            "shows: ",
            Exact("!cs sign-in NUMBER"),
            f" (within {minutes} min).",
        )
        wording.line(
            "If somebody else gave you the code, write no number that they tell you: they would be "
            "you. Write ",
            Exact("!cs sign-out"),
            " and tell the other moderators.",
        )
        return wording

    def _confirmed(self, sign_in: BrowserSignIn, role: str) -> Wording:
        wording = Wording.of(
            f"The browser ({sign_in.browser}) may act in your name, with {role}: press the button "
            "there."
        )
        wording.line("If it is not yours, write ", Exact("!cs sign-out"), ": that shuts it out.")
        return wording

    @verb("sign-out", does="ends all your sessions on the dashboard")
    async def sign_out(self, request: Request) -> Wording:
        """End all sessions of the sender."""
        await self._commands.browser_sign_ins.sign_out(request.actor)
        return Wording.of(
            "Signed out: all your sessions on the dashboard by this account have ended."
        )
