"""Personal data: retention, evidence, erasure."""
