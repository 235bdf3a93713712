"""What people can change and read: one method for each command; each takes an actor."""
