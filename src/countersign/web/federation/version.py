"""`GET /_matrix/federation/v1/version`: our name and version."""

from typing import Final

from starlette.requests import Request

from countersign import __version__
from countersign.web.http.answers import Answer

_VERSION: Final = Answer(200, {"server": {"name": "Countersign", "version": __version__}})


async def get_version(request: Request) -> Answer:  # noqa: ARG001
    """Answer with name and version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#get_matrixfederationv1version
    """
    return _VERSION
