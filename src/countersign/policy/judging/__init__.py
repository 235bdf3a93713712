"""Judging an event: the steps of a policy in their order, and the decision that follows."""
