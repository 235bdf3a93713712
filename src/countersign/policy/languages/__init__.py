"""Languages: the sentences that senders read, and in which language they read them."""
