"""`GET /_countersign/v1/leaks/banked`: which servers collect signatures."""

from starlette.requests import Request

from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.web.http.answers import Answer


class LeaksEndpoint:
    """Tells what only the running server knows of leaks."""

    def __init__(self, bank: UnseenSignatures) -> None:
        self._bank = bank

    async def banked(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with each server that had events signed which nobody has seen since."""
        servers = [
            {
                "server": count.server,
                "unseen": count.unseen,
                "unseen_lately": count.unseen_lately,
                "signed_lately": count.signed_lately,
                "is_alarming": count.is_alarming,
            }
            for count in self._bank.counts()
        ]
        return Answer(200, {"servers": servers})
