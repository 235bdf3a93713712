"""Files on disk: keys, secrets, the admin token, policy history."""
