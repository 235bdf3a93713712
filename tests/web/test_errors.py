"""Every error that can reach the web layer has a row in the table of errors."""

import importlib
import pkgutil

import pytest

import countersign
from countersign.policy.document.mistakes import MistakesFound
from countersign.protocol.errors import CountersignError, ProtocolError, Unauthorized
from countersign.service.errors import ServiceError
from countersign.web.errors import TABLE, find_row
from countersign.web.http.requests import RequestError

ABSTRACT = {CountersignError, MistakesFound, ProtocolError, ServiceError, RequestError}
TOP_LAYER = (
    "countersign.__main__",
    "countersign.cli",
    "countersign.bootstrap",
    "countersign.config",
)
NEVER_DURING_A_REQUEST = (
    *TOP_LAYER,
    "countersign.adapters.",  # at the start, or translated into a port's error
    "countersign.web.http.certificates",  # at the start, or when certificates are reloaded
    "countersign.web.http.listeners",
    "countersign.protocol.keys.signing_keys",  # key files, read at the start
    "countersign.policy.policies.filter_registry",
    "countersign.policy.document.documents",  # turned into PolicyInvalid
    "countersign.policy.document.options",
    "countersign.policy.filters.cel.",  # likewise; what costs too much is a broken filter
    "countersign.policy.text_model.model",  # the weights are read at the start
    "countersign.policy.facts",  # a broken filter too, or passed over and recorded
    "countersign.service.leaks.outbox",  # noted beside what was handed over
    "countersign.ports.child_processes",  # told of where a process was to do something
    "countersign.policy.policies.policy_documents",  # answered where the policy is reloaded
    "countersign.policy.policies.mode_edits",  # told as BadJson, with the step
    "countersign.service.leaks.outbox",  # in the background alone
    "countersign.service.commands.operation.community_leave",  # told beside the rooms that are kept
    "countersign.service.own_events.sending",  # in the background, or put into an answer's words
)


def every_error() -> list[type[CountersignError]]:
    for module in pkgutil.walk_packages(countersign.__path__, "countersign."):
        if not module.name.startswith(TOP_LAYER):
            importlib.import_module(module.name)
    found: set[type[CountersignError]] = set()
    waiting: list[type[CountersignError]] = [CountersignError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            if error.__module__.startswith("countersign."):
                found.add(error)
                waiting.append(error)
    return sorted(found - ABSTRACT, key=lambda error: error.__qualname__)


ERRORS = [
    error for error in every_error() if not error.__module__.startswith(NEVER_DURING_A_REQUEST)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__qualname__)
def test_every_error_has_a_row(error):
    assert find_row(error) is not None


@pytest.mark.parametrize(
    "error",
    [error for error in ERRORS if issubclass(error, ProtocolError)],
    ids=lambda error: error.__qualname__,
)
def test_the_table_says_what_the_error_itself_says(error):
    row = find_row(error)

    assert row.errcode == error.errcode
    assert row.status == (401 if error is Unauthorized else 400)


def test_only_final_decisions_are_final():
    final = [
        error.__name__
        for error, row in TABLE.items()
        if (row.status, row.errcode) == (400, "M_FORBIDDEN")
    ]

    assert final == ["EventRefused", "SignatureInvalid"]


def test_an_unlisted_error_has_no_row():
    assert find_row(KeyError) is None
    assert find_row(CountersignError) is None
