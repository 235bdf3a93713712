"""Sign-in by Matrix account: who somebody is there, and what they may do."""
