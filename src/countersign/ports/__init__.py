"""Floor 2: what the services need of the world. One Protocol a file; its docstring is the contract."""
