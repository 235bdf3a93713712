"""Verbs on the policy: the one in force, its history, roll-back, and modes of its steps."""

from typing import Final

from countersign.policy.findings import Mode
from countersign.protocol.errors import BadJson
from countersign.service.management.moments import moment
from countersign.service.management.requests import Request
from countersign.service.management.verbs.verb import VerbGroup, verb
from countersign.service.management.wording import Exact, Foreign, Wording

NOTE: Final = "in the management room"
MAX_LISTED: Final = 10


class PolicyVerbs(VerbGroup):
    """Verbs over the commands on policies."""

    @verb(
        "policy [status | history | rollback [REVISION]]",
        does="the policy in force, those before it, and putting one of them in force again",
    )
    async def policy(self, request: Request) -> Wording:
        """Show the policy in force and its history, or put an earlier one in force again."""
        match request.words:
            case () | ("status",):
                return await self.status(request)
            case ("history",):
                return await self._history(request)
            case ("rollback", *to) if len(to) <= 1:
                about = {"community": request.community, "note": NOTE}
                result = await self._commands.policies.roll_back(
                    request.actor, {**about, **({"to": to[0]} if to else {})}
                )
                return Wording.of("In force again: revision ", Exact(result["revision"]))
        raise BadJson(
            "Write policy, policy history, or policy rollback with a revision or without."
        )

    @verb(f"mode STEP {'|'.join(Mode)}", does="put a step of the policy into another mode")
    async def mode(self, request: Request) -> Wording:
        """Change the mode of a step."""
        if len(request.words) != 2:
            raise BadJson(f"Write the step and one of the modes {', '.join(Mode)}.")
        step, mode = request.words
        result = await self._commands.policy_documents.set_mode(
            request.actor, step=step, mode=mode, community=request.community
        )
        return Wording.of(
            "The step ", Exact(step), f" is in mode {Mode(mode)}, revision ",
            Exact(result["revision"]), ". Undo it with ", Exact("!cs policy rollback"),
        )  # fmt: skip

    async def status(self, request: Request) -> Wording:
        """Show which revision is in force."""
        status = await self._commands.policies.status(request.actor)
        for each in status["communities"]:
            if each["name"] == request.community:
                return Wording.of("Policy in force: revision ", Exact(each["revision"]))
        return Wording.of("No policy is known of this community.")

    async def _history(self, request: Request) -> Wording:
        history = await self._commands.policy_documents.history(
            request.actor, community=request.community
        )
        wording = Wording.of("The policies, the newest first:")
        for each in history["changes"][:MAX_LISTED]:
            wording.line(
                "• ", Exact(each["revision"]), f" {moment(each['ts'])} by ",
                Foreign(each["actor"] or "the server"), ": ", Foreign(each["note"] or each["what"]),
            )  # fmt: skip
        return wording
