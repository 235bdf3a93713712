"""Commands by which people read and change things. Each is one method, which takes an actor."""
