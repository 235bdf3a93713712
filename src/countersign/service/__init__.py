"""Floor 3: what a Policy Server does, in terms of ports. No HTTP, no SQL."""
