"""Examples: the demo, and packages to copy from."""
