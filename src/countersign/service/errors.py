"""Errors of services; web/errors.py alone maps each of them to an HTTP answer.

The message is one sentence for the caller, by default the first line of the docstring. Other
servers and people read it, so it contains nothing that only our log may contain.
"""

from collections.abc import Iterable
from typing import Final, Self

from countersign.policy.decisions import RecordedDecision
from countersign.policy.languages.sentences import REFUSED
from countersign.policy.languages.tags import ENGLISH
from countersign.protocol.errors import CountersignError

ACL_DENIES: Final = "Please ask the room's moderators: the room's server ACL denies {server}."


class ServiceError(CountersignError):
    """The request was refused."""


class NotAuthenticated(ServiceError):
    """The request's signature could not be verified.

    The message is the same for every cause: if it distinguished an unknown server from an
    unreachable one, anybody could use us as a port scanner.
    """


class NotProtected(ServiceError):
    """Please ask the room's administrators: this policy server does not know the room.

    Never raised while the rooms are still being loaded.
    """


class NotFound(ServiceError):
    """The requested object does not exist on this server, or not for this actor."""


class AclDenied(ServiceError):
    """The room's server ACL denies the requesting server.

    Args:
        server: its name.
    """

    def __init__(self, server: str) -> None:
        super().__init__(ACL_DENIES.format(server=server))
        self.server = server


class Forbidden(ServiceError):
    """This server declines the request.

    For requests other than signing, such as invitations.
    """


class RateLimited(ServiceError):
    """Please slow down and try again in a moment: there are too many requests.

    Args:
        retry_after_ms: delay before the next attempt, at least 1.
    """

    def __init__(self, retry_after_ms: int, message: str | None = None) -> None:
        super().__init__(message)
        self.retry_after_ms = max(1, retry_after_ms)


class TryLater(ServiceError):
    """Please try again a little later: this policy server cannot answer at the moment.

    Nothing was decided, and nothing is remembered.
    """


class WaitsForConfirmation(ServiceError):
    """A command was stored, and takes effect when a second person confirms it.

    Args:
        reference: under which it waits.
    """

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Nothing has changed yet: a second person must confirm it within 24 hours, a lead of "
            f"the community or an operator. Its reference is {reference}. They confirm it on the "
            f"dashboard's page Confirmations, by `!cs confirm {reference}` in the management room, "
            f"or by `countersign confirmations confirm {reference}`."
        )
        self.reference = reference


class EventRefused(ServiceError):
    """An event was refused.

    The final answer on an event, with a stored decision. Homeservers remember it, so it is never
    raised for a failure on our side.

    Args:
        says: words for the person who sent the event, without the reference.
        reference: what the sender quotes to a moderator; None if nothing was recorded.
        harms: harm identifiers as they go on the wire.
        expires_ts: the time when the reason of the refusal ends, such as a mute, in ms since the
            epoch; None if it has no end.
        language: the language of the words, a language tag.
        page: the address of the page that explains it; None if browsers cannot reach one.
    """

    def __init__(
        self,
        says: str | None = None,
        *,
        reference: str | None = None,
        harms: Iterable[str] = (),
        expires_ts: int | None = None,
        language: str = ENGLISH,
        page: str | None = None,
    ) -> None:
        super().__init__(says or REFUSED)
        self.page = page
        self.says = says
        self.language = language
        self.reference = reference
        self.harms = tuple(harms)
        self.expires_ts = expires_ts

    @classmethod
    def of(cls, recorded: RecordedDecision, pages_at: str | None = None) -> Self:
        """Return the refusal that a recorded decision demands.

        Args:
            recorded: the decision.
            pages_at: URL prefix of the pages on refusals, to which the reference is added; None
                without pages.
        """
        decision = recorded.decision
        return cls(
            decision.words,
            reference=recorded.reference,
            harms=(harm.value for harm in decision.harms),
            expires_ts=decision.expires_ts,
            language=decision.language,
            page=None if pages_at is None else f"{pages_at}{recorded.reference}",
        )
