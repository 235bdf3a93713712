"""Things to try and to copy from."""
