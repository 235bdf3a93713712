"""The contract suites of the stores, on the stores in memory."""

import pytest

from countersign.adapters.memory.indicators import MemoryIndicatorStore
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.testing.contracts import TrustStoreContract
from tests.contracts.stores.indicators import IndicatorStoreContract
from tests.contracts.stores.moderation import ModerationStoreContract


def _always(store):
    """Return a factory that opens the same store each time: memory ends with its process."""
    return lambda: store


class TestTrust(TrustStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryTrustStore())


class TestModeration(ModerationStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryModerationStore())


class TestIndicators(IndicatorStoreContract):
    @pytest.fixture
    def open_store(self):
        return _always(MemoryIndicatorStore())
