"""`/_countersign/v1/policy`: which policies are in force, and putting the files in force."""

from starlette.requests import Request

from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.protocol.errors import CountersignError
from countersign.service.commands.policies import PolicyCommands
from countersign.service.errors import ServiceError
from countersign.web.admin.access import actor_of
from countersign.web.http.answers import Answer, error_answer


class PolicyEndpoint:
    """Reloads the policy; a bad one changes nothing."""

    def __init__(self, policies: PolicyCommands) -> None:
        self._policies = policies

    async def get(self, request: Request) -> Answer:
        """Answer with every community and the revision of its policy in force."""
        return Answer(200, self._policies.status(actor_of(request)))

    async def reload(self, request: Request) -> Answer:
        """Answer with the revision in force, or with everything that is wrong."""
        try:
            return Answer(200, await self._policies.reload(actor_of(request)))
        except PolicyInvalid as error:
            mistakes = [str(mistake) for mistake in error.mistakes]
            return error_answer(400, "M_BAD_JSON", str(error), fields={"mistakes": mistakes})
        except ServiceError:
            raise
        except CountersignError as error:
            # The file cannot be read. The operator is told what a stranger would not be.
            return error_answer(503, "M_UNKNOWN", str(error))
