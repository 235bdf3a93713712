"""Sign-in by Matrix account: proof of the account, and its roles."""
