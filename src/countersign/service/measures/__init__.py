"""Measures beyond single events: trust, allowances, mutes, raid mode, the runaway guard."""
