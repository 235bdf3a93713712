"""Reading of a document in YAML or JSON."""

from countersign.policy.document.documents import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentInvalid,
    stop,
)
from countersign.policy.document.json_documents import read_json
from countersign.policy.document.yaml_documents import read_yaml


def read_document(source: bytes, *, is_json: bool = False) -> Document:
    """Read `source`, UTF-8 text.

    YAML is not quite a superset of JSON: it does not support surrogate pairs of escapes. So valid
    JSON is read as JSON under any file name; a policy from the history has none.

    Args:
        source: the document.
        is_json: the file name demands JSON.

    Raises:
        DocumentInvalid: lists the mistakes: one that makes the rest unreadable, or all repeated
            keys.
    """
    if len(source) > MAX_DOCUMENT_BYTES:
        stop(None, "a document too long to read", f"at most {MAX_DOCUMENT_BYTES:,} bytes")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        stop(line, "bytes that are no text", "text in UTF-8")
    if is_json:
        return read_json(text)
    if not text.lstrip().startswith("{"):
        return read_yaml(text)
    try:
        return read_json(text)
    except DocumentInvalid as error:
        if error.document is not None:
            raise
        json_mistake = error
    try:
        return read_yaml(text)  # whose mappings may stand in braces too
    except DocumentInvalid as error:
        is_meant_as_json = text.lstrip()[1:].lstrip().startswith('"')
        raise (json_mistake if is_meant_as_json else error) from None
