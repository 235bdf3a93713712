"""Commands by which people read and change things. Each is one method, which takes an actor.

A command raises `Forbidden` if the actor may not give it (`actors/rules.py` says who may), one
about a community what `Permissions.community` raises, and any `StoreUnavailable` if the store
cannot do it now: nothing has changed then. A docstring says so only where it means more than that.
"""
