"""Keys: signing, key documents, notaries, request authentication."""
