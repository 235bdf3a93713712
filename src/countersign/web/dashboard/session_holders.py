"""Present rights of the holders of sessions, checked at every request."""

from countersign.ports.actors import Actor, Face
from countersign.ports.stores.review.sessions import StoredSession
from countersign.protocol.identifiers import is_user_id
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.sign_in.accounts import Accounts
from countersign.web.dashboard.sessions import is_token_of
from countersign.web.token_holders import TokenHolders


class SessionHolders:
    """Finds the present scopes of the holder of a session.

    Args:
        register: knows who is frozen.
        tokens: know what the holders of tokens may do.
        accounts: know the roles of Matrix accounts.
    """

    def __init__(self, register: AccessRegister, tokens: TokenHolders, accounts: Accounts) -> None:
        self._register = register
        self._tokens = tokens
        self._accounts = accounts

    def current(self, stored: StoredSession, secret: str) -> Actor | None:
        """Return the holder of a session with their present scopes; None without access.

        Args:
            stored: the session.
            secret: that of its cookie.
        """
        # No token has a user ID as its name.
        if is_user_id(stored.actor):
            if self._register.has_ended(stored.actor):
                return None
            return self._accounts.find(stored.actor)
        holder = self._tokens.find_named(stored.actor, Face.DASHBOARD)
        if holder is None or not is_token_of(stored, secret, holder.token_hash):
            return None
        return holder.actor
