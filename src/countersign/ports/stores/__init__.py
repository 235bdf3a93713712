"""Protocols of the stores that the services use, one per file.

Every method of a store raises `StoreUnavailable` if the store cannot do it now: the answer of a
reading one is then not known, and of a writing one nothing is known to have changed. A docstring
says so only where it means more than that.
"""
