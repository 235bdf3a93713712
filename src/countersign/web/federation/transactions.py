"""`PUT /_matrix/federation/v1/send/{txnId}`: transactions of other servers."""

from types import MappingProxyType
from typing import Final

from starlette.requests import Request

from countersign.protocol.json_pieces import Items
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.signing.transactions import MAX_EDUS, MAX_PDUS, Transactions
from countersign.service.slices import is_list
from countersign.web.federation.authenticated import AuthenticatedRequests
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""50 events of 64 KiB, and 100 EDUs."""
LISTS: Final = MappingProxyType({"pdus": Items(MAX_PDUS), "edus": Items(MAX_EDUS)})


class TransactionEndpoint:
    """Receives transactions."""

    def __init__(
        self, requests: AuthenticatedRequests, transactions: Transactions, limits: RequestLimits
    ) -> None:
        self._requests = requests
        self._transactions = transactions
        self._limits = limits

    async def put(self, request: Request) -> Answer:
        """Answer with the result for each PDU.

        Spec:
            https://spec.matrix.org/v1.18/server-server-api/#put_matrixfederationv1sendtxnid
        """
        txn_id = path_parameter(request, "txn_id")
        origin, body = await self._requests.read(request, MAX_BODY_BYTES, LISTS)
        pdus = body.get("pdus")
        self._limits.charge_transaction(origin, len(pdus) if is_list(pdus) else 0)
        return Answer(200, await self._transactions.receive(origin, txn_id, body))
