"""Construction of the services for personal data: keeping, erasure and the privacy notice."""
