"""Floor 0: Matrix as functions of bytes; no I/O, clock or log; raises ProtocolError or nothing."""
