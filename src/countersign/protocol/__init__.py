"""Floor 0: Matrix as functions of bytes. No I/O, clock, chance or log; raises ProtocolError or nothing."""
