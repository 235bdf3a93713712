"""The endpoints that homeservers call, one a file."""
