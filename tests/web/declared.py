"""Check of the admin API's responses against the declarations of its endpoints."""

import json
from functools import cache
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from countersign.web.admin.app import declarations
from countersign.web.admin.declarations.endpoints import AnswerKind
from countersign.web.admin.declarations.models import model_of
from countersign.web.admin.declarations.openapi import Trouble, statuses_of


@cache
def declared():
    return {(each.method, each.path): each for each in declarations()}


@cache
def adapter_of(answer):
    return TypeAdapter(model_of(answer))


def check(method, target, answer):
    """Fail unless the response is declared by the endpoint."""
    declaration = declared().get((method, urlsplit(target).path))
    if declaration is None:
        assert answer.status in (401, 403, 404, 405), (method, target)
        return
    if answer.status == 200 or answer.status in declaration.further_statuses:
        check_body(declaration, answer)
        return
    assert answer.status in statuses_of(declaration), (method, target, answer)
    adapter_of(Trouble).validate_json(answer.body)


def check_body(declaration, answer):
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind == declaration.kind.value
    if declaration.kind is AnswerKind.TEXT:
        return
    adapter = adapter_of(declaration.answer)
    if declaration.kind is AnswerKind.JSON:
        adapter.validate_json(answer.body)
        return
    for line in answer.body.splitlines():
        if line.strip():
            adapter.validate_python(json.loads(line))
