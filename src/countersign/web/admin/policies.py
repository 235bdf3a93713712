"""`POST /_countersign/v1/policy/reload`: put the policy file in force as it stands now."""

from starlette.requests import Request

from countersign.service.policies import Policies
from countersign.web.answers import Answer


class PolicyEndpoint:
    """Reloads the policy; a bad one changes nothing."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def reload(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with the revision in force."""
        return Answer(200, {"revision": self._policies.reload().revision})
