"""Events: shape, hashes, redaction, signatures."""
