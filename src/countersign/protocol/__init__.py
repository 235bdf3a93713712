"""Layer 0: Matrix as functions of bytes. No I/O, clock or logging; raises only `ProtocolError`."""
