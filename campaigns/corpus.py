"""Regression corpus of the fuzzer: known and earlier found cases, run at the start of each run.

`corpus/*.json` is what a failed answer is saved as; only `body`, `asker`, `row` and `because` are
read, so a file can also be written by hand. `corpus/*.input` are bytes for the parsers.
"""

import asyncio
import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from campaigns.homeservers import http_request, read_object
from campaigns.judge import Question
from campaigns.server import NAME, SPAM
from campaigns.wire import Connection

if TYPE_CHECKING:
    from campaigns.http_fuzz import Fuzzer

CORPUS: Final = Path(__file__).parent / "corpus"


def inputs() -> list[bytes]:
    """Return the corpus's bytes for the parsers, those of its requests included."""
    bodies = [_body(json.loads(path.read_text())) for path in sorted(CORPUS.glob("*.json"))]
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.input"))] + bodies


async def replay(fuzzer: "Fuzzer", port: int) -> list[str]:
    """Ask each saved request again; return what is wrong with the answers."""
    from campaigns.http_fuzz import Step, signable

    connection = Connection(port)
    troubles = []
    for path in sorted(CORPUS.glob("*.json")):
        saved = json.loads(path.read_text())
        requester = fuzzer.world.homeserver(saved["asker"])
        body = _body(saved)
        question = Question(
            body=body, requester=requester, is_spam=SPAM.encode() in body, spam_body=_text_of(body)
        )
        header = requester.authorization(NAME, signable(body))
        step = Step("corpus", question, http_request(NAME, body, header))
        failure = await fuzzer.ask(connection, step, path.stem)
        if failure is not None:
            troubles.append(f"corpus {path.name} ({saved['because']}): {failure}")
        await asyncio.sleep(0)
    connection.close()
    return troubles


def _text_of(body: bytes) -> str:
    said = read_object(body) or {}
    content = said.get("content")
    return str(content.get("body", "")) if isinstance(content, dict) else ""


def _body(saved: dict[str, str]) -> bytes:
    return base64.b64decode(saved["body"])
