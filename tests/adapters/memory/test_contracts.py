"""The contract suites of the stores, on the stores in memory."""

import pytest

from countersign.adapters.memory.decisions import MemoryDecisionStore
from countersign.adapters.memory.found_rooms import MemoryFoundRoomsStore
from countersign.adapters.memory.indicators import MemoryIndicatorStore
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.memory.policies import MemoryPolicyStore
from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.testing.contracts import (
    DecisionStoreContract,
    FoundRoomsStoreContract,
    PolicyStoreContract,
    TrustStoreContract,
)
from countersign.testing.store_contracts.indicators import IndicatorStoreContract
from countersign.testing.store_contracts.moderation import ModerationStoreContract
from countersign.testing.store_contracts.reviewed_decisions import DecisionReviewContract


def _always(store):
    """Return a factory that opens the same store each time: memory ends with its process."""
    return lambda: store


class TestDecisions(DecisionStoreContract, DecisionReviewContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryDecisionStore())


class TestTrust(TrustStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryTrustStore())


class TestPolicies(PolicyStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryPolicyStore())


class TestFoundRooms(FoundRoomsStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryFoundRoomsStore())


class TestModeration(ModerationStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryModerationStore())


class TestIndicators(IndicatorStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryIndicatorStore())
