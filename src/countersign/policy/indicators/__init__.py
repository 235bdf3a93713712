"""What communities know of links, contacts and wallets."""
