"""Other servers' keys, and signatures made and verified with keys."""
