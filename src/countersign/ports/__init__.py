"""Floor 2: what the services need of the world; a Protocol a file, its docstring the contract."""
