"""Which policy is in force: read at the start, read again when asked, the last good one kept."""

from collections.abc import Callable

import structlog

from countersign.policy.policies import Policy

log = structlog.get_logger()


class Policies:
    """Holds the policy in force. A request takes it once, and is judged by that one alone."""

    def __init__(self, read: Callable[[], Policy]) -> None:
        """Read the first policy.

        Args:
            read: returns the policy as its document says now.

        Raises:
            PolicyInvalid: the document holds mistakes; there is no good policy to fall back upon.
        """
        self._read = read
        self._current = read()

    @property
    def current(self) -> Policy:
        """The policy in force."""
        return self._current

    def reload(self) -> Policy:
        """Put the policy in force as its document says now, and return it.

        Raises:
            PolicyInvalid: the document holds mistakes; the policy in force stays.
        """
        policy = self._read()
        before, self._current = self._current, policy
        log.info("policy in force", revision=policy.revision, before=before.revision)
        return policy
