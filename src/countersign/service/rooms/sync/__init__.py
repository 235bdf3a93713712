"""State checks: a room's state compared with what its servers say."""
