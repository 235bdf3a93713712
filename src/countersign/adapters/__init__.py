"""Floor 3: the ports made real. Nothing above the bootstrap imports an adapter."""
