"""Verbs by which a moderator signs in to the dashboard, and out of it everywhere."""

from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.browser_sign_ins import BrowserSignIns
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import Verb
from countersign.service.management.wording import Exact, Wording


class SignInVerbs:
    """Verbs over the sign-ins of browsers."""

    def __init__(self, sign_ins: BrowserSignIns) -> None:
        self._sign_ins = sign_ins

    def all(self) -> tuple[Verb, ...]:
        """Return the verbs."""
        return (
            Verb(
                name="sign-in",
                usage="sign-in CODE",
                does="signs you in to the dashboard, in the browser that shows you the code",
                run=self.sign_in,
            ),
            Verb(
                name="sign-out",
                usage="sign-out",
                does="ends all your sessions on the dashboard",
                run=self.sign_out,
            ),
        )

    async def sign_in(self, request: Request) -> Wording:
        """Approve a browser, and tell its number: others here have no use for it."""
        if len(request.words) != 1:
            raise BadJson(
                "Open the dashboard's sign-in page, press the button for a code, and write "
                "!cs sign-in with that code."
            )
        sign_in = await self._sign_ins.approve(request.actor, request.words[0])
        minutes = self._sign_ins.minutes_left(sign_in)
        role = request.actor.role_in(request.community)
        wording = Wording.of(
            f"A browser ({sign_in.browser}) asked at {moment(sign_in.began_ts)} to act in your "
            f"name, with your role ({role})."
        )
        wording.line(
            "If you opened that page yourself just now, type there: ",
            Exact(sign_in.number),
            f" (within {minutes} min).",
        )
        wording.line(
            "If somebody else gave you the code, do not pass the number on: they would be you. "
            "Write ",
            Exact("!cs sign-out"),
            " and tell the other moderators.",
        )
        return wording

    async def sign_out(self, request: Request) -> Wording:
        """End all sessions of whoever asks."""
        await self._sign_ins.sign_out(request.actor)
        return Wording.of(
            "Signed out: all your sessions on the dashboard by this account have ended."
        )
