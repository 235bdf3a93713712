"""Static files of the dashboard, under names that contain a hash of their content."""

import hashlib
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
STATIC: Final = "/static/"

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_CHARS: Final = 12


class StaticFiles:
    """Serves static files, which browsers may keep for ever, since new content has a new name."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        paths: dict[str, str] = {}
        for file in sorted(FOLDER.rglob("*")):
            if file.suffix not in _KINDS:
                continue
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_HASH_CHARS]
            name = f"{file.stem}-{digest}{file.suffix}"
            self._files[name] = (content, _KINDS[file.suffix])
            paths[file.name] = STATIC + name
        self.paths: Final = paths

    async def get(self, request: Request) -> Response:
        """Answer with a file.

        Raises:
            HTTPException: there is none of that name.
        """
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        content, kind = file
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
            "content-security-policy": "default-src 'none'",
        }
        return Response(content, media_type=kind, headers=headers)
