"""Requests to notaries, which serve other servers' keys, and their answers.

The operator pins the keys of a notary. A notary could lie about a server that cannot be reached, so
each document must also be signed by a key of the server that it is about.

Spec: https://spec.matrix.org/v1.18/server-server-api/#querying-keys-through-another-server
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from countersign.protocol.canonical_json import (
    MAX_EVENT_VALUES,
    JsonObject,
    encode_canonical,
    parse_object,
)
from countersign.protocol.errors import BadJson, ProtocolError
from countersign.protocol.keys.server_keys import (
    MAX_DOCUMENT_BYTES,
    ServerKeys,
    read_server_keys,
    with_former_keys,
)
from countersign.protocol.keys.signatures import signature_of, signature_verifies
from countersign.protocol.keys.signing_keys import VerifyKey

MAX_ANSWER_BYTES: Final = 1024 * 1024
MAX_DOCUMENTS: Final = 256
"""Maximum number of key documents read of one answer; some are of a server's past."""
MAX_DOCUMENTS_A_SERVER: Final = 16


@dataclass(frozen=True, slots=True)
class Notary:
    """A server that is trusted to serve other servers' keys.

    Attributes:
        server_name: its name.
        keys: its keys as the operator pinned them, by key ID.
    """

    server_name: str
    keys: Mapping[str, VerifyKey]


@dataclass(frozen=True, slots=True)
class NotaryAnswer:
    """A notary's answer about one server.

    Attributes:
        keys: all its documents merged: the newest, with the keys of the others as old keys.
        document: the newest, in canonical JSON and with both signatures.
    """

    keys: ServerKeys
    document: bytes


def notary_question(key_ids: Mapping[str, Mapping[str, int]]) -> JsonObject:
    """Return the body of `POST /_matrix/key/v2/query`.

    Args:
        key_ids: by server, the key IDs that are wanted with the time until which each must be
            valid to be of use; no key IDs means all keys.
    """
    return {
        "server_keys": {
            server: {
                key_id: {"minimum_valid_until_ts": needed_ts} for key_id, needed_ts in keys.items()
            }
            for server, keys in key_ids.items()
        }
    }


def parse_notary_answer(
    raw: bytes, notary: Notary, servers: Collection[str], now_ts: int
) -> dict[str, NotaryAnswer]:
    """Return the verified documents of a notary's answer, by server.

    Documents of other servers, and those that do not verify, are ignored: one bad document must not
    block the others.

    Args:
        raw: the body of the answer.
        notary: the notary.
        servers: the requested servers.
        now_ts: time of receipt, in ms since the epoch.

    Raises:
        ProtocolError: more than 1 MiB, or not of the right shape.
    """
    if len(raw) > MAX_ANSWER_BYTES:
        raise BadJson(f"The notary's answer has more than {MAX_ANSWER_BYTES} bytes.")
    documents: Any = parse_object(raw, max_values=MAX_EVENT_VALUES).value.get("server_keys")
    if not isinstance(documents, list) or len(documents) > MAX_DOCUMENTS:
        raise BadJson(f"The notary's answer is no list of at most {MAX_DOCUMENTS} key documents.")
    answers: dict[str, list[NotaryAnswer]] = {}
    for notary_answer in _believable(documents, notary, servers, now_ts):
        answers.setdefault(notary_answer.keys.server_name, []).append(notary_answer)
    return {server: _combined(notary_answers) for server, notary_answers in answers.items()}


def accepted(notary_keys: ServerKeys, before: ServerKeys | None) -> tuple[ServerKeys, bool]:
    """Return a server's keys after a notary's answer was added.

    Keys that came from the server itself are never replaced by a notary's document, only prolonged,
    if that is signed with one of them. Other keys become old keys, for events from before.

    Returns:
        The keys, and True if the notary's document was accepted in their place.
    """
    if before is None:
        return notary_keys, True
    is_trusted = before.told_ts is None or _is_continued(before, notary_keys)
    if is_trusted and notary_keys.valid_until_ts >= before.valid_until_ts:
        return replace(with_former_keys(notary_keys, before), told_ts=before.told_ts), True
    return with_former_keys(before, notary_keys), False


def _believable(
    documents: list[Any], notary: Notary, servers: Collection[str], now_ts: int
) -> Iterator[NotaryAnswer]:
    counts: dict[str, int] = {}
    for document in documents:
        server = document.get("server_name") if isinstance(document, dict) else None
        if not isinstance(server, str) or server not in servers:
            continue
        counts[server] = counts.get(server, 0) + 1
        if counts[server] > MAX_DOCUMENTS_A_SERVER or not _is_signed(document, notary):
            continue
        try:
            keys = read_server_keys(document, server, now_ts)
            raw = encode_canonical(document, strict=False)
        except ProtocolError:
            continue
        if len(raw) <= MAX_DOCUMENT_BYTES:
            yield NotaryAnswer(replace(keys, told_ts=None), raw)


def _is_signed(document: JsonObject, notary: Notary) -> bool:
    """Return True if a pinned key of the notary signed, and none of their signatures is wrong."""
    used = [
        key
        for key in notary.keys.values()
        if signature_of(document, notary.server_name, key.key_id) is not None
    ]
    return bool(used) and all(signature_verifies(document, notary.server_name, key) for key in used)


def _combined(notary_answers: list[NotaryAnswer]) -> NotaryAnswer:
    """Merge the documents of one server, the one that is valid longest first."""
    newest, *older = sorted(notary_answers, key=lambda one: one.keys.valid_until_ts, reverse=True)
    return replace(newest, keys=reduce(with_former_keys, (one.keys for one in older), newest.keys))


def _is_continued(before: ServerKeys, notary_keys: ServerKeys) -> bool:
    """Return True if a key of `before` signed `notary_keys`; listing it there is no proof."""
    return any(
        before.verify_keys.get(key_id) == notary_keys.verify_keys[key_id]
        for key_id in notary_keys.signers
    )
