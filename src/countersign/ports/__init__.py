"""Layer 2: ports of the services, one Protocol per file; its docstring is the contract."""
