"""Fuzzing of the admin API with schemathesis: every documented endpoint, by every role.

And as it does not. An answer must be one that the description declares, and no failure of ours.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from campaigns.two_communities import OUR_OWN, THEIRS, UNKNOWN, V1, TwoCommunities
from countersign.web.admin.app import declarations
from countersign.web.admin.declarations.endpoints import AnswerKind
from countersign.web.admin.declarations.models import model_of

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    allow_header_conformance,
    content_type_conformance,
    response_schema_conformance,
]
AT_BOUNDS: Final = [allow_header_conformance, unsupported_method]
MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
UNKNOWN_CLIENT: Final = "127.0.0.1:9"
"""The only server that is ever asked to let us in: nobody listens, and we ask no loopback."""

ALL_OF_THEM: Final = (OUR_OWN, THEIRS, UNKNOWN)
SAMPLES: Final = {
    "matrix-user-id": [each.user for each in ALL_OF_THEM],
    "matrix-room-id": [each.room for each in ALL_OF_THEM],
    "matrix-room-name": [each.room for each in ALL_OF_THEM],
    "matrix-server-name": [UNKNOWN_CLIENT],
    "community": [each.community for each in ALL_OF_THEM],
    "decision-reference": [
        name for each in ALL_OF_THEM for name in (each.decision.reference, each.decision.event_id)
    ],
    "place-in-list": [each.decision.key.hex() for each in ALL_OF_THEM],
    "actor": [each.actor for each in ALL_OF_THEM],
}
"""Texts of each format to draw from, so that many requests name something."""


@dataclass
class Results:
    """Requests that were made, and what was wrong."""

    requests: int = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def served(self) -> set[str]:
        """The endpoints that did what was asked at least once."""
        return {endpoint for endpoint, status in self.statuses if status == 200}


class AdminFuzzer:
    """Asks every endpoint what its description allows, and what it does not.

    Args:
        world: the server.
        number: the seed.
    """

    def __init__(self, world: TwoCommunities, number: int) -> None:
        self._world = world
        self._seed = number
        self._lines = {
            each.path: TypeAdapter(model_of(each.answer))
            for each in declarations()
            if each.kind is AnswerKind.LINES and each.answer is not None
        }
        for name, known in {**SAMPLES, "job": list(world.jobs.values())}.items():
            schemathesis.openapi.format(name, st.sampled_from(known))

    def run(self, examples: int) -> Results:
        """Ask each endpoint so many things in each mode, by each role."""
        results = Results()
        schema = schemathesis.openapi.from_dict(described(self._world))
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in MODES:
                if mode is GenerationMode.NEGATIVE and not _has_parameters(operation):
                    continue
                self._ask(operation, mode, examples, results)
        return results

    def _ask(self, operation: Any, mode: GenerationMode, examples: int, results: Results) -> None:
        # Most of what only operators may ask is refused to all others before it is read.
        roles = st.sampled_from([*sorted(self._world.tokens), "operator", "operator"])

        @seed(self._seed)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), role=roles)
        def ask(case: Any, role: str) -> None:
            self._one(case, role, results)

        ask()

    def _one(self, case: Any, role: str, results: Results) -> None:
        endpoint = f"{case.method} {case.path}"
        response = case.call(
            base_url=f"http://{self._world.address}",
            headers={"Authorization": f"Bearer {self._world.tokens[role]}"},
        )
        results.requests += 1
        results.statuses[endpoint, response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
            self._check_lines(case.path, response)
        except (FailureGroup, ValidationError) as error:
            results.failures.append(f"{role}: {endpoint}: {error}")

    def _check_lines(self, path: str, response: Any) -> None:
        adapter = self._lines.get(path)
        if adapter is not None and response.status_code == 200:
            for line in response.content.splitlines():
                if line.strip():
                    adapter.validate_json(line)


def described(world: TwoCommunities) -> dict[str, Any]:
    """Return the description without security: else most requests would hold a wrong token."""
    reply = world.ask(world.tokens["operator"], "GET", f"{V1}/openapi.json")
    description: dict[str, Any] = reply.json
    del description["security"], description["components"]["securitySchemes"]
    return description


def _has_parameters(operation: Any) -> bool:
    return bool(list(operation.iter_parameters()) or list(operation.body))


def cover(world: TwoCommunities, folder: Path) -> str:
    """Ask each endpoint what lies at the bounds of what it takes; return what was wrong.

    Left out is what asks other servers by any name.
    """
    description = folder / "openapi.json"
    description.write_text(json.dumps(described(world)))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description)),
            *("--url", f"http://{world.address}"),
            *("--header", f"Authorization: Bearer {world.tokens['operator']}"),
            *("--checks", ",".join(check.__name__ for check in (*CHECKS, *AT_BOUNDS))),
            *("--phases", "coverage", "--continue-on-failure", "--warnings", "off"),
            *("--exclude-path-regex", "/rooms/(join|rejoin|leave|check)"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
