"""Tests of the endpoint `/sign`: requests refused before the service, and the form of answers."""

import asyncio
import json

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.policy.judging.running_steps import FilterBroken
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.short_waits import ShortWait
from countersign.protocol.errors import BadJson, NotJson, SignatureInvalid
from countersign.protocol.rooms.policy_servers import SigningFault
from countersign.service.errors import (
    AclDenied,
    EventRefused,
    NotAuthenticated,
    NotProtected,
    RateLimited,
    TryLater,
)
from countersign.service.keys.server_records import KeysUnavailable
from countersign.testing.clocks import RepeatableRandomness
from countersign.web.errors import ErrorAnswers
from countersign.web.federation.sign import MAX_BODY_BYTES, Sign
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.json_app import JsonApp
from countersign.web.metrics import RequestMetrics
from tests.service.conftest import OUR_NAME
from tests.web.wire import Wire, written

STABLE = "/_matrix/policy/v1/sign"
UNSTABLE = "/_matrix/policy/unstable/org.matrix.msc4284/sign"

either = pytest.mark.parametrize("target", [STABLE, UNSTABLE])


@either
async def test_the_answer_is_the_services(federation, target):
    answer = await federation.ask_signed("POST", target, {"type": "m.room.message"})

    assert (answer.status, answer.json) == (200, federation.sign_event.answer)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("target", [STABLE, f"{STABLE}?", f"{STABLE}?a=%2F", f"{UNSTABLE}?b"])
async def test_method_target_and_body_are_passed_on_unchanged(federation, target):
    body = b' {"b": 1, "a": "\xe2\x98\x83"} '
    authorization = federation.alice.sign_request("POST", target, OUR_NAME, {})

    async with await Wire.to(federation.bound) as wire:
        await wire.say(written("POST", target, {"Authorization": authorization}, body))
        assert (await wire.hear()).status == 200

    (asked,) = federation.sign_event.asked
    assert (asked["method"], asked["target"], asked["body"]) == ("POST", target.encode(), body)
    assert asked["credentials"].origin == "example.org"


@either
@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("Bearer abc", id="of another kind"),
        pytest.param("X-Matrix origin=example.org", id="half"),
    ],
)
async def test_invalid_credentials_are_refused_before_the_body_arrives(
    federation, target, authorization
):
    headers = {"Content-Length": "1000"}
    if authorization is not None:
        headers["Authorization"] = authorization

    answer = await federation.ask("POST", target, headers=headers)

    assert (answer.status, answer.errcode) == (401, "M_UNAUTHORIZED")
    assert federation.sign_event.asked == []


@either
@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity, gzip"])
async def test_compressed_bodies_are_refused(federation, target, encoding):
    answer = await federation.ask("POST", target, {}, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.errcode) == (415, "M_UNKNOWN")


async def test_a_body_with_content_encoding_identity_is_accepted(federation):
    authorization = federation.alice.sign_request("POST", STABLE, OUR_NAME, {})
    headers = {"Authorization": authorization, "Content-Encoding": "identity"}

    assert (await federation.ask("POST", STABLE, {}, headers=headers)).status == 200


@either
async def test_a_body_with_a_declared_length_above_the_limit_is_refused(federation, target):
    authorization = federation.alice.sign_request("POST", target, OUR_NAME, {})
    headers = {"Authorization": authorization, "Content-Length": str(MAX_BODY_BYTES + 1)}

    answer = await federation.ask("POST", target, headers=headers)

    assert (answer.status, answer.errcode) == (413, "M_TOO_LARGE")
    assert answer.headers["connection"] == "close"


async def test_a_body_without_a_declared_length_is_counted(federation):
    authorization = federation.alice.sign_request("POST", STABLE, OUR_NAME, {})
    headers = {"Authorization": authorization, "Transfer-Encoding": "chunked"}
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    async with await Wire.to(federation.bound) as wire:
        await wire.say(written("POST", STABLE, headers), *[chunk] * 6)
        await wire.say(*[chunk] * 4)
        answer = await wire.hear()

    assert (answer.status, answer.errcode) == (413, "M_TOO_LARGE")
    assert federation.sign_event.asked == []


async def test_a_chunked_body_within_the_limit_is_accepted(federation):
    authorization = federation.alice.sign_request("POST", STABLE, OUR_NAME, {})
    headers = {"Authorization": authorization, "Transfer-Encoding": "chunked"}

    async with await Wire.to(federation.bound) as wire:
        await wire.say(written("POST", STABLE, headers), b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
        assert (await wire.hear()).status == 200

    assert federation.sign_event.asked[0]["body"] == b"{}"


REFUSED = EventRefused("No spam, please.", reference="7F3K9-QX2MB", harms=["org.example.spam"])


async def test_a_refusal_holds_words_a_reference_and_harms(federation):
    federation.sign_event.answer = REFUSED

    answer = await federation.ask_signed("POST", STABLE, {})

    assert answer.status == 400
    assert answer.json == {
        "errcode": "M_FORBIDDEN",
        "error": "No spam, please. (reference 7F3K9-QX2MB)",
        "harms": ["org.example.spam"],
        "org.countersign.reference": "7F3K9-QX2MB",
        "org.matrix.msc4387.harms": ["org.example.spam"],
    }


async def test_a_refusal_ends_with_its_page_where_browsers_reach_one(federation):
    page = "https://policy.example.com/r/7F3K9-QX2MB"
    federation.sign_event.answer = EventRefused("No.", reference="7F3K9-QX2MB", page=page)

    answer = await federation.ask_signed("POST", STABLE, {})

    assert answer.json["error"] == f"No. (reference {page})"
    assert answer.json["org.countersign.reference"] == "7F3K9-QX2MB"


async def test_a_refusal_that_ends_by_itself_says_when(federation):
    federation.sign_event.answer = EventRefused("Slowly, please.", expires_ts=1_750_000_060_000)

    answer = await federation.ask_signed("POST", STABLE, {})

    assert answer.json["expiry"] == 1_750_000_060_000


@pytest.mark.parametrize("refusal", [REFUSED, SignatureInvalid("The signature is wrong.")])
async def test_a_refusal_used_to_be_an_empty_object(federation, refusal):
    federation.sign_event.answer = refusal

    answer = await federation.ask_signed("POST", UNSTABLE, {})

    assert (answer.status, answer.json) == (200, {})


@either
@pytest.mark.parametrize(
    ("error", "status", "errcode"),
    [
        (NotJson("No JSON."), 400, "M_NOT_JSON"),
        (BadJson("Bad JSON."), 400, "M_BAD_JSON"),
        (NotAuthenticated(), 401, "M_UNAUTHORIZED"),
        (AclDenied("evil.example.org"), 403, "M_FORBIDDEN"),
        (NotProtected(), 404, "M_NOT_FOUND"),
    ],
)
async def test_other_errors_are_the_same_at_both_endpoints(
    federation, target, error, status, errcode
):
    federation.sign_event.answer = error

    answer = await federation.ask_signed("POST", target, {})

    assert (answer.status, answer.errcode, answer.json["error"]) == (status, errcode, str(error))


@either
async def test_a_limit_says_when_to_come_back(federation, target):
    federation.sign_event.answer = RateLimited(retry_after_ms=1_200)

    answer = await federation.ask_signed("POST", target, {})

    assert (answer.status, answer.errcode) == (429, "M_LIMIT_EXCEEDED")
    assert (answer.json["retry_after_ms"], answer.headers["retry-after"]) == (1_200, "2")


@either
@pytest.mark.parametrize(
    "error",
    [
        TryLater(),
        TimeoutError(),
        StoreUnavailable("disk /var/lib is full"),
        KeysUnavailable("connection to 10.0.0.1 refused"),
        FilterBroken("keyword: KeyError"),
        SigningFault("bit flipped"),
    ],
)
async def test_trouble_of_ours_is_temporary_and_keeps_its_details(federation, target, error):
    federation.sign_event.answer = error

    answer = await federation.ask_signed("POST", target, {})

    assert (answer.status, answer.errcode) == (503, "M_UNKNOWN")
    assert int(answer.headers["retry-after"]) >= 1
    assert "a little later" in answer.json["error"]
    assert isinstance(error, TryLater | TimeoutError) or str(error) not in answer.json["error"]


@either
async def test_an_unexpected_error_shows_only_a_request_id(federation, target, capsys):
    federation.sign_event.answer = KeyError("secret")

    answer = await federation.ask_signed("POST", target, {})

    assert (answer.status, answer.errcode) == (500, "M_UNKNOWN")
    assert b"secret" not in answer.body
    request_id = answer.json["org.countersign.request_id"]
    assert request_id in answer.json["error"]
    assert capsys.readouterr().out.count(request_id) == 1


@pytest.mark.parametrize("waits_in_a_task", [True, False])
async def test_the_whole_request_has_a_budget(federation, serve, waits_in_a_task):
    short_wait = ShortWait(loop=asyncio.get_running_loop())
    federation.sign_event.answer = asyncio.Event() if waits_in_a_task else short_wait
    errors, metrics = ErrorAnswers(RepeatableRandomness()), RequestMetrics(PrometheusMetrics())
    sign = Sign(
        federation.sign_event,
        federation.admission,
        errors,
        metrics,
        client_addresses=ClientAddresses(),
        budget_seconds=0.05,
    )
    app = JsonApp(errors, routes=[], plain={STABLE.encode(): sign.stable})
    federation.bound = await serve(app)

    answer = await federation.ask_signed("POST", STABLE, {})

    assert (answer.status, answer.errcode) == (503, "M_UNKNOWN")


async def test_every_request_is_answered_with_one_json_object(federation):
    for body in (b"", b"null", b"[" * 10_000, b"\xff", b"{}" * 10):
        authorization = federation.alice.sign_request("POST", STABLE, OUR_NAME, {})
        async with await Wire.to(federation.bound) as wire:
            await wire.say(written("POST", STABLE, {"Authorization": authorization}, body))
            assert isinstance(json.loads((await wire.hear()).body), dict)
