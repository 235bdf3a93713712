"""`POST /_countersign/v1/policy/reload`: put the policy file in force as it stands now."""

from starlette.requests import Request

from countersign.policy.policies import PolicyInvalid
from countersign.protocol.errors import CountersignError
from countersign.service.policies import Policies
from countersign.web.answers import Answer, error_answer


class PolicyEndpoint:
    """Reloads the policy; a bad one changes nothing."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def reload(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with the revision in force, or with everything that is wrong."""
        try:
            return Answer(200, {"revision": self._policies.reload().revision})
        except PolicyInvalid as error:
            mistakes = [str(mistake) for mistake in error.mistakes]
            return error_answer(400, "M_BAD_JSON", str(error), fields={"mistakes": mistakes})
        except CountersignError as error:
            # The file cannot be read. The operator is told what a stranger would not be.
            return error_answer(503, "M_UNKNOWN", str(error))
