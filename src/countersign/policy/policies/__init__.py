"""Policy documents: read, described, compared, tested."""
