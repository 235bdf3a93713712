"""Several processes that work as one server: what changed elsewhere, and which of them leads."""
