"""Floor 1: deciding, as functions of an event and facts. No I/O, clock, chance or log."""
