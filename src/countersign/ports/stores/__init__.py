"""What the services keep: a Protocol a file."""
