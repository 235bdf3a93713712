"""Layer 3: the work of a Policy Server, in terms of ports. No HTTP, no SQL."""
