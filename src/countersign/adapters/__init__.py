"""Layer 3: implementations of the ports. Only `bootstrap/` imports them."""
