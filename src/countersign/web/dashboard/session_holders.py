"""Holders of sessions: what they may do now, asked at every request."""

from countersign.ports.actors import Actor
from countersign.protocol.identifiers import is_user_id
from countersign.service.commands.actors.access_register import AccessEnded, AccessRegister
from countersign.service.commands.actors.browser_sign_ins import BrowserSignIns
from countersign.service.sign_in.accounts import Accounts
from countersign.web.dashboard.sessions import Session


class SessionHolders:
    """Tells what the holder of a session may do now.

    Args:
        register: knows tokens, and who is frozen.
        accounts: know the roles of Matrix accounts.
        sign_ins: know who ended their sessions.
    """

    def __init__(
        self, register: AccessRegister, accounts: Accounts, sign_ins: BrowserSignIns
    ) -> None:
        self._register = register
        self._accounts = accounts
        self._sign_ins = sign_ins

    async def current(self, session: Session) -> Actor | None:
        """Return the holder of a session with the scopes of this moment; None without access.

        Raises:
            StoreUnavailable: it is not known whether they ended it.
        """
        actor = session.actor
        try:
            self._register.require_active(actor)
        except AccessEnded:
            return None
        # No name of a token is a user ID.
        if not is_user_id(actor.name):
            return actor
        if await self._sign_ins.is_signed_out(actor.name, session.began_ts):
            return None
        return self._accounts.find(actor.name)
