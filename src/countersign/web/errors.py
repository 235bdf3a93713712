"""Table of errors: the status, error code and message for each class of exceptions.

Only a final decision is 400 `M_FORBIDDEN`, which is final for homeservers. Failures on our side are
503. Exceptions that are not in the table are a 500 with only a request ID.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import Scope

from countersign.policy.judging.running_steps import FilterBroken
from countersign.policy.languages.sentences import filled_in, in_any_language, isolated, refusal
from countersign.policy.languages.tags import ENGLISH
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreOutdated, StoreUnavailable
from countersign.ports.randomness import Randomness
from countersign.protocol.errors import (
    BadJson,
    CountersignError,
    NotJson,
    SignatureInvalid,
    Unauthorized,
    UnsupportedRoomVersion,
)
from countersign.protocol.rooms.policy_servers import SigningFault
from countersign.service.commands.actors.access_register import AccessEnded
from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from countersign.service.errors import (
    ACL_DENIES,
    AclDenied,
    EventRefused,
    Forbidden,
    NotAuthenticated,
    NotFound,
    NotProtected,
    RateLimited,
    TryLater,
    WaitsForConfirmation,
)
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy, HandshakeFailed
from countersign.service.keys.server_records import KeysUnavailable
from countersign.service.rooms.invitations import IncompatibleRoomVersion, InviteMalformed
from countersign.service.rooms.sync.resident_views import NotResident
from countersign.web.http.access_refused import (
    BrowserRefused,
    DashboardHostRefused,
    FormRefused,
    HostRefused,
    NotSignedIn,
    TokenRefused,
)
from countersign.web.http.answers import Answer, error_answer
from countersign.web.http.requests import (
    BadParameter,
    BodyCutShort,
    BodyTooLarge,
    EncodedBody,
    MethodNotAllowed,
    MissingParameter,
)
from countersign.web.trouble_log import TroubleLog, loggable_path

log = structlog.get_logger()

_RETRY_AFTER_SECONDS = 1


class ShownToOperator(CountersignError):
    """Error whose message is sent, because it says what the operator can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraFields:
    """Further fields and headers of an error response."""

    fields: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Error response for one class of exceptions.

    Attributes:
        status: the HTTP status.
        errcode: the Matrix error code.
        words: for a person, in English, or made from the error and the language; None for the
            error's own.
        extra_fields: further fields and headers, made from the error.
        is_ours: the fault is ours, so that our log should know.
    """

    status: int
    errcode: str
    words: str | Callable[[Any, str], str] | None = None
    extra_fields: Callable[[Any], ExtraFields] | None = None
    is_ours: bool = False


def _retry_after(_: Exception) -> ExtraFields:
    return ExtraFields(headers=(_retry_after_header(_RETRY_AFTER_SECONDS),))


def _limit(error: RateLimited) -> ExtraFields:
    seconds = math.ceil(error.retry_after_ms / 1000)
    return ExtraFields(
        fields={"retry_after_ms": error.retry_after_ms}, headers=(_retry_after_header(seconds),)
    )


def _refusal(error: EventRefused) -> ExtraFields:
    # Clients that read these two read them without a prefix.
    harms = list(error.harms)
    fields: dict[str, Any] = {"harms": harms, "org.matrix.msc4387.harms": harms}
    if error.expires_ts is not None:
        fields["expiry"] = error.expires_ts
    if error.reference is not None:
        fields["org.countersign.reference"] = error.reference
    return ExtraFields(fields=fields)


def _refusal_words(error: EventRefused, language: str) -> str:  # noqa: ARG001
    # A decision is final, and so is the language of its message.
    return refusal(error.says, error.language, reference=error.page or error.reference)


def _acl_words(error: AclDenied, language: str) -> str:
    return isolated([filled_in(ACL_DENIES, language, server=error.server)], language)


def _room_version(error: IncompatibleRoomVersion) -> ExtraFields:
    return ExtraFields(fields={"room_version": error.room_version})


def _mistakes(error: PolicyInvalid) -> ExtraFields:
    return ExtraFields(fields={"mistakes": [str(mistake) for mistake in error.mistakes]})


def _waiting(error: WaitsForConfirmation) -> ExtraFields:
    return ExtraFields(fields={"org.countersign.confirmation": error.reference})


def _allowed(error: MethodNotAllowed) -> ExtraFields:
    return ExtraFields(headers=((b"allow", error.allowed.encode()),))


def _retry_after_header(seconds: int) -> tuple[bytes, bytes]:
    return b"retry-after", b"%d" % seconds


_TROUBLE = Row(503, "M_UNKNOWN", str(TryLater()), _retry_after, is_ours=True)

TABLE: dict[type[Exception], Row] = {
    # The peer's bytes.
    NotJson: Row(400, "M_NOT_JSON"),
    BadJson: Row(400, "M_BAD_JSON"),
    UnsupportedRoomVersion: Row(400, "M_UNSUPPORTED_ROOM_VERSION"),
    IncompatibleRoomVersion: Row(400, "M_INCOMPATIBLE_ROOM_VERSION", extra_fields=_room_version),
    InviteMalformed: Row(400, "M_INVALID_PARAM"),
    MethodNotAllowed: Row(405, "M_UNRECOGNIZED", extra_fields=_allowed),
    BadParameter: Row(400, "M_INVALID_PARAM"),
    MissingParameter: Row(400, "M_MISSING_PARAM"),
    BodyCutShort: Row(400, "M_NOT_JSON"),
    BodyTooLarge: Row(413, "M_TOO_LARGE"),
    EncodedBody: Row(415, "M_UNKNOWN"),
    PolicyInvalid: Row(400, "M_BAD_JSON", extra_fields=_mistakes),
    # Who is asking, and for what.
    TokenRefused: Row(401, "M_UNAUTHORIZED"),
    AccessEnded: Row(401, "M_UNAUTHORIZED"),
    SignInRefused: Row(403, "M_FORBIDDEN"),
    BrowserRefused: Row(403, "M_FORBIDDEN"),
    HostRefused: Row(403, "M_FORBIDDEN"),
    DashboardHostRefused: Row(403, "M_FORBIDDEN"),
    FormRefused: Row(403, "M_FORBIDDEN"),
    NotSignedIn: Row(401, "M_UNAUTHORIZED"),
    Unauthorized: Row(401, "M_UNAUTHORIZED"),
    NotAuthenticated: Row(401, "M_UNAUTHORIZED"),
    AclDenied: Row(403, "M_FORBIDDEN", _acl_words),
    Forbidden: Row(403, "M_FORBIDDEN"),
    NotProtected: Row(404, "M_NOT_FOUND"),
    NotFound: Row(404, "M_NOT_FOUND"),
    RateLimited: Row(429, "M_LIMIT_EXCEEDED", extra_fields=_limit),
    WaitsForConfirmation: Row(409, "ORG.COUNTERSIGN.WAITS_FOR_CONFIRMATION", extra_fields=_waiting),
    # Final answers on an event.
    EventRefused: Row(400, "M_FORBIDDEN", _refusal_words, _refusal),
    SignatureInvalid: Row(400, "M_FORBIDDEN"),
    # Trouble of ours, or of those whom we must ask.
    TryLater: Row(503, "M_UNKNOWN", None, _retry_after, is_ours=True),
    ShownToOperator: Row(503, "M_UNKNOWN"),
    TimeoutError: _TROUBLE,
    FilterBroken: _TROUBLE,
    KeysUnavailable: _TROUBLE,
    StoreOutdated: _TROUBLE,
    StoreUnavailable: _TROUBLE,
    SigningFault: _TROUBLE,
    PeerUnavailable: _TROUBLE,
    PeerRefused: _TROUBLE,
    AnswerUntrustworthy: _TROUBLE,
    NotResident: _TROUBLE,
    HandshakeFailed: _TROUBLE,
}


class ErrorAnswers:
    """Turns an endpoint's exception into a response, and logs it in one line if needed.

    Args:
        randomness: makes the request IDs of what nobody foresaw.
    """

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness
        self._troubles = TroubleLog()

    def answer(self, error: Exception, scope: Scope, language: str = ENGLISH) -> Answer:
        """Return the response to a request that raised `error`.

        Args:
            error: what was raised.
            scope: the request's.
            language: of those who may come to read the words.
        """
        if isinstance(error, HTTPException):
            return _unrecognized(error)
        row = find_row(type(error))
        if row is None:
            return self._unforeseen(error, scope)
        if row.is_ours:
            self._troubles.log(error, scope)
        return _rendered(error, row, language)

    def _unforeseen(self, error: Exception, scope: Scope) -> Answer:
        request_id = self._randomness.random_bytes(6).hex()
        log.error(
            "a request failed",
            request_id=request_id,
            method=scope["method"],
            path=loggable_path(scope),
            exc_info=error,
        )
        return error_answer(
            500,
            "M_UNKNOWN",
            f"The server failed to answer (request {request_id}).",
            fields={"org.countersign.request_id": request_id},
        )


def find_row(error_class: type[Exception]) -> Row | None:
    """Return the row for a class of exceptions: its own, or that of its nearest base class."""
    return next((TABLE[base] for base in error_class.__mro__ if base in TABLE), None)


def _rendered(error: Exception, row: Row, language: str) -> Answer:
    if callable(row.words):
        words = row.words(error, language)
    else:
        words = in_any_language(row.words or str(error), language)
    extra = row.extra_fields(error) if row.extra_fields is not None else ExtraFields()
    return error_answer(
        row.status,
        row.errcode,
        words,
        fields=extra.fields,
        headers=extra.headers,
    )


def _unrecognized(error: HTTPException) -> Answer:
    # Only the router raises these, for an unknown path or method.
    headers = tuple(
        (name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()
    )
    words = {404: "There is no such endpoint here.", 405: "This endpoint knows other methods only."}
    return error_answer(
        error.status_code,
        "M_UNRECOGNIZED",
        words.get(error.status_code, error.detail),
        headers=headers,
    )
