"""Several processes that answer at the same addresses, and what keeps them running."""
