"""`/_countersign/v1/policy`: which policies are in force, and putting the files in force."""

from starlette.requests import Request

from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.protocol.errors import CountersignError
from countersign.service.policies.policies_in_force import Policies
from countersign.web.http.answers import Answer, error_answer


class PolicyEndpoint:
    """Reloads the policy; a bad one changes nothing."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with every community and the revision of its policy in force."""
        communities = [
            {"name": each.name, "revision": each.policy.revision} for each in self._policies.all()
        ]
        return Answer(200, {"communities": communities, "trouble": self._policies.trouble})

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
