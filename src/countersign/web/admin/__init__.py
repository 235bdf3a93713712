"""The endpoints that the command line calls, for the operator alone."""
