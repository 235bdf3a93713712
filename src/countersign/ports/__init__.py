"""Layer 2: ports of the services: one Protocol a file, its docstring is the contract."""
