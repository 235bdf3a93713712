"""Requests that need a homeserver's signature, except `sign`."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.json_pieces import Items
from countersign.service.signing.request_auth import RequestAuth
from countersign.web.federation.long_bodies import LONG_BODY_BYTES, parse_long_object
from countersign.web.http.admission import Admission
from countersign.web.http.requests import read_body, read_head

_NO_LISTS: Final[Mapping[str, Items]] = MappingProxyType({})


class AuthenticatedRequests:
    """Reads a request's body only after its sender's name was verified as far as possible."""

    def __init__(self, auth: RequestAuth, admission: Admission) -> None:
        self._auth = auth
        self._admission = admission
        # One at a time: together they would block the event loop.
        self._long_place = asyncio.Semaphore(1)

    async def origin_of(self, request: Request) -> str:
        """Return the origin of a request without a body.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
        """
        head = read_head(request.scope)
        origin = await self._auth.authenticate(
            request.method, head.target, head.authorization, None
        )
        self._admission.note(request.scope, origin)
        return origin

    async def read(
        self, request: Request, max_bytes: int, lists: Mapping[str, Items] = _NO_LISTS
    ) -> tuple[str, JsonObject]:
        """Return a request's origin and body.

        Args:
            request: the request.
            max_bytes: how long its body may be.
            lists: the fields of a long body whose items are read one by one, as `JsonItems`; every
                other field of one may hold as much as an event.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
            NotJson, BadJson: the body is no JSON object.
            BodyTooLarge: the body is above `max_bytes`.
            RateLimited: too much comes from its network, or from strangers.
        """
        head = read_head(request.scope)
        credentials = self._auth.parse(head.authorization)
        charge_body = self._admission.body_charge(request.scope)
        raw = await read_body(request.receive, head, max_bytes, charge_body)
        if len(raw) <= LONG_BODY_BYTES:
            parsed = parse_object(raw)
            value, canonical = parsed.value, parsed.canonical
        else:
            # A sender without a key that could verify the request is refused before its body is
            # read.
            await self._auth.require_keys(credentials)
            async with self._long_place:
                body = await parse_long_object(raw, lists)
            value, canonical = body.value, body.canonical
            del raw, body
        origin = await self._auth.verify(credentials, request.method, head.target, canonical)
        self._admission.note(request.scope, origin)
        return origin, value
