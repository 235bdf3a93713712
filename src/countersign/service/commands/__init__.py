"""Commands by which people change and read things: one method for each; each takes an actor."""
